"""Service levels: which the platform knows, in which units, and how long they are."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["DATES", "DURATIONS", "FREE", "PERCENTAGES", "UNITS", "sla_duration"]

DURATIONS = ("frequency", "freshness", "latency", "retention", "timeToDetect", "timeToNotify", "timeToRepair")
PERCENTAGES = ("availability", "errorRate")
DATES = ("generalAvailability", "endOfSupport", "endOfLife")
FREE = ("throughput", "timeOfAvailability")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 30 * 86400, "y": 365 * 86400}
_WORDS = {
    **{
        "s": "s",
        "sec": "s",
        "second": "s",
        "seconds": "s",
        "min": "min",
        "minute": "min",
        "minutes": "min",
        "m": "min",
    },
    **{"h": "h", "hr": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d", "w": "w", "week": "w"},
    **{"weeks": "w", "mo": "mo", "month": "mo", "months": "mo", "y": "y", "yr": "y", "year": "y", "years": "y"},
}
UNITS = tuple(_WORDS)
_LONGEST = 100 * _SECONDS["y"]


def sla_duration(entry: Mapping[str, Any]) -> datetime.timedelta | None:
    """Return how long an SLA property of kind duration is; None when value or unit make no length of time.

    A month counts 30 days, a year 365. Longer than 100 years is none.
    """
    value, unit = entry.get("value"), _WORDS.get(str(entry.get("unit")))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or unit is None:
        return None
    if not math.isfinite(value) or not 0 < value * _SECONDS[unit] <= _LONGEST:
        return None
    return datetime.timedelta(seconds=value * _SECONDS[unit])
