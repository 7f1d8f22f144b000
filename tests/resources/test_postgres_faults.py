"""What goes wrong with a database: each a clear error without password or value, and what was published stands."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres_server import Server
from warehouse_tables import contract_of, deliver, record_of, rows, staged

from platform_core.audit import plan
from platform_core.audit.postgres import engine as engine_module
from platform_core.audit.postgres.reading import described
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.names import AssetId
from platform_core.resources.postgres import Warehouse
from platform_core.resources.postgres import loading as loading_module
from platform_core.resources.postgres import publish as publish_module
from platform_core.resources.postgres import stage as stage_module
from platform_core.resources.postgres.connection import connect, forget_connections
from platform_core.resources.postgres.connection import run as execute
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.resources.warehouse import Busy, DiskFull, Unavailable

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)
ASSET = AssetId("flight_ops", "flights")


def give(table: Any, number: int) -> Any:
    return deliver(table, f"SELECT {number} AS id", CONTRACT, input_hash=str(number))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "postgresql://admin@127.0.0.1:1/warehouse"}, "cannot be reached: nothing answers there"),
        ({"url": "postgresql://admin@host.invalid:5432/warehouse"}, "cannot be reached: the host is unknown"),
        ({"url": "{}/nowhere"}, "no database 'nowhere'"),
        ({"url": "{}/warehouse?user=nobody"}, "does not accept the password of the role"),
    ],
)
def test_a_database_that_is_not_there(address: PostgresAddress, change: dict[str, str], said: str) -> None:
    forget_connections()
    server = address.url.rpartition("/")[0]
    table = Warehouse(replace(address, url=change["url"].format(server))).table(ASSET)
    with pytest.raises(PlatformError, match=said):
        table.snapshot()


def test_a_wrong_password_is_not_printed(address: PostgresAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_connections()
    monkeypatch.setenv("TEST_POSTGRES_PASSWORD", "hunter2-secret")
    with pytest.raises(PlatformError, match="does not accept the password") as caught:
        give(Warehouse(address).table(ASSET), 1)
    shown = f"{caught.value} {caught.value.__cause__} {address!r}"
    assert "hunter2" not in shown and "TEST_POSTGRES_PASSWORD" in caught.value.hint
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_down_at_start_and_back_again(own_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_POSTGRES_PASSWORD", own_postgres.password)
    address = PostgresAddress(own_postgres.url().replace("//", "//admin@"), "TEST_POSTGRES_PASSWORD")
    table = Warehouse(address).table(ASSET)
    give(table, 1)
    own_postgres.stop(kill=True)
    for ask in (table.snapshot, table.state, table.refusals, lambda: give(table, 2)):
        with pytest.raises(Unavailable):
            ask()
    own_postgres.start()
    assert rows(table, COLUMNS) == [(1,)]  # what was published survived the crash
    give(table, 2)
    assert rows(table, COLUMNS) == [(2,)]


def crash_in(server: Server) -> Callable[..., Any]:
    """Return a step in which every session of this database is ended."""

    def ended(*_: Any, **__: Any) -> Any:
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'warehouse'")

    return ended


@pytest.mark.parametrize("moment", ["staging", "verifying", "swapping", "committing"])
def test_sessions_ended_in_the_middle(
    postgres: Server, postgres_table: Any, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    table, end = postgres_table, crash_in(postgres)
    give(table, 1)
    with monkeypatch.context() as patch:
        if moment == "staging":
            patch.setattr(stage_module, "copy_in", lambda *a: (end(), loading_module.copy_in(*a))[1])
        elif moment == "verifying":
            patch.setattr(publish_module, "refuse_moved", end)
        elif moment == "swapping":
            patch.setattr(publish_module, "show", end)
        else:
            patch.setattr(publish_module, "commit", end)
        with pytest.raises(Unavailable, match=r"lost|ended"):
            give(table, 2)
    assert rows(table, COLUMNS) == [(1,)]
    give(table, 3)
    assert rows(table, COLUMNS) == [(3,)] and staged(table) == []


def test_a_connection_lost_while_it_commits_is_looked_into(
    postgres: Server, postgres_table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was committed, and nobody heard: what is published must be announced, not published again."""
    end = crash_in(postgres)

    def commit(connection: Any) -> None:
        execute(connection, "COMMIT")
        end()

    monkeypatch.setattr(publish_module, "commit", commit)
    assert give(postgres_table, 1).version == 0
    assert rows(postgres_table, COLUMNS) == [(1,)]


