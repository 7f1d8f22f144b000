"""The tables the tests of the warehouse publish to: on files, in a database, or on each in turn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from platform_core.names import AssetId
from platform_core.resources.warehouse import Table, Warehouse

if TYPE_CHECKING:
    from postgres_server import Server

    from platform_core.resources.postgres_address import PostgresAddress

ASSET = AssetId("flight_ops", "flights")
_PREFIXES = (f"t{number}__" for number in itertools.count())


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Warehouse(tmp_path / "warehouse").table(ASSET)


@pytest.fixture(scope="session")
def warehouse_database(postgres: Server) -> Iterator[str]:
    """One database for all tests of the warehouse, each with a prefix of its own: making one takes longer than most."""
    postgres.run("CREATE DATABASE warehouse")
    yield postgres.url("warehouse").replace("//", "//admin@")


@pytest.fixture
def address(postgres: Server, warehouse_database: str, monkeypatch: pytest.MonkeyPatch) -> PostgresAddress:
    from platform_core.resources.postgres_address import PostgresAddress

    monkeypatch.setenv("TEST_POSTGRES_PASSWORD", postgres.password)
    return PostgresAddress(warehouse_database, "TEST_POSTGRES_PASSWORD", prefix=next(_PREFIXES))


@pytest.fixture
def postgres_table(address: PostgresAddress) -> Any:
    from platform_core.resources.postgres import Warehouse as PostgresWarehouse

    return PostgresWarehouse(address).table(ASSET)


@pytest.fixture(params=["duckdb_delta", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.processes])])
def either_table(request: pytest.FixtureRequest) -> Any:
    """A table of each engine in turn: what is said of one holds for the other."""
    return request.getfixturevalue("table" if request.param == "duckdb_delta" else "postgres_table")
