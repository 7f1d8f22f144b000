"""Partition keys and paths are untrusted text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest
from warehouse_tables import contract_of, deliver, rows, rows_of

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.warehouse import Retention, Table, Warehouse

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)
KEYS = [
    "2013-01",
    "a/b",
    "ü",
    "%",
    "%2F",
    "..",
    ".",
    "x=y",
    "it's",
    'say "hi"',
    "*",
    "a b",
    "\\",
    "CON",
    "\n",
    "🛫" * 16,
]


def test_odd_keys_are_partitions_like_any_other(table: Table) -> None:
    for place, key in enumerate(KEYS):
        deliver(table, f"SELECT {place} AS id", CONTRACT, key)
    deliver(table, "SELECT 100 AS id", CONTRACT, "%")
    expected = {key: place for place, key in enumerate(KEYS)} | {"%": 100}
    snapshot = table.snapshot()
    assert snapshot is not None and set(snapshot.files) == set(KEYS) == set(table.current())
    with duckdb.connect() as connection:
        for key in KEYS:
            assert connection.execute(snapshot.select(COLUMNS, [key])).fetchall() == [(expected[key],)]
    assert dict(polars.read_delta(str(table.path)).select("_partition", "id").rows()) == expected
    assert all(Path(file).resolve().is_relative_to(table.path.resolve()) for file in snapshot.all_files)
    assert table.vacuum(Retention()).files == 0
    table.rollback("%", by="x", contract=("1", "h"), audit=lambda restored: ())
    assert len(rows(table, COLUMNS)) == len(KEYS)


@pytest.mark.postgres
@pytest.mark.processes
def test_odd_keys_are_partitions_in_a_database(postgres_table: Any) -> None:
    for place, key in enumerate(KEYS):
        deliver(postgres_table, f"SELECT {place} AS id", CONTRACT, key)
    snapshot = postgres_table.snapshot()
    assert set(snapshot.partitions) == set(KEYS)
    found = {key: rows_of(snapshot.relation([key], COLUMNS)) for key in KEYS}
    assert found == {key: [(place,)] for place, key in enumerate(KEYS)}
    deliver(postgres_table, "SELECT 100 AS id", CONTRACT, "%")
    postgres_table.rollback("%", by="x", contract=("1", "h"), audit=lambda restored: ())
    assert len(rows(postgres_table, COLUMNS)) == len(KEYS)


@pytest.mark.parametrize("key", ["", "x" * 201, "ü" * 40, "\ud800", "__HIVE_DEFAULT_PARTITION__"])
def test_a_key_that_cannot_name_a_folder(either_table: Any, key: str) -> None:
    table = either_table
    with pytest.raises(PlatformError, match="partition key"):
        deliver(table, "SELECT 1 AS id", CONTRACT, key)
    assert table.snapshot() is None


def test_an_odd_root(tmp_path: Path) -> None:
    table = Warehouse(tmp_path / "wäre hou'se #1").table(AssetId("flight_ops", "flights"))
    deliver(table, "SELECT 1 AS id", CONTRACT, "a/b")
    deliver(table, "SELECT 2 AS id", CONTRACT, "a/b")
    assert rows(table, COLUMNS) == [(2,)] and rows(table, COLUMNS, version=0) == [(1,)]


@pytest.mark.parametrize("name", ["w*", "w?", "w[1]", "100%"])
def test_a_root_that_readers_would_take_for_a_pattern(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlatformError, match="must not contain"):
        Warehouse(tmp_path / name)
