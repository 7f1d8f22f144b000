"""What vacuum keeps and what it clears away."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from warehouse_tables import contract_of, deliver, record_of, rows

from platform_core.contracts.model import Contract, parse_contract
from platform_core.documents import Document
from platform_core.errors import PlatformError
from platform_core.resources.warehouse import Retention, Table
from platform_core.resources.warehouse.retention import sweep_stages, vacuum

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)
AT_ONCE = timedelta(0)


def give(table: Table, number: int, partition: str | None = None) -> None:
    deliver(table, f"SELECT {number} AS id", CONTRACT, partition)


def files(table: Table) -> int:
    return len(list(table.path.rglob("*-0.parquet")))


def test_each_partition_keeps_its_newest_contents(table: Table) -> None:
    for number in range(5):
        give(table, number, "p1")
    give(table, 10, "p2")
    cleared = vacuum(table, Retention(versions=2), grace=AT_ONCE)
    assert (cleared.files, files(table)) == (3, 3) and cleared.size > 0
    assert rows(table, COLUMNS) == [(4,), (10,)]
    assert rows(table, COLUMNS, version=3) == [(3,)]
    with pytest.raises(PlatformError, match=r"Version 2 .* no longer kept: 1 of its files"):
        table.snapshot(2)
    assert [record.readable for record in table.history()] == [True, True, True, False, False, False]


def test_going_back_after_vacuum(table: Table) -> None:
    for number in range(4):
        give(table, number, "p1")
        give(table, 10 + number, "p2")
    vacuum(table, Retention(versions=2), grace=AT_ONCE)
    table.rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())
    assert rows(table, COLUMNS) == [(2,), (13,)]
    with pytest.raises(PlatformError, match="no earlier version"):
        table.rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())
    vacuum(table, Retention(versions=1), grace=AT_ONCE)
    assert rows(table, COLUMNS) == [(2,), (13,)]


def test_what_stood_within_the_duration_is_kept(table: Table) -> None:
    for number in range(3):
        give(table, number)
    assert vacuum(table, Retention(versions=1, duration=timedelta(days=1)), grace=AT_ONCE).files == 0
    assert vacuum(table, Retention(versions=1)).files == 0  # replaced a moment ago: somebody may be reading it
    assert vacuum(table, Retention(versions=1), grace=AT_ONCE).files == 2
    assert rows(table, COLUMNS) == [(2,)]


def test_a_dry_run_removes_nothing(table: Table) -> None:
    give(table, 1)
    give(table, 2)
    with table.stage(None, "r") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 3 AS id", CONTRACT)
        table.refuse(stage, record_of(), "because")
    cleared = vacuum(table, Retention(1, quarantine=AT_ONCE), dry_run=True, grace=AT_ONCE)
    assert (cleared.files, cleared.refusals) == (1, 1)
    assert files(table) == 2 and len(table.refusals()) == 1
    assert vacuum(table, Retention(1, quarantine=AT_ONCE), grace=AT_ONCE) == cleared
    assert table.refusals() == []


def test_moved_but_not_committed_files_go_and_files_of_others_stay(table: Table) -> None:
    give(table, 1)
    committed = next(table.path.rglob("*-0.parquet"))
    orphan = committed.with_name(committed.name.replace("-0.parquet", "-1.parquet"))
    foreign = committed.with_name("part-00000-of-another-tool.parquet")
    shutil.copy(committed, orphan)
    shutil.copy(committed, foreign)
    assert vacuum(table, Retention()).files == 1
    assert not orphan.exists() and foreign.exists() and committed.exists()


@pytest.mark.processes
def test_a_live_stage_is_not_swept_and_a_dead_one_is(table: Table) -> None:
    with table.stage(None, "alive") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id", CONTRACT)
        child = os.fork()
        if child == 0:  # a process that is killed while it holds a stage
            with table.stage(None, "dead"):
                os.kill(os.getpid(), 9)
        os.waitpid(child, 0)
        assert len(list(table.stages.iterdir())) == 2
        assert vacuum(table, Retention()).stages == 1
        assert [folder.name for folder in table.stages.iterdir()] == [stage.id]
        table.publish(stage, record_of())
    assert rows(table, COLUMNS) == [(1,)]
    assert list(table.stages.iterdir()) == []


def test_the_next_stage_clears_what_a_dead_process_left(table: Table) -> None:
    dead = table.stages / "20130101T000000000000-deadbeef"
    dead.mkdir(parents=True)
    (dead / "owner.lock").touch()
    (table.stages / ".new-20130101T000000000000-deadbeef").mkdir()
    give(table, 1)
    assert [folder.name for folder in table.stages.iterdir()] == [".new-20130101T000000000000-deadbeef"]
    os.utime(table.stages / ".new-20130101T000000000000-deadbeef", (0, 0))
    assert sweep_stages(table.stages) == 1


def with_sla(versions: object = None, **entry: object) -> Contract:
    properties = [{"property": "platformVersions", "value": versions}] if versions is not None else []
    data = {"version": "1", "schema": [{"name": "x"}], "customProperties": properties}
    if entry:
        data["slaProperties"] = [{"property": "retention", **entry}]
    return parse_contract(Document(Path("x.odcs.yaml"), data))


def test_retention_comes_from_the_contract() -> None:
    assert Retention.of(with_sla()) == Retention()
    assert Retention.of(with_sla(3, value=2, unit="w")) == Retention(3, timedelta(days=14), timedelta(days=14))


@pytest.mark.parametrize("contract", [with_sla(0), with_sla("2"), with_sla(True), with_sla(value=0, unit="d")])
def test_a_retention_that_makes_no_sense(contract: Contract) -> None:
    with pytest.raises(PlatformError):
        Retention.of(contract)


def test_vacuum_keeps_what_is_live_even_if_its_record_is_lost(table: Table) -> None:
    give(table, 1, "p1")
    give(table, 2, "p2")
    DeltaTable(table.path).create_checkpoint()
    (table.path / "_delta_log" / f"{0:020}.json").unlink()
    assert vacuum(table, Retention(versions=1), grace=AT_ONCE).files == 0
    assert rows(table, COLUMNS) == [(1,), (2,)]
