"""The day of today, asked in one place, so that a test can put another in its stead."""

from __future__ import annotations

from datetime import date, datetime, timezone

__all__ = ["today"]


def today() -> date:
    """Return the day it is in UTC: the same for every machine that asks."""
    return _now().date()


def _now() -> datetime:
    # What tests replace: it works however `today` was imported.
    return datetime.now(timezone.utc)
