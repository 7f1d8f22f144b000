"""The table's schema follows the contract, and only ever on purpose.

A delivery to one partition may add columns (one commit of its own that says so); it can never change a type, for the
other partitions' files would no longer be what the table says. A table without partitions is replaced whole, so its
schema may change with it. A column the contract dropped stays in the table, NULL in what is published from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from platform_core.resources.warehouse.records import PublicationRecord
from platform_core.resources.warehouse.refused import SchemaChange
from platform_core.resources.warehouse.snapshot import open_delta
from platform_core.resources.warehouse.stage import Stage
from platform_core.resources.warehouse.storage import PARTITION_COLUMN, delta_schema

if TYPE_CHECKING:
    from platform_core.resources.warehouse.table import Table

__all__ = ["settle_schema"]


def settle_schema(table: Table, delta: Any | None, stage: Stage, record: PublicationRecord) -> tuple[Any | None, Any]:
    """Return the table, widened if the contract has new columns, and the schema to commit with.

    Raises SchemaChange when a published column has another type, PlatformError when the table is partitioned and the
    stage is not, or the reverse.
    """
    wanted = delta_schema(stage.columns, partitioned=stage.partition is not None)
    if delta is None:
        return None, wanted
    have = {field.name: field.type for field in delta.schema().fields}
    if (PARTITION_COLUMN in have) != (stage.partition is not None):
        was, now = ("partitions", "none") if PARTITION_COLUMN in have else ("no partitions", "some")
        raise SchemaChange(
            f"{table.asset} is published with {was}, and this delivery has {now}.",
            hint="Publish it under a new dataset name; partitions are part of what readers rely on.",
        )
    changed = [field for field in wanted.fields if field.name in have and have[field.name] != field.type]
    if changed:
        raise SchemaChange(
            f"{table.asset}: " + "; ".join(f"column '{f.name}' is published as {have[f.name]}" for f in changed) + ".",
            hint="Keep the type, or publish the new one under a new column or dataset name.",
        )
    new = [field for field in wanted.fields if field.name not in have]
    if new:
        delta.alter.add_columns(new)
        delta = open_delta(table.path)
    return delta, delta.schema() if delta else wanted
