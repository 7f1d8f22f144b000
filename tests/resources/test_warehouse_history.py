"""The history of a table: every commit, and what is live in each partition however far back it was published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from warehouse_tables import contract_of, deliver, rows

from platform_core.resources.warehouse import CheckRecord, HeldBack, PublicationRecord, Table, log
from platform_core.resources.warehouse import commit as commit_module

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)


def test_the_record_of_a_publication(either_table: Any) -> None:
    import duckdb

    table = either_table
    record = PublicationRecord(
        "run-7",
        "1.2.0",
        "abc",
        input_hash="in",
        inputs={"weather/hourly": 3},
        checks=(CheckRecord("primary_key", True, "error", 0), CheckRecord("foreign_key", False, "warning", 12)),
        input_name="flights-ü.csv",
    )
    with table.stage("2013-01", "run-7") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id", CONTRACT)
        published = table.publish(stage, record)
    (read,) = table.history()
    assert read == published == table.current()["2013-01"]
    for name in ("run_id", "contract_version", "contract_hash", "input_hash", "inputs", "checks", "input_name"):
        assert getattr(read, name) == getattr(record, name)
    assert (read.rows, read.columns, read.partition) == (1, ("id",), "2013-01")
    assert read.published_at.tzinfo is not None
    snapshot = table.snapshot()
    assert snapshot is not None and snapshot.published_at == read.published_at


@pytest.mark.processes
def test_what_is_live_is_found_without_reading_the_whole_log(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_module, "SUM_UP_EVERY", 7)
    for number in (1, 2):
        deliver(table, f"SELECT {number} AS id", CONTRACT, "held", input_hash=f"in{number}")
        deliver(table, f"SELECT {number} AS id", CONTRACT, "released", input_hash=f"in{number}")
    for partition in ("held", "released"):
        table.rollback(partition, by="x", contract=("1", "h"), audit=lambda restored: ())
    deliver(table, "SELECT 5 AS id", CONTRACT, "old")
    for number in range(20):
        deliver(table, f"SELECT {number} AS id", CONTRACT, "busy")
    table.release("released", by="x")
    for number in range(20):
        deliver(table, f"SELECT {number} AS id", CONTRACT, "busy")
    found = table.current()
    assert [found[key].held for key in ("held", "released", "old", "busy")] == [True, False, False, False]
    assert found["old"].version == 6 and found["busy"].version == len(table.history()) - 1
    for version in (3, 10, 20, 33):
        snapshot = table.snapshot(version)
        assert snapshot is not None and all(record.version <= version for record in snapshot.partitions.values())
    read: list[int] = []
    original = log._commit
    monkeypatch.setattr(log, "_commit", lambda path, version: read.append(version) or original(path, version))
    assert type(table)(table.path.parents[1], table.asset).current() == found
    assert 0 < len(read) < 15
    with pytest.raises(HeldBack):
        deliver(table, "SELECT 2 AS id", CONTRACT, "held", input_hash="in2")
    deliver(table, "SELECT 2 AS id", CONTRACT, "released", input_hash="in2")
    assert list((table.path / "_delta_log").glob("*.checkpoint.parquet"))


def test_a_log_that_was_cut_off(table: Table) -> None:
    """Another tool removed old commit files, as Delta allows after a checkpoint: only the data's origin is lost."""
    from deltalake import DeltaTable

    deliver(table, "SELECT 1 AS id", CONTRACT, "p1")
    deliver(table, "SELECT 2 AS id", CONTRACT, "p2")
    DeltaTable(table.path).create_checkpoint()
    (table.path / "_delta_log" / f"{0:020}.json").unlink()
    assert rows(table, COLUMNS) == [(1,), (2,)]
    assert {key: record.kind for key, record in table.current().items()} == {"p1": "foreign", "p2": "publish"}
    assert [record.version for record in table.history()] == [1]


def test_limit(either_table: Any) -> None:
    table = either_table
    for number in range(5):
        deliver(table, f"SELECT {number} AS id", CONTRACT)
    assert [record.version for record in table.history(2)] == [4, 3]


def test_published_files_are_read_only(table: Table) -> None:
    deliver(table, "SELECT 1 AS id", CONTRACT)
    snapshot = table.snapshot()
    assert snapshot is not None
    assert {oct(Path(file).stat().st_mode & 0o777) for file in snapshot.all_files} == {"0o444"}
