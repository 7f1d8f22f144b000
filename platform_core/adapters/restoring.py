"""Judges by today's contract what the warehouse already holds: an older version before a rollback, and what stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.adapters.facts import checks_of
from platform_core.answers.facts import Audited
from platform_core.audit.check import NOT_EMPTY
from platform_core.contracts.model import Contract
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.audit import Check
    from platform_core.resources.engine import Restored, Table
    from platform_core.resources.warehouse import CheckRecord

__all__ = ["audit_of", "audit_published"]


def audit_of(
    asset: AssetId,
    contracts: Callable[[AssetId], Contract],
    table: Callable[[AssetId], Table],
    since: Contract | None = None,
) -> Callable[[Restored], list[CheckRecord]]:
    """Return what `Table.rollback` asks before it commits: whether the restored rows keep today's contract.

    `contracts` and `table` give the registered contract and the table of `asset` and of what its rules read.
    Rules over the whole dataset see the other partitions as they will be; rules that read other datasets see what is
    published of those now. One that was never published fails the rule that needs it. Of what `since` asked for
    already nothing is asked again.
    """
    from platform_core.audit import plan
    from platform_core.resources.warehouse import CheckRecord, declared_columns

    contract, own = contracts(asset), table(asset)
    checks = _beyond(plan(contract, asset.location), plan(since, asset.location) if since else ())
    columns = declared_columns(contract)
    references = dict(_references({name for check in checks for name in check.reads}, contracts, table))

    def judge(restored: Restored) -> list[CheckRecord]:
        others = None if restored.partition is None else restored.beside(columns)
        result = own.audit(checks, restored.relation(columns), others, references, as_declared=True)
        filled = contract.allows_empty or (since is not None and not since.allows_empty)
        door = [] if filled else [CheckRecord(NOT_EMPTY, result.rows > 0)]
        return door + [CheckRecord.of(outcome) for outcome in result.outcomes]

    return judge


def audit_published(
    asset: AssetId,
    contracts: Callable[[AssetId], Contract],
    table: Callable[[AssetId], Table],
    partitions: Iterable[str | None] | None,
    since: Contract | None = None,
) -> tuple[Audited, ...]:
    """Audit what is published in `partitions` (None: all) against today's contract; those not published are left out.

    With `since`, an earlier contract, only what today's asks for beyond it.
    """
    snapshot = table(asset).snapshot()
    if snapshot is None:
        return ()
    judge = audit_of(asset, contracts, table, since)
    published = sorted(snapshot.partitions, key=str)
    asked = published if partitions is None else [key for key in partitions if key in snapshot.partitions]
    return tuple(Audited(key, checks_of(judge(snapshot.restored(key)))) for key in asked)


def _beyond(checks: Sequence[Check], known: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that ask for something else than those known; the line they stand on does not count."""
    asked = [replace(check, where=None) for check in known]
    return tuple(check for check in checks if replace(check, where=None) not in asked)


def _references(
    names: set[str], contracts: Callable[[AssetId], Contract], table: Callable[[AssetId], Table]
) -> Iterator[tuple[str, Any]]:
    from platform_core.resources.warehouse import declared_columns

    for asset in map(AssetId.parse, sorted(names)):
        snapshot = table(asset).snapshot()
        if snapshot is not None:
            yield str(asset), snapshot.relation(None, declared_columns(contracts(asset)))