def test_ended_in_the_middle_of_an_audit(
    postgres: Server, postgres_table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, end = postgres_table, crash_in(postgres)
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id", CONTRACT)
        monkeypatch.setattr(engine_module, "described", lambda *a, **k: (end(), described(*a, **k))[1])
        with pytest.raises(PlatformError):
            table.audit(plan(CONTRACT, "flight_ops"), stage.relation)
    assert table.snapshot() is None and table.refusals() == []


def test_another_publisher_holds_the_table(postgres_table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give(postgres_table, 1)
    monkeypatch.setattr(publish_module, "LOCK_SECONDS", 1)
    with (
        connect(postgres_table.place.address) as other,
        publish_module.locked(other, postgres_table.place),
        pytest.raises(Busy, match="more than 1 seconds"),
    ):
        give(postgres_table, 2)
    assert rows(postgres_table, COLUMNS) == [(1,)]


def test_a_role_without_rights(postgres: Server, postgres_table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give(postgres_table, 1)
    monkeypatch.setenv("OTHER_PASSWORD", "x")
    postgres.run("DROP ROLE IF EXISTS stranger")
    postgres.run("CREATE ROLE stranger LOGIN PASSWORD 'x'")
    address = postgres_table.place.address
    stranger = Warehouse(
        replace(address, url=address.url.replace("admin@", "stranger@"), password_env="OTHER_PASSWORD")
    )
    with pytest.raises(PlatformError, match="lacks rights") as caught:
        stranger.table(ASSET).snapshot()
    assert "workspace grants" in caught.value.hint
    with pytest.raises(PlatformError, match="lacks rights"):
        give(stranger.table(AssetId("weather", "hourly")), 1)


def test_readers_of_a_role_may_read_what_is_published(postgres: Server, postgres_table: Any) -> None:
    place = postgres_table.place
    postgres.run(f'CREATE ROLE "{place.reader}"')
    try:
        give(postgres_table, 1)
        deliver(postgres_table, "SELECT 'x' AS id", contract_of({"id": "VARCHAR"}))  # another view, the same rights
        with connect(place.address) as connection:
            execute(connection, f'SET ROLE "{place.reader}"')
            assert execute(connection, f"SELECT id FROM {place.view}").fetchall() == [("x",)]
            assert execute(connection, f'SELECT id FROM "{place.versions}"."flights__v0"').fetchall() == [(1,)]
    finally:
        postgres.run(f'DROP OWNED BY "{place.reader}"', "warehouse")
        postgres.run(f'DROP ROLE "{place.reader}"')


@pytest.fixture
def small_disk(tmp_path: Path, own_postgres: Server) -> Iterator[str]:
    """A tablespace of 8 MB."""
    folder = own_postgres.folder / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        subprocess.run(["chown", "postgres", str(folder)], check=True)
        own_postgres.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
        own_postgres.run("CREATE DATABASE small")
        own_postgres.run("ALTER DATABASE small SET default_tablespace = 'small'")
        yield own_postgres.url("small").replace("//", "//admin@")
    finally:
        own_postgres.stop(kill=True)
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: str, own_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_POSTGRES_PASSWORD", own_postgres.password)
    table: Any = Warehouse(PostgresAddress(small_disk, "TEST_POSTGRES_PASSWORD")).table(ASSET)
    give(table, 1)
    with pytest.raises(DiskFull):
        deliver(table, "SELECT range AS id FROM range(1_000_000)", CONTRACT)
    assert rows(table, COLUMNS) == [(1,)] and staged(table) == []
    with table.stage(None, "run") as stage:
        query = "SELECT n AS id FROM generate_series(1, 1000000) AS g(n)"
        with pytest.raises(DiskFull):
            stage.compute(query, {}, "flight_ops", CONTRACT)
    assert staged(table) == []
    give(table, 2)
    assert rows(table, COLUMNS) == [(2,)]


def test_a_value_that_the_database_cannot_hold_refuses_the_delivery(postgres_table: Any) -> None:
    contract = contract_of({"id": "BIGINT", "name": "VARCHAR", "day": "DATE"})
    with pytest.raises(FindingsError) as caught:
        deliver(postgres_table, "SELECT 1 AS id, 'secret' || chr(0) AS name, DATE '2013-01-01' AS day", contract)
    assert "column 'name': 1 with a NUL character" in str(caught.value) and "secret" not in str(caught.value)
    with pytest.raises(FindingsError, match="column 'day'"):
        deliver(postgres_table, "SELECT 1 AS id, 'a' AS name, DATE '5877642-06-25 (BC)' AS day", contract)
    assert postgres_table.snapshot() is None


def test_publishing_what_was_refused_meanwhile(postgres_table: Any) -> None:
    with postgres_table.stage(None, "run") as stage, duckdb.connect() as connection:
        with pytest.raises(PlatformError, match="Nothing was staged"):
            postgres_table.publish(stage, record_of())
        stage.write(connection, "SELECT 1 AS id", CONTRACT)
        postgres_table.refuse(stage, record_of(), "because")
        with pytest.raises(PlatformError):
            postgres_table.publish(stage, record_of())
    assert postgres_table.snapshot() is None and len(postgres_table.refusals()) == 1
