"""Crowds and kills on PostgreSQL: nothing twice, nothing torn, and the next run heals what a killed one left."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from kill_sweep import sweep
from patience import PATIENCE
from postgres_children import dying, read
from postgres_server import Server
from warehouse_children import CONTEXT, anything, back, publish_rounds, run, vacuum
from warehouse_tables import contract_of, deliver, record_of, rows, rows_of, staged
from warehouse_writer import ROWS, Home, publish

from platform_core.resources.postgres import publish as publish_module
from platform_core.resources.postgres.connection import connect
from platform_core.resources.postgres.connection import run as execute
from platform_core.resources.postgres.place import full
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.resources.warehouse import BaseMoved, Busy, Retention

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

READER = Path(__file__).with_name("postgres_reader.py")
COLUMNS = {"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"}


@pytest.fixture
def home(address: PostgresAddress, postgres: Server) -> Home:
    return (address.url, postgres.password, address.prefix)


def test_twelve_processes_on_different_partitions_and_two_on_the_same_new_one(postgres_table: Any, home: Home) -> None:
    writers = [
        CONTEXT.Process(target=publish_rounds, args=(home, f"2013-{month:02}", 100 * month, 2))
        for month in range(1, 13)
    ]
    writers += [CONTEXT.Process(target=publish_rounds, args=(home, "new", number, 1)) for number in (5000, 6000)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0] * 14
    found = read(home)
    assert found.pop("new") in (5000, 6000)
    assert found == {f"2013-{month:02}": 100 * month + 1 for month in range(1, 13)}
    assert [record.version for record in postgres_table.history()] == list(range(25, -1, -1))
    assert staged(postgres_table) == []
    with connect(postgres_table.place.address) as connection:
        counted = execute(connection, f"SELECT count(*), count(DISTINCT number) FROM {postgres_table.place.view}")
        assert counted.fetchall() == [(13 * ROWS, 13)]


def test_a_dataset_rule_is_verified_again_when_another_partition_moved(postgres_table: Any) -> None:
    table, contract = postgres_table, contract_of({"id": "BIGINT"})
    deliver(table, "SELECT 1 AS id", contract, "p1")

    def unique(snapshot: Any) -> bool:
        beside = snapshot.beside("p3", {"id": "BIGINT"})
        return rows_of(beside, "SELECT count(*) FROM delivery WHERE id = 7") == [(0,)]

    with table.stage("p3", "slow") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 7 AS id", contract)
        deliver(table, "SELECT 7 AS id", contract, "p2")
        with pytest.raises(BaseMoved, match="another partition"):
            table.publish(stage, record_of(), verify=unique)
        table.refuse(stage, record_of(), "unique_id")
    assert set(table.current()) == {"p1", "p2"} and set(table.standing_refusals()) == {"p3"}


def test_no_second_audit_when_only_the_own_partition_moved(postgres_table: Any) -> None:
    table, contract = postgres_table, contract_of({"id": "BIGINT"})
    deliver(table, "SELECT 1 AS id", contract, "p1")
    with table.stage("p2", "slow") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 2 AS id", contract)
        deliver(table, "SELECT 3 AS id", contract, "p2")
        table.publish(stage, record_of(), verify=lambda snapshot: False)
    assert set(table.current()) == {"p1", "p2"}


def test_a_reader_of_the_view_delays_a_publication(postgres_table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table, contract = postgres_table, contract_of({"id": "BIGINT"})
    deliver(table, "SELECT 1 AS id", contract)
    monkeypatch.setattr(publish_module, "READER_SECONDS", 0.5)
    monkeypatch.setattr(publish_module, "_MOMENT", "200ms")
    with connect(table.place.address) as reader:
        execute(reader, "BEGIN")
        execute(reader, f"SELECT * FROM {table.place.view}")
        with pytest.raises(Busy, match="has been reading"):
            deliver(table, "SELECT 2 AS id", contract)
        assert rows(table, {"id": "BIGINT"}) == [(1,)] and staged(table) == []
        monkeypatch.setattr(publish_module, "READER_SECONDS", 30)
        execute(reader, "COMMIT")
        deliver(table, "SELECT 2 AS id", contract)
    assert rows(table, {"id": "BIGINT"}) == [(2,)]


@pytest.mark.parametrize("moment", ["while staging", "before the table is moved", "before the view is replaced"])
@pytest.mark.parametrize("first", [True, False])
def test_killed_while_publishing(postgres_table: Any, home: Home, moment: str, first: bool) -> None:
    if not first:
        publish(home, "p1", 1)
    assert run(dying, moment, publish, home, "p1", 2) == -signal.SIGKILL
    assert read(home) == ({} if first else {"p1": 1})
    publish(home, "p1", 3)
    assert read(home) == {"p1": 3} and staged(postgres_table) == []


@pytest.mark.parametrize("moment", ["before the record is written", "before the commit"])
def test_killed_at_the_end_of_publishing(postgres_table: Any, home: Home, moment: str) -> None:
    publish(home, "p1", 1)
    assert run(dying, moment, publish, home, "p1", 2) == -signal.SIGKILL
    assert read(home) == {"p1": 1}
    publish(home, "p1", 2)
    assert read(home) == {"p1": 2} and staged(postgres_table) == []


def test_killed_before_a_rollback_is_committed_and_during_vacuum(postgres_table: Any, home: Home) -> None:
    publish(home, "p1", 1)
    publish(home, "p1", 2)
    assert run(dying, "before the rollback is committed", back, home) == -signal.SIGKILL
    assert read(home) == {"p1": 2}
    assert run(dying, "in the middle of vacuum", vacuum, home, 1) == -signal.SIGKILL
    back(home)
    assert read(home) == {"p1": 1}
    assert postgres_table.vacuum(Retention()).stages == 0


@pytest.mark.slow
def test_readers_see_complete_versions_while_writers_are_killed(
    tmp_path: Path, postgres_table: Any, home: Home
) -> None:
    reader, log = [str(READER), home[0], home[2]], tmp_path / "reader.log"
    variables = {"READER_PASSWORD": home[1]}

    def traces() -> list[str]:
        return ["stage" for _ in staged(postgres_table)]

    number = sweep(anything, home, reader, traces, {"stage": 6}, log=log, variables=variables)
    for partition in ("p1", "p2", "p3"):
        publish(home, partition, number + 1)
    assert read(home) == dict.fromkeys(("p1", "p2", "p3"), number + 1)
    assert staged(postgres_table) == [] and postgres_table.vacuum(Retention(versions=1)).files >= 0
    assert read(home) == dict.fromkeys(("p1", "p2", "p3"), number + 1)


def test_a_dead_stage_is_swept_and_a_live_one_is_not(postgres_table: Any) -> None:
    table, contract = postgres_table, contract_of({"id": "BIGINT"})
    with table.stage(None, "alive") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id", contract)
        execute(stage.connection, f"CREATE TABLE {full(table.place.stages, 'flights__dead')} ()")
        assert table.vacuum(Retention(), dry_run=True).stages == 1
        assert table.vacuum(Retention()).stages == 1
        assert staged(table) == [stage.name]
        table.publish(stage, record_of())
    assert staged(table) == []


def test_what_other_processes_did_is_seen_and_a_dataset_made_anew_is_another(postgres_table: Any, home: Home) -> None:
    """A process reads only what was committed since it looked last, and must not be fooled by that."""
    table = postgres_table
    assert table.snapshot() is None
    for number, partition in ((1, "p2"), (2, "p1"), (3, "p2"), (4, "p1")):
        run(publish, home, partition, number)
        assert list(table.current()) == sorted(table.current())
        assert table.current()[partition].input_hash == str(number)
    run(back, home)
    assert table.current()["p1"].held and table.current()["p1"].input_hash == "2"
    table.release("p1", by="x")
    assert not table.current()["p1"].held and table.current()["p1"].kind == "rollback"
    with connect(table.place.address) as connection:
        execute(connection, f"DELETE FROM {table.place.log}")
        assert table.snapshot() is None
        execute(connection, f'DROP SCHEMA "{table.place.live}", "{table.place.versions}" CASCADE')
    assert table.snapshot() is None
    publish(home, "p9", 0)  # in this process, which had made the schemas
    for number in range(1, 7):
        run(publish, home, "p9", number)
    assert {key: item.input_hash for key, item in table.current().items()} == {"p9": "6"}
