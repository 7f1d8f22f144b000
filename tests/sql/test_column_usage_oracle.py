"""What a query uses, held against the engine: over real rows, without each column in turn, is it still the same?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from generated_queries import TABLES, queries
from hypothesis import HealthCheck, given, settings

from platform_core.sql import column_usage
from platform_core.sql.column_names import columns_at_most, understood

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/column_usage.yaml").read_text(encoding="utf-8"))
ROWS = {
    "ops/flights": """(1, 'a', 'x', 5, 1, 10, {'carrier': 'a', 'rain': 1}, ['a', 'b']),
        (2, 'b', 'y', NULL, 2, 20, {'carrier': 'c', 'rain': NULL}, ['c']), (3, 'a', 'y', 7, 1, NULL, NULL, NULL),
        (4, NULL, 'x', 0, 3, 10, {'carrier': 'a', 'rain': 4}, [])""",
    "ops/airlines": "('a', 'Alpha', 1), ('b', 'Beta', 2), ('c', NULL, 9)",
    "weather/daily": "('x', 1, 0, 5), ('y', 1, 3, NULL), ('y', 2, NULL, 7), ('x', 3, 2, 0)",
}
Answer = tuple[list[tuple[str, str]], list[str]] | None


class Oracle:
    """The tables with rows in them, of which any column can be taken out."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        connection.execute("ATTACH ':memory:' AS db; CREATE SCHEMA db.kept")
        for asset, columns in TABLES.items():
            home, _, table = asset.partition("/")
            types = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
            connection.execute(
                f"CREATE TABLE db.kept.{table} ({types}); INSERT INTO db.kept.{table} VALUES {ROWS[asset]}"
            )
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS db.{home}")
            self.without(asset)
        connection.execute("USE db.ops")

    def without(self, asset: str, column: str = "", more: str = "") -> None:
        home, _, table = asset.partition("/")
        rest = (f'* EXCLUDE ("{column}")' if column else "*") + more
        self.connection.execute(f"CREATE OR REPLACE TABLE db.{home}.{table} AS SELECT {rest} FROM db.kept.{table}")

    def answer(self, query: str) -> Answer:
        """Return the columns and rows of a query, in no order; None when it does not run."""
        try:
            found = self.connection.execute(query)
            return [(one[0], str(one[1])) for one in found.description], sorted(map(repr, found.fetchall()))
        except duckdb.Error:
            return None

    def changing(self, query: str) -> dict[str, set[str]] | None:
        """Return the columns without which a query is not the same; None for one that does not run, or wavers."""
        whole = self.answer(query)
        if whole is None or whole != self.answer(query):
            return None
        found: dict[str, set[str]] = {}
        for asset, columns in TABLES.items():
            if asset.partition("/")[2] in query:
                for column in columns:
                    self.without(asset, column)
                    if self.answer(query) != whole:
                        found.setdefault(asset, set()).add(column)
                self.without(asset)
        return found

    def opened(self, query: str) -> set[str]:
        """Return the tables of which one column more changes the answer."""
        whole, found = self.answer(query), set()
        for asset in TABLES:
            self.without(asset, more=", 'new' AS later_added")
            if self.answer(query) != whole:
                found.add(asset)
            self.without(asset)
        return found


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield Oracle(connection)


def used(query: str, location: str = "ops") -> dict[str, set[str]]:
    return {asset: set(columns) for asset, columns in column_usage(query, TABLES, location).used.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(oracle: Oracle, case: dict[str, Any]) -> None:
    """Each by hand: what changes the answer is what is said; and from the text alone, never less."""
    expected = {asset: set(columns) for asset, columns in case["used"].items()}
    said = used(case["query"])
    assert {asset: columns for asset, columns in said.items() if columns} == expected
    at_most = columns_at_most(understood(case["query"], "duckdb"), TABLES, "ops")
    changing = oracle.changing(case["query"])
    assert changing is not None
    for asset, columns in changing.items():
        assert columns <= expected.get(asset, set())
        assert columns <= set(at_most.get(asset, ()))
    assert oracle.opened(case["query"]) <= column_usage(case["query"], TABLES, "ops").open


def hold(oracle: Oracle, query: str) -> None:
    changing = oracle.changing(query)
    if changing is None:
        return
    said = used(query)
    at_most = columns_at_most(understood(query, "duckdb"), TABLES, "ops")
    for asset, columns in changing.items():
        assert columns <= said.get(asset, set()), asset
        assert columns <= set(at_most.get(asset, ())), asset
    assert oracle.opened(query) <= column_usage(query, TABLES, "ops").open


SETTINGS: dict[str, Any] = {
    **{"derandomize": True, "deadline": None, "database": None},
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
}


@settings(max_examples=12, **SETTINGS)
@given(query=queries())
def test_nothing_that_changes_a_query_is_left_out(oracle: Oracle, query: str) -> None:
    """Whatever people write: a column whose loss breaks the query, or changes its rows, is among those used."""
    hold(oracle, query)


@pytest.mark.slow
@settings(max_examples=250, **SETTINGS)
@given(query=queries())
def test_nothing_that_changes_one_of_many_queries_is_left_out(oracle: Oracle, query: str) -> None:
    """The same for many more."""
    hold(oracle, query)
