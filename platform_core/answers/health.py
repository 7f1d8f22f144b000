"""Is this data safe to use? Facts in, verdict out; the words are made elsewhere.

A verdict is read from the publication record alone. Dagster calls a partition FAILED as soon as a newer delivery was
refused, though the good version still stands, so its status never decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from platform_core.answers.facts import DatasetFacts, Refused
from platform_core.answers.freshness import Freshness, freshness
from platform_core.answers.partitions import due
from platform_core.audit.standing import standing_refusals
from platform_core.names import AssetId

__all__ = ["State", "Verdict", "judge"]


class State(str, Enum):
    """What can be true of a dataset, the most important first; the values are part of the JSON output."""

    UNKNOWN = "unknown"  # the warehouse could not be read
    REFUSED = "refused"  # nothing published, and the first delivery was refused
    IN_PROGRESS = "in_progress"  # nothing published yet, a run is at it
    PENDING = "pending"  # nothing published: inputs are not there yet
    NEVER_PUBLISHED = "never_published"
    UNVERIFIED = "unverified"  # another tool wrote to the table, past the contract
    BREAKS_CONTRACT = "breaks_contract"  # published under an earlier contract, and not what today's promises
    INCOMPLETE = "incomplete"  # partitions are missing that should be there by now
    NEWER_REFUSED = "safe_newer_refused"  # a good version stands; a later delivery was refused
    HELD = "safe_held"  # rolled back, and kept so
    STALE = "safe_stale"  # older than promised
    EMPTY = "safe_empty"  # no rows, as its contract allows
    CONTRACT_CHANGED = "safe_contract_changed"  # published under an earlier contract than the registered one
    SAFE = "safe"
    UPDATING = "updating"  # published, and a run is making a newer version
    FAILED_RUN = "failed_run"  # the newest run broke off; what is published is untouched
    STRAY_FILES = "stray_files"  # files were delivered that no dataset takes, likely misnamed
    WARNED = "warned"  # published with broken rules that do not block


@dataclass(frozen=True)
class Verdict:
    """All that is true of a dataset, the most important first, with what the sentence needs.

    `missing` are due partitions without a publication, `refused` the refusals newer than what is published (for each
    partition the latest), `outdated` the partitions published under another contract than the registered one.
    """

    asset: AssetId
    states: tuple[State, ...]
    freshness: Freshness
    missing: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    outdated: tuple[str | None, ...] = ()

    @property
    def state(self) -> State:
        """The headline."""
        return self.states[0]

    @property
    def safe(self) -> bool:
        """Whether a reader gets what the contract promises."""
        return self.state.value.startswith("safe")


def judge(facts: DatasetFacts) -> Verdict:
    """Return the verdict on one dataset."""
    found = Verdict(facts.asset, (), freshness(facts), _missing(facts), _newer_refused(facts), _outdated(facts))
    return replace(found, states=tuple(state for state in State if _HOLDS[state](facts, found)))


def _missing(facts: DatasetFacts) -> tuple[str, ...]:
    """A promise on freshness gives the data of a period that long to arrive; static partitions need no time."""
    if facts.unreadable:
        return ()  # nobody knows what is there
    there = {item.partition for item in facts.published}
    grace = {"grace": facts.window} if facts.window else {}
    return tuple(
        key for key in due(facts.partitions, facts.now, dynamic=facts.dynamic_keys, **grace) if key not in there
    )


def _newer_refused(facts: DatasetFacts) -> tuple[Refused, ...]:
    latest = standing_refusals(facts.refused, {item.partition: item.published_at for item in facts.published})
    return tuple(latest[key] for key in sorted(latest, key=lambda key: key or ""))


def _outdated(facts: DatasetFacts) -> tuple[str | None, ...]:
    if facts.registered is None:
        return ()
    known = (item for item in facts.published if item.contract.hash)
    return tuple(item.partition for item in known if item.contract.hash != facts.registered.hash)


def _failed_since(facts: DatasetFacts) -> bool:
    """A refusal ends its run as failed too: it has its own state. A later publication settles a failure."""
    run = facts.failed_run
    if run is None or any(item.run_id == run.run_id for item in facts.refused):
        return False
    same = [item for item in facts.published if run.partition is None or item.partition == run.partition]
    return all(item.published_at < run.ended_at for item in same)


Rule = Callable[[DatasetFacts, Verdict], bool]
_HOLDS: dict[State, Rule] = {
    State.UNKNOWN: lambda facts, _: bool(facts.unreadable),
    State.REFUSED: lambda facts, verdict: _absent(facts) and bool(verdict.refused),
    State.IN_PROGRESS: lambda facts, _: _absent(facts) and bool(facts.running),
    State.PENDING: lambda facts, _: _absent(facts) and bool(facts.waiting_for),
    State.NEVER_PUBLISHED: lambda facts, _: _absent(facts),
    State.UNVERIFIED: lambda facts, _: any(item.kind == "foreign" for item in facts.published),
    State.BREAKS_CONTRACT: lambda facts, _: any(rule.blocking for item in facts.audited for rule in item.checks.broken),
    State.INCOMPLETE: lambda facts, verdict: bool(facts.published and verdict.missing),
    State.NEWER_REFUSED: lambda facts, verdict: bool(facts.published and verdict.refused),
    State.HELD: lambda facts, _: any(item.held for item in facts.published),
    State.STALE: lambda facts, verdict: bool(facts.published) and verdict.freshness.state == "stale",
    State.EMPTY: lambda facts, _: bool(facts.published) and not any(item.rows for item in facts.published),
    State.CONTRACT_CHANGED: lambda _, verdict: bool(verdict.outdated),
    State.SAFE: lambda facts, _: bool(facts.published),
    State.UPDATING: lambda facts, _: bool(facts.published and facts.running),
    State.FAILED_RUN: lambda facts, _: _failed_since(facts),
    State.STRAY_FILES: lambda facts, _: bool(facts.strays),
    State.WARNED: lambda facts, _: any(item.checks.broken for item in facts.published),
}


def _absent(facts: DatasetFacts) -> bool:
    return not facts.published and not facts.unreadable
