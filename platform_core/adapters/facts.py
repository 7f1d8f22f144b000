"""Gathers the facts about datasets: from the warehouse first, which is the truth, and then from Dagster's instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from platform_core.answers.facts import BrokenRule, Checks, ContractRef, DatasetFacts, Published, Refused
from platform_core.errors import PlatformError
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.resources.engine import Table
    from platform_core.resources.warehouse import CheckRecord, Publication, Refusal

__all__ = ["Subject", "checks_of", "gather", "observe"]


@dataclass(frozen=True)
class Subject:
    """A registered dataset that is asked about. `inputs` are the assets it is made from, near ones only.

    `unsafe` says why it may not be computed again; empty when it may.
    """

    asset: AssetId
    owner: str = ""
    contact: str = ""
    description: str = ""
    partitions: Mapping[str, Any] | None = None
    registered: ContractRef | None = None
    window: timedelta | None = None
    inputs: tuple[AssetId, ...] = ()
    unsafe: str = ""


def gather(
    subjects: Sequence[Subject],
    table: Callable[[AssetId], Table],
    now: datetime | None = None,
) -> tuple[DatasetFacts, ...]:
    """Return what the warehouse knows of each subject at the moment `now` (default: the present).

    `table` gives an asset's table. One that cannot be read is a fact of its own, and hides nothing about the others.
    """
    now = now or datetime.now(timezone.utc)
    down: dict[str, str] = {}
    return tuple(_published(subject, table, now, down) for subject in subjects)


def observe(facts: Sequence[DatasetFacts], instance: Any) -> tuple[DatasetFacts, ...]:
    """Add what Dagster's `instance` knows: runs and freshness. Three queries, however many datasets there are.

    Raises PlatformError when its storage cannot be read.
    """
    from platform_core.adapters.instance import failed_runs, freshness_states, readable, runs_in_progress

    assets = [item.asset for item in facts]
    with readable():
        states = freshness_states(instance, assets)
        running = runs_in_progress(instance, assets)
        failed = failed_runs(instance, assets)
    return tuple(
        replace(
            item,
            observed=states.get(item.asset),
            running=running.get(item.asset, ()),
            failed_run=failed.get(item.asset),
        )
        for item in facts
    )


def _published(
    subject: Subject, table: Callable[[AssetId], Table], now: datetime, down: dict[str, str]
) -> DatasetFacts:
    """`down` are the engines whose warehouse did not answer: it is waited for once, not once a dataset."""
    from platform_core.resources.warehouse import Unavailable

    known = DatasetFacts(
        subject.asset,
        now,
        subject.owner,
        subject.contact,
        subject.description,
        subject.partitions,
        registered=subject.registered,
        window=subject.window,
        unsafe=subject.unsafe,
    )
    try:
        engine = table(subject.asset).engine
    except PlatformError as error:  # no warehouse of its engine, settings of no use
        return replace(known, unreadable=error.message.rstrip("."))
    if engine in down:
        return replace(known, unreadable=down[engine])
    try:
        return _read(known, subject, table)
    except Unavailable as error:
        down[engine] = error.message.rstrip(".")
        return replace(known, unreadable=down[engine])
    except PlatformError as error:
        return replace(known, unreadable=error.message.rstrip("."))
    except (OSError, ValueError) as error:  # a record that is cut short, a folder that may not be read
        return replace(known, unreadable=f"{type(error).__name__} while reading its records")


def _read(known: DatasetFacts, subject: Subject, table: Callable[[AssetId], Table]) -> DatasetFacts:
    own = table(subject.asset)
    snapshot = own.snapshot()
    live = snapshot.partitions if snapshot else {}
    ordered = sorted(live.items(), key=lambda item: item[0] or "")
    known = replace(
        known,
        dynamic_keys=_dynamic_keys(subject, table),
        address=own.address,
        version=snapshot.version if snapshot else None,
        published=tuple(_publication(own, key, publication) for key, publication in ordered),
        refused=tuple(_refusal(refusal) for refusal in own.refusals()),
    )
    if known.published:
        return known
    return replace(known, waiting_for=tuple(asset for asset in subject.inputs if not _is_published(table(asset))))


def _dynamic_keys(subject: Subject, table: Callable[[AssetId], Table]) -> tuple[str, ...]:
    """Return the keys that another dataset's files have made, as far as it has published them."""
    cut = subject.partitions or {}
    if cut.get("type") != "dynamic" or cut.get("name") in (None, str(subject.asset)):
        return ()
    snapshot = table(AssetId.parse(str(cut["name"]))).snapshot()
    return tuple(sorted(str(key) for key in snapshot.partitions)) if snapshot else ()


def _is_published(table: Table) -> bool:
    try:
        return table.snapshot() is not None
    except PlatformError:
        return True  # it is there, though it cannot be read: its own answer says so


def _publication(table: Table, partition: str | None, publication: Publication) -> Published:
    return Published(
        partition=partition,
        version=publication.version,
        published_at=publication.published_at,
        rows=publication.rows,
        contract=ContractRef(publication.contract_version, publication.contract_hash),
        checks=checks_of(publication.checks),
        kind=publication.kind,
        held=publication.held,
        run_id=publication.run_id,
        fresh_since=_arrived(table, partition, publication),
    )


def _arrived(table: Table, partition: str | None, publication: Publication) -> datetime | None:
    """A rollback makes nothing fresh: its data arrived when the version that it restored was first published."""
    if publication.source_version is None:
        return None
    for earlier in table.history():
        if (earlier.version, earlier.partition) == (publication.source_version, partition):
            return earlier.published_at
    return None


def _refusal(refusal: Refusal) -> Refused:
    return Refused(
        partition=refusal.partition,
        refused_at=refusal.refused_at,
        rows=refusal.rows_read,
        checks=checks_of(refusal.rules),
        passed=refusal.passed,
        quarantine=refusal.place,
        delivery=refusal.input_name,
        run_id=refusal.run_id,
    )


def checks_of(checks: Sequence[CheckRecord]) -> Checks:
    """Sort stored check results into those that passed and those that did not."""
    broken = tuple(
        BrokenRule(item.name, item.violations, item.severity == "error", item.message)
        for item in checks
        if not item.passed
    )
    return Checks(tuple(item.name for item in checks if item.passed), broken)
