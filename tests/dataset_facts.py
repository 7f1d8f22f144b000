"""Facts about one dataset, for tests that change them in one respect."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from platform_core.answers.facts import BrokenRule, Checks, ContractRef, DatasetFacts, Published, Refused
from platform_core.names import AssetId

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
CONTRACT = ContractRef("1.0.0", "abcdefabcdef")
MONTHS = {"type": "monthly", "start_date": "2013-01-01", "end_date": "2014-01-01"}
PASSED = Checks(("primary_key", "enum_origin", "required_dest"))
BROKEN = Checks((), (BrokenRule("enum_origin", 28243, True), BrokenRule("foreign_key_tailnum", 12, False)))


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def published(partition: str | None = None, hours_ago: float = 2, **changes: Any) -> Published:
    known = {"version": 3, "rows": 1000, "contract": CONTRACT, "checks": PASSED, **changes}
    return Published(partition, published_at=ago(hours_ago), **known)


def refused(partition: str | None = None, hours_ago: float = 1, **changes: Any) -> Refused:
    known = {"rows": 28243, "checks": BROKEN, "run_id": "run-9", **changes}
    return Refused(partition, ago(hours_ago), **known)


def facts(**changes: Any) -> DatasetFacts:
    """Facts about `flight_ops/flights`: without partitions, and never published unless `changes` say so."""
    known = {"owner": "team:flight_ops", "contact": "#flights", "registered": CONTRACT, **changes}
    if known.get("published"):
        known.setdefault("version", 3)
    return DatasetFacts(AssetId("flight_ops", "flights"), NOW, **known)


def months(*numbers: int, **changes: Any) -> tuple[Published, ...]:
    return tuple(published(f"2013-{number:02}", **changes) for number in numbers)


YEAR = months(*range(1, 13))
