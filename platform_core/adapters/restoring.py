"""Judges by today's contract what the warehouse already holds: an older version before a rollback, and what stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from platform_core.adapters.facts import checks_of
from platform_core.answers.facts import Audited
from platform_core.audit.check import NOT_EMPTY
from platform_core.contracts.model import Contract
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.audit import Outcome
    from platform_core.resources.warehouse import CheckRecord, Table
    from platform_core.resources.warehouse.rollback import Restored

__all__ = ["audit_of", "audit_published"]


def audit_of(
    asset: AssetId, contracts: Callable[[AssetId], Contract], table: Callable[[AssetId], Table]
) -> Callable[[Restored], list[CheckRecord]]:
    """Return what `Table.rollback` asks before it commits: whether the restored rows keep today's contract.

    `contracts` and `table` give the registered contract and the table of `asset` and of what its rules read.
    Rules over the whole dataset see the other partitions as they will be; rules that read other datasets see what is
    published of those now. One that was never published fails the rule that needs it.
    """
    from platform_core.audit import plan
    from platform_core.resources.warehouse import CheckRecord, declared_columns

    contract = contracts(asset)
    checks = plan(contract, asset.location)
    columns = declared_columns(contract)
    references = dict(_references({name for check in checks for name in check.reads}, contracts, table))

    def judge(restored: Restored) -> list[CheckRecord]:
        rows, outcomes = _audited(restored, columns, checks, references)
        own = [] if contract.allows_empty else [CheckRecord(NOT_EMPTY, rows > 0)]
        return own + [CheckRecord.of(outcome) for outcome in outcomes]

    return judge


def audit_published(
    asset: AssetId,
    contracts: Callable[[AssetId], Contract],
    table: Callable[[AssetId], Table],
    partitions: Iterable[str | None],
) -> tuple[Audited, ...]:
    """Audit what is published in `partitions` against today's contract; those not published are left out."""
    from platform_core.resources.warehouse.rollback import Restored

    snapshot = table(asset).snapshot()
    if snapshot is None:
        return ()
    judge, found = audit_of(asset, contracts, table), []
    for key in partitions:
        if files := snapshot.files_of(key):
            present = snapshot.partitions[key].columns or tuple(snapshot.columns)
            found.append(Audited(key, checks_of(judge(Restored(key, files, present, snapshot.files_except(key))))))
    return tuple(found)


def _references(
    names: set[str], contracts: Callable[[AssetId], Contract], table: Callable[[AssetId], Table]
) -> Iterator[tuple[str, Any]]:
    from platform_core.resources.warehouse import declared_columns
    from platform_core.sql import Relation

    for asset in map(AssetId.parse, sorted(names)):
        snapshot = table(asset).snapshot()
        if snapshot is not None:
            yield str(asset), Relation.of(snapshot.all_files, declared_columns(contracts(asset)))


def _audited(
    restored: Restored, columns: Mapping[str, str], checks: Sequence[Any], references: Mapping[str, Any]
) -> tuple[int, Sequence[Outcome]]:
    import duckdb

    from platform_core.audit.duckdb import audit
    from platform_core.resources.warehouse import select_files
    from platform_core.sql import Relation

    with duckdb.connect(":memory:") as connection:
        # Views, because old files may lack a column, or keep a type that Parquet has not: their SELECT puts that right.
        connection.execute(f"CREATE VIEW restored AS {restored.select(columns)}")
        others = None
        if restored.partition is not None:
            connection.execute(f"CREATE VIEW others AS {select_files(restored.others, columns, columns)}")
            others = Relation.table("others")
        result = audit(connection, checks, Relation.table("restored"), others, references)
    return result.rows, result.outcomes
