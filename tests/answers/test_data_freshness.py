"""Old data makes nothing fresh, whatever Dagster's daemon concludes from a materialization."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dataset_facts import MONTHS, NOW, YEAR, ago, facts, months, published

from platform_core.answers.facts import Observed
from platform_core.answers.freshness import freshness

DAY = timedelta(days=1)
OLD = months(*range(1, 13), hours_ago=40)

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing promised": ({"published": (published(),)}, "none"),
    "promised, never published": ({"window": DAY}, "unknown"),
    "in time": ({"published": (published(),), "window": DAY}, "fresh"),
    "too old": ({"published": (published(hours_ago=25),), "window": DAY}, "stale"),
    "exactly at the deadline": ({"published": (published(hours_ago=24),), "window": DAY}, "fresh"),
    "a backfill of an old month": (
        {"published": (published("2013-01", hours_ago=1), *OLD[1:]), "partitions": MONTHS, "window": DAY},
        "stale",
    ),
    "a backfill of an old month, and Dagster says PASS": (
        {
            "published": (published("2013-01", hours_ago=1), *OLD[1:]),
            "partitions": MONTHS,
            "window": DAY,
            "observed": Observed("PASS", ago(1)),
        },
        "stale",
    ),
    "the newest month again": (
        {"published": (*OLD[:-1], published("2013-12", hours_ago=1)), "partitions": MONTHS, "window": DAY},
        "fresh",
    ),
    "any of static partitions": (
        {
            "published": (published("eu", hours_ago=1), published("us", hours_ago=40)),
            "partitions": {"type": "static", "keys": ["eu", "us"]},
            "window": DAY,
        },
        "fresh",
    ),
    "a rollback to old data": (
        {"published": (published(hours_ago=1, kind="rollback", fresh_since=ago(40)),), "window": DAY},
        "stale",
    ),
    "Dagster warns": (
        {"published": (published(),), "window": DAY, "observed": Observed("WARN", ago(1))},
        "due_soon",
    ),
    "Dagster knows a stricter policy": (
        {"published": (published(),), "window": DAY, "observed": Observed("FAIL", ago(1))},
        "stale",
    ),
    "Dagster has not looked since the publication": (
        {"published": (published(),), "window": DAY, "observed": Observed("FAIL", ago(3))},
        "fresh",
    ),
    "only Dagster knows the policy": ({"published": YEAR, "observed": Observed("PASS", ago(1))}, "fresh"),
    "Dagster says none is promised": ({"published": YEAR, "observed": Observed("NOT_APPLICABLE", ago(1))}, "none"),
}


@pytest.mark.parametrize("name", CASES)
def test_freshness(name: str) -> None:
    known, state = CASES[name]
    assert freshness(facts(**known)).state == state


def test_the_deadline_follows_the_data() -> None:
    found = freshness(facts(published=(published(hours_ago=3),), window=DAY))
    assert (found.since, found.deadline) == (ago(3), NOW + timedelta(hours=21))
