"""What the processes of the tests publish, and where: content that tells its version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
from warehouse_tables import contract_of, record_of

from platform_core.names import AssetId
from platform_core.resources.warehouse import Warehouse

CONTRACT = contract_of({"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"})
ROWS = 2000
Home = tuple[str, str, str]  # url, password and prefix of a warehouse in a database


def query(number: int) -> str:
    """Content that tells its version: every row holds `number`, and the ids sum up to what only it has."""
    return f"SELECT range + {number} AS id, {number} AS number, 'row ' || range AS text FROM range({ROWS})"


def table_of(place: Path | Home) -> Any:
    """The table that all of them publish to: in a folder, or in a database."""
    asset = AssetId("flight_ops", "flights")
    if isinstance(place, Path):
        return Warehouse(place).table(asset)
    from platform_core.resources import postgres
    from platform_core.resources.postgres_address import PostgresAddress

    url, os.environ["CHILD_PASSWORD"], prefix = place
    return postgres.Warehouse(PostgresAddress(url, "CHILD_PASSWORD", prefix=prefix)).table(asset)


def publish(place: Path | Home, partition: str | None, number: int) -> int:
    table = table_of(place)
    with table.stage(partition, f"run-{number}") as stage, duckdb.connect() as connection:
        stage.write(connection, query(number), CONTRACT)
        version: int = table.publish(stage, record_of(f"run-{number}", input_hash=str(number))).version
        return version
