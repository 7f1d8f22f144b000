"""What the processes of the tests publish: content that tells its version."""

from __future__ import annotations

from pathlib import Path

import duckdb
from warehouse_tables import contract_of, record_of

from platform_core.names import AssetId
from platform_core.resources.warehouse import Warehouse

CONTRACT = contract_of({"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"})
ROWS = 2000


def query(number: int) -> str:
    """Content that tells its version: every row holds `number`, and the ids sum up to what only it has."""
    return f"SELECT range + {number} AS id, {number} AS number, 'row ' || range AS text FROM range({ROWS})"


def publish(root: Path, partition: str | None, number: int) -> int:
    table = Warehouse(root).table(AssetId("flight_ops", "flights"))
    with table.stage(partition, f"run-{number}") as stage, duckdb.connect() as connection:
        stage.write(connection, query(number), CONTRACT)
        return table.publish(stage, record_of(f"run-{number}", input_hash=str(number))).version
