"""Is the data as new as its owner promised?

Two witnesses. The publication record says when data last arrived. Dagster's freshness daemon knows the policy that
runs, but takes any materialization for new data: a rollback, or a backfill of old partitions, makes it say PASS. So
its PASS never beats a deadline that the record says has passed, and what it said before the newest data arrived is
old news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from platform_core.answers.facts import DatasetFacts, Published

__all__ = ["Freshness", "State", "fresh_since", "freshness"]

State = Literal["fresh", "due_soon", "stale", "unknown", "none"]
_RANK: dict[State, int] = {"none": 0, "unknown": 1, "fresh": 2, "due_soon": 3, "stale": 4}
_OBSERVED: dict[str, State] = {
    "PASS": "fresh",
    "WARN": "due_soon",
    "FAIL": "stale",
    "UNKNOWN": "unknown",
    "NOT_APPLICABLE": "none",
}


@dataclass(frozen=True)
class Freshness:
    """`since` is when data last arrived, `deadline` when newer data was or is due; None where not known.

    State `none`: nothing is promised. `unknown`: something is, and nothing was published or observed yet.
    """

    state: State
    since: datetime | None = None
    deadline: datetime | None = None


def fresh_since(facts: DatasetFacts) -> datetime | None:
    """Return when new data last arrived: for time partitions, in the newest one that is published."""
    published = facts.published
    if facts.partitions and facts.partitions.get("type") not in ("static", "dynamic") and published:
        newest = max(item.partition or "" for item in published)
        published = tuple(item for item in published if (item.partition or "") == newest)
    return max((_arrived(item) for item in published), default=None)


def _arrived(item: Published) -> datetime:
    return item.fresh_since or item.published_at


def freshness(facts: DatasetFacts) -> Freshness:
    """Combine the publication record and Dagster's last word: the worse of the two that still count."""
    since = fresh_since(facts)
    deadline = since + facts.window if since and facts.window else None
    own: State = "unknown" if facts.window else "none"
    if deadline:
        own = "stale" if deadline < facts.now else "fresh"
    observed = _observed(facts, since)
    state = max(own, observed, key=_RANK.__getitem__)
    return Freshness(state, since, deadline)


def _observed(facts: DatasetFacts, since: datetime | None) -> State:
    if facts.observed is None or (since and facts.observed.since < since):
        return "none"
    return _OBSERVED[facts.observed.state]
