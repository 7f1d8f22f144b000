"""What a query of PostgreSQL uses, held against a server: without each column in turn, is it still the same?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from postgres_server import Server

from platform_core.sql import column_usage

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/column_usage_postgres.yaml").read_text(encoding="utf-8"))
SCHEMA = {
    "ops/flights": {
        **{"id": "INTEGER", "carrier": "VARCHAR", "delay": "INTEGER", "day": "TIMESTAMP WITH TIME ZONE"},
        **{"Gate No": "INTEGER", "tags": "VARCHAR[]", "note": "VARCHAR"},
    },
    "ops/airlines": {"carrier": "VARCHAR", "name": "VARCHAR", "id": "INTEGER"},
}
TABLES = """
CREATE SCHEMA ops;
CREATE TABLE ops.flights (id int, carrier text, delay int, day timestamptz, "Gate No" int, tags text[], note text);
INSERT INTO ops.flights VALUES
    (1, 'A1', 5, '2024-01-02', 10, '{a,b}', 'x'), (2, 'B', NULL, '2024-02-03', 20, '{c}', 'y'),
    (3, 'A1', 7, NULL, NULL, NULL, NULL), (4, NULL, 1, '2024-02-05', 10, '{}', 'z');
CREATE TABLE ops.airlines (carrier text, name text, id int);
INSERT INTO ops.airlines VALUES ('A1', 'Alpha', 1), ('B', 'Beta', 2), ('C', NULL, 3);
"""

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    postgres.run("CREATE DATABASE column_usage")
    with postgres.connect("column_usage") as connection:
        connection.execute(TABLES)
        connection.commit()
        yield connection
    postgres.run("DROP DATABASE column_usage WITH (FORCE)")


def answer(connection: Any, query: str, without: str = "") -> Any:
    import psycopg

    try:
        if without:
            connection.execute(without)
        found = connection.execute(query)
        return [one.name for one in found.description], sorted(map(repr, found.fetchall()))
    except psycopg.Error:
        return None
    finally:
        connection.rollback()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(connection: Any, case: dict[str, Any]) -> None:
    """Nothing that changes the answer is left out; and by hand, what is said."""
    query = case["query"]
    whole = answer(connection, query)
    assert whole is not None
    said = column_usage(query, SCHEMA, dialect="postgres").used
    assert {asset: set(columns) for asset, columns in said.items() if columns} == {
        asset: set(columns) for asset, columns in case["used"].items()
    }
    for asset, columns in SCHEMA.items():
        table = asset.replace("/", ".")
        for column in columns:
            changed = answer(connection, query, f'ALTER TABLE {table} DROP COLUMN "{column}"') != whole
            assert not changed or column in said.get(asset, ()), (asset, column)
