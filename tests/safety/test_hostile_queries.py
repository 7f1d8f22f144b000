"""Queries of teams: whatever the guard lets through neither writes nor reads anything but its inputs, run for real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hostile_queries import DUCKDB, POSTGRES, SECRET, queries
from hypothesis import HealthCheck, event, given, settings
from postgres_server import Server

from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.sql import Relation, guard, guarded_connection, reads
from platform_core.sql.postgres import bound
from platform_core.sql.postgres import guard as postgres_guard
from platform_core.sql.postgres import reads as postgres_reads

FEW = settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=1500)
LONGEST = 5.0  # seconds: what sleeps takes longer, what these queries compute does not


def _errors(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level == "error"]


# DuckDB


class Lake:
    """Two inputs beside a file, a table and a variable with the secret in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, marker in (("orders", "row-of-orders"), ("other", "row-of-other"), ("hidden", SECRET)):
            rows = f"SELECT i AS a, '{marker}' AS b FROM range(3) t(i)"
            duckdb.sql(f"COPY ({rows}) TO '{folder / name}.parquet' (FORMAT parquet)")
        self.file = folder / "hidden.txt"
        self.file.write_text(f"a,b\n1,{SECRET}\n")
        self.inputs = {"shop/orders": Relation.of([folder / "orders.parquet"])}
        self.inputs |= {"far/other": Relation.of([folder / "other.parquet"])}
        self.guarded, self.open = guarded_connection(self.inputs, "shop"), self._open()
        self.before = self.seen()

    def seen(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Behind the guard stands nothing here: neither the lock of the connection nor the list of its files."""
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute("CREATE SCHEMA shop; CREATE SCHEMA far; CREATE SEQUENCE s; CREATE SEQUENCE shop.s")
        for name, relation in self.inputs.items():
            connection.execute(f"CREATE VIEW {name.replace('/', '.')} AS FROM '{relation.files[0]}'")
        connection.execute(f"CREATE TABLE far.hidden AS FROM '{self.folder}/hidden.parquet'")
        connection.execute(f"CREATE TABLE main.hidden AS FROM far.hidden; SET VARIABLE leak = '{SECRET}'")
        connection.execute("SET search_path = 'shop'")
        return connection


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAK", SECRET)
        yield Lake(tmp_path_factory.mktemp("lake"))


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> str | None:
    """Return what a query answers as text; None when the engine refuses it. What takes too long has slept."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection.interrupt()

    timer = threading.Timer(LONGEST, cut)
    timer.start()
    try:
        return repr(connection.execute(query).fetchmany(2000))
    except (duckdb.Error, OverflowError, ValueError):  # Python has no date of every year
        assert not late.is_set(), query
        return None
    finally:
        timer.cancel()


def _on_duckdb(lake: Lake, query: str) -> None:
    query = query.replace("{file}", str(lake.file)).replace("{folder}", str(lake.folder))
    if _errors(guard(query)):
        event("refused")
        return
    named = {f"{table.location}/{table.dataset}" for table in reads(query, "shop")}
    declared = named <= set(lake.inputs)
    for connection in (lake.guarded, lake.open):
        if connection is lake.open and not declared:
            continue  # stopped before it runs: it names what is no input
        answer = _rows(connection, query)
        event("run" if answer else "refused by the engine")
        assert SECRET not in (answer or "")
        for marker, name in (("row-of-orders", "shop/orders"), ("row-of-other", "far/other")):
            assert marker not in (answer or "") or name in named, "a table that is read is told of"
    assert lake.seen() == lake.before


@FEW
@given(queries(DUCKDB))
def test_any_query_on_duckdb(lake: Lake, query: str) -> None:
    _on_duckdb(lake, query)


@pytest.mark.slow
@MANY
@given(queries(DUCKDB))
def test_many_queries_on_duckdb(lake: Lake, query: str) -> None:
    _on_duckdb(lake, query)


@pytest.mark.parametrize(
    "attack", [*DUCKDB.attacks, *(f"(SELECT 1 FROM {source})" for source in DUCKDB.sources_of_attack)]
)
def test_no_attack_passes_alone(attack: str) -> None:
    for query in (
        f"SELECT {attack}",
        f"SELECT a FROM orders WHERE {attack} IS NULL",
        f"SELECT a FROM orders ORDER BY {attack}",
    ):
        assert _errors(guard(query.replace("{file}", "x.csv").replace("{folder}", "f"))), query


# PostgreSQL


class Database:
    """Two inputs beside a table, functions and a file with the secret, seen by a superuser: only the guard is there."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self.connection, self.folder, self.file = connection, folder, folder / "hidden.txt"
        self.file.write_text(SECRET)
        folder.chmod(0o755)
        connection.execute(
            "CREATE SCHEMA x; CREATE TABLE x.hidden AS SELECT 1 AS a, 'SECRET-4711'::text AS b; CREATE SEQUENCE x.s;"
            "CREATE TABLE x.y AS SELECT 1 AS a, 'row-of-y'::text AS b;"
            "CREATE TABLE x.z AS SELECT 1 AS a, 'row-of-z'::text AS b;"
            "CREATE TABLE public.hidden AS TABLE x.hidden;"
            "CREATE FUNCTION x.leak() RETURNS text LANGUAGE sql AS 'SELECT b FROM x.hidden';"
            "CREATE FUNCTION x.leak(x.y) RETURNS text LANGUAGE sql AS 'SELECT b FROM x.hidden';"
            "CREATE FUNCTION public.leak(x.y) RETURNS text LANGUAGE sql AS 'SELECT b FROM x.hidden';"
            "CREATE FUNCTION public.upper(text) RETURNS text LANGUAGE sql AS 'SELECT b FROM x.hidden';"
        )

    def answer(self, text: str) -> str | None:
        import psycopg

        self.connection.execute(
            "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '5s'"
        )
        try:
            cursor = self.connection.execute(text)
            rows = repr(cursor.fetchmany(2000)) if cursor.description else ""
            # A number of its own is given to a transaction when it writes, and not before.
            wrote = self.connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0]
            assert not wrote, text
            return rows
        except psycopg.errors.QueryCanceled:
            raise AssertionError(f"it slept: {text}") from None
        except psycopg.Error:
            return None
        except (ValueError, OverflowError):
            return None  # a value that Python has none for
        finally:
            self.connection.execute("ROLLBACK")


@pytest.fixture(scope="module")
def database(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    postgres.run("DROP DATABASE IF EXISTS hostile WITH (FORCE)")
    postgres.run("CREATE DATABASE hostile")
    with postgres.connect("hostile", autocommit=True) as connection:
        yield Database(connection, tmp_path_factory.mktemp("base"))
    postgres.run("DROP DATABASE hostile WITH (FORCE)")


def _on_postgres(database: Database, query: str) -> None:
    from sqlglot import exp

    query = query.replace("{file}", str(database.file)).replace("{folder}", str(database.folder))
    if _errors(postgres_guard(query)):
        event("refused")
        return
    named = {f"{table.location}/{table.dataset}" for table in postgres_reads(query, "x")}
    tables = {name: [exp.select("*").from_(name.replace("/", "."))] for name in ("x/y", "x/z")}
    try:
        text = bound(query, tables, "x").sql("postgres", comments=False)
    except PlatformError:
        event("not bound")
        return
    assert named <= set(tables), "what is no input is not bound"
    answer = database.answer(text)
    event("run" if answer else "refused by the engine")
    assert SECRET not in (answer or ""), text
    for marker, name in (("row-of-y", "x/y"), ("row-of-z", "x/z")):
        assert marker not in (answer or "") or name in named, "a table that is read is told of"


@pytest.mark.postgres
@pytest.mark.processes
@FEW
@given(queries(POSTGRES))
def test_any_query_on_postgres(database: Database, query: str) -> None:
    _on_postgres(database, query)


@pytest.mark.postgres
@pytest.mark.processes
@pytest.mark.slow
@MANY
@given(queries(POSTGRES))
def test_many_queries_on_postgres(database: Database, query: str) -> None:
    _on_postgres(database, query)


ALONE = [*POSTGRES.attacks, *(f"(SELECT 1 FROM {source})" for source in POSTGRES.sources_of_attack)]


@pytest.mark.parametrize("attack", ALONE)
def test_no_attack_on_postgres_passes_alone(attack: str) -> None:
    from sqlglot import exp

    tables = {"x/y": [exp.select("1")]}
    for query in (f"SELECT {attack}", f"SELECT a FROM y WHERE {attack} IS NULL", f"SELECT a FROM y ORDER BY {attack}"):
        with pytest.raises(PlatformError):
            bound(query.replace("{file}", "x.csv").replace("{folder}", "f"), tables, "x")
