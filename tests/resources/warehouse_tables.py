"""Contracts, deliveries and reads for the tests of the warehouse."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from platform_core.contracts.model import Contract, parse_contract
from platform_core.documents import Document
from platform_core.resources.bridge import local
from platform_core.resources.engine import Table
from platform_core.resources.warehouse import Publication, PublicationRecord
from platform_core.sql.relation import Relation


def contract_of(columns: dict[str, str], version: str = "1.0.0", **properties: Any) -> Contract:
    """Make a contract of columns (name -> DuckDB type) and custom properties."""
    items = [{"name": name, "logicalType": "string", "physicalType": kind} for name, kind in columns.items()]
    data = {
        "version": version,
        "schema": [{"name": "flights", "properties": items}],
        "customProperties": [{"property": key, "value": value} for key, value in properties.items()],
    }
    return parse_contract(Document(Path("contracts/flights.odcs.yaml"), data))


def record_of(run_id: str = "run-1", input_hash: str = "", **known: Any) -> PublicationRecord:
    return PublicationRecord(run_id, "1.0.0", "abc", input_hash=input_hash, **known)


def deliver(
    table: Table, sql: str, contract: Contract, partition: str | None = None, input_hash: str = "", **known: Any
) -> Publication:
    """Stage and publish the result of a query."""
    with table.stage(partition, "run-1") as stage, duckdb.connect() as connection:
        stage.write(connection, sql, contract)
        return table.publish(stage, record_of(input_hash=input_hash), **known)


def rows(table: Table, contract_columns: dict[str, str], version: int | None = None) -> list[tuple[Any, ...]]:
    """Read all rows of a version, in the contract's types."""
    snapshot = table.snapshot(version)
    assert snapshot is not None
    return rows_of(snapshot.relation(None, contract_columns))


def rows_of(relation: Relation, query: str = "SELECT * FROM delivery ORDER BY ALL") -> list[tuple[Any, ...]]:
    """Run a query over the rows of a relation, which it reads as `delivery`; they may lie on any engine."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        near = local(relation, Path(folder)).bound(connection)
        connection.execute(f"CREATE VIEW delivery AS SELECT * FROM {near.source().sql('duckdb')}")
        return connection.execute(query).fetchall()


def staged(table: Table) -> list[str]:
    """Return what lies in the stage area of a table's location."""
    if table.engine == "duckdb_delta":
        return [path.name for path in table.stages.iterdir()]
    from platform_core.resources.postgres.connection import reading, run

    query = (
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relkind = 'r'"
    )
    with reading(table.place.address) as connection:
        return [row[0] for row in run(connection, query, (table.place.stages,))]
