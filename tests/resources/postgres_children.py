"""What child processes do in the tests of PostgreSQL's kills and crowds, beside what they do with files."""

from __future__ import annotations

from typing import Any

from warehouse_children import die
from warehouse_tables import rows_of
from warehouse_writer import ROWS, Home, table_of

from platform_core.resources.postgres import publish as publish_module
from platform_core.resources.postgres import retention as retention_module
from platform_core.resources.postgres import rollback as rollback_module
from platform_core.resources.postgres import stage as stage_module

__all__ = ["MOMENTS", "dying", "read"]

COLUMNS = {"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"}
_CHECK = "SELECT min(number), max(number), count(*), sum(id) FROM delivery"


def read(home: Home) -> dict[str | None, int]:
    """Read the newest version and hold each partition against its publication; return the number each holds."""
    snapshot = table_of(home).snapshot()
    found: dict[str | None, int] = {}
    for partition, publication in (snapshot.partitions if snapshot else {}).items():
        told = rows_of(snapshot.relation([partition], COLUMNS), _CHECK)[0]
        expected = int(publication.input_hash)
        if told != (expected, expected, ROWS, ROWS * (ROWS - 1) // 2 + ROWS * expected):
            raise AssertionError(f"version {snapshot.version} {partition}: {told} for {expected}")
        found[partition] = expected
    return found


# moment -> (module, name of the step); killed before it happens
MOMENTS = {
    "while staging": (stage_module, "copy_in"),
    "before the table is moved": (publish_module, "swap"),
    "before the view is replaced": (publish_module, "show"),
    "before the record is written": (publish_module, "append"),
    "before the commit": (publish_module, "commit"),
    "before the rollback is committed": (rollback_module, "commit"),
    "in the middle of vacuum": (retention_module, "sweep_stages"),
}


def dying(moment: str, work: Any, *arguments: Any) -> None:
    """Do `work`, and be killed at a moment of it."""
    setattr(*MOMENTS[moment], die)
    work(*arguments)
