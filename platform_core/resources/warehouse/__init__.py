"""The publishing door on files: DuckDB writes Parquet, Delta Lake keeps the versions, nothing unaudited is visible."""

from platform_core.resources.warehouse.quarantine import Refusal
from platform_core.resources.warehouse.records import CheckRecord, Publication, PublicationRecord
from platform_core.resources.warehouse.refused import (
    BaseMoved,
    Busy,
    DiskFull,
    EmptyDelivery,
    HeldBack,
    NotValid,
    SchemaChange,
    Unavailable,
)
from platform_core.resources.warehouse.retention import Cleared, Retention
from platform_core.resources.warehouse.snapshot import Restored, Snapshot, select_files
from platform_core.resources.warehouse.stage import Stage
from platform_core.resources.warehouse.table import Table
from platform_core.resources.warehouse.warehouse import Warehouse
from platform_core.resources.warehouse.write import declared_columns

__all__ = [
    "BaseMoved",
    "Busy",
    "CheckRecord",
    "Cleared",
    "DiskFull",
    "EmptyDelivery",
    "HeldBack",
    "NotValid",
    "Publication",
    "PublicationRecord",
    "Refusal",
    "Restored",
    "Retention",
    "SchemaChange",
    "Snapshot",
    "Stage",
    "Table",
    "Unavailable",
    "Warehouse",
    "declared_columns",
    "select_files",
]
