"""The publishing door on PostgreSQL: staged in a schema of its own, audited, swapped in by one transaction."""

from platform_core.resources.postgres.snapshot import Restored, Snapshot
from platform_core.resources.postgres.stage import Stage
from platform_core.resources.postgres.table import Table
from platform_core.resources.postgres.warehouse import Warehouse

__all__ = ["Restored", "Snapshot", "Stage", "Table", "Warehouse"]
