"""Going back to an older version: today's contract judges it first, and Dagster is told after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract, custom_property
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.audit import Outcome
    from platform_core.resources.warehouse import CheckRecord, Publication, Table
    from platform_core.resources.warehouse.rollback import Restored

__all__ = ["announce", "audit_of"]


def audit_of(
    contract: Contract, asset: AssetId, table: Callable[[AssetId], Table]
) -> Callable[[Restored], list[CheckRecord]]:
    """Return what `Table.rollback` asks before it commits: whether the restored rows keep today's `contract`.

    Rules over the whole dataset see the other partitions as they will be; rules that read other datasets see what is
    published of those now. One that was never published fails the rule that needs it.
    """
    from platform_core.audit import plan
    from platform_core.resources.warehouse import CheckRecord, declared_columns

    checks = plan(contract, asset.location)
    columns = declared_columns(contract)
    references = dict(_references({name for check in checks for name in check.reads}, table))
    may_be_empty = custom_property(contract.data, "platformAllowEmpty", False) is True

    def judge(restored: Restored) -> list[CheckRecord]:
        rows, outcomes = _audited(restored, columns, checks, references)
        empty = CheckRecord("not_empty", rows > 0 or may_be_empty, "error", None)
        return [*([] if may_be_empty else [empty]), *(_record(outcome) for outcome in outcomes)]

    return judge


def _references(names: set[str], table: Callable[[AssetId], Table]) -> Iterator[tuple[str, Any]]:
    from platform_core.sql import Relation

    for name in sorted(names):
        snapshot = table(AssetId.parse(name)).snapshot()
        if snapshot is not None:
            yield name, Relation.of(snapshot.all_files, snapshot.columns)


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
            others = Relation.table("main", "others")
        result = audit(connection, checks, Relation.table("main", "restored"), others, references)
    return result.rows, result.outcomes


def _record(outcome: Outcome) -> CheckRecord:
    """A rule that could not be checked refuses, whatever its severity."""
    from platform_core.resources.warehouse import CheckRecord

    severity = "error" if outcome.refuses else outcome.check.severity
    return CheckRecord(outcome.check.name, outcome.passed, severity, outcome.violations)


def announce(instance: Any, asset: AssetId, publications: Sequence[Publication]) -> None:
    """Tell Dagster of commits that no run made, each as one materialization: what reads the asset then follows."""
    import dagster as dg

    for publication in publications:
        metadata: dict[str, Any] = {
            "dagster/row_count": publication.rows,
            "platform/version": publication.version,
            "platform/kind_of_commit": publication.kind,
            "platform/contract_version": publication.contract_version,
            "platform/contract_hash": publication.contract_hash,
        }
        if publication.partition is not None:
            metadata["dagster/partition_row_count"] = publication.rows
            metadata["platform/partition"] = publication.partition
        key = dg.AssetKey(asset.path)
        instance.report_runless_asset_event(
            dg.AssetMaterialization(key, partition=publication.partition, metadata=metadata)
        )
