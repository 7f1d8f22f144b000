"""Many processes publish into one table at once: all right in the end, nothing twice."""

from __future__ import annotations

from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction
from patience import PATIENCE
from warehouse_children import CONTEXT, publish_rounds
from warehouse_tables import contract_of, deliver, record_of, rows
from warehouse_writer import ROWS

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.warehouse import BaseMoved, Snapshot, Table, Warehouse
from platform_core.resources.warehouse import commit as commit_module
from platform_core.resources.warehouse import publish as publish_module
from platform_core.resources.warehouse.locks import table_lock

pytestmark = pytest.mark.processes

COLUMNS = {"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"}


def start(table: Table, partition: str, number: int, rounds: int = 1) -> ForkServerProcess:
    child = CONTEXT.Process(target=publish_rounds, args=(table.path.parent.parent, partition, number, rounds))
    child.start()
    return child


def numbers(table: Table) -> dict[str | None, list[tuple[int, int]]]:
    snapshot = table.snapshot()
    assert snapshot is not None
    with duckdb.connect() as connection:
        return {
            key: connection.execute(
                f"SELECT number, count(*) FROM ({snapshot.select(COLUMNS, [key])}) GROUP BY 1"
            ).fetchall()
            for key in snapshot.files
        }


def test_twelve_processes_on_different_partitions_and_two_on_the_same_new_one(table: Table) -> None:
    writers = [start(table, f"2013-{month:02}", 100 * month, rounds=2) for month in range(1, 13)]
    writers += [start(table, "new", number) for number in (5000, 6000)]
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0] * 14
    found = numbers(table)
    assert found.pop("new") in ([(5000, ROWS)], [(6000, ROWS)])
    assert found == {f"2013-{month:02}": [(100 * month + 1, ROWS)] for month in range(1, 13)}
    history = table.history()
    assert [record.version for record in history] == list(range(25, -1, -1))
    assert list(table.stages.iterdir()) == []


def test_a_dataset_rule_is_verified_again_when_another_partition_moved(table: Table) -> None:
    """Two partitions bring the same id; each is unique beside what its stage saw, and only one may be published."""
    contract = contract_of({"id": "BIGINT"})
    deliver(table, "SELECT 1 AS id", contract, "p1")

    def unique(snapshot: Snapshot | None) -> bool:
        assert snapshot is not None and snapshot.version == 1
        return duckdb.execute(
            f"SELECT count(*) FROM ({snapshot.select({'id': 'BIGINT'})}) WHERE id = 7"
        ).fetchall() == [(0,)]

    with table.stage("p3", "slow") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 7 AS id", contract)
        deliver(table, "SELECT 7 AS id", contract, "p2")
        with pytest.raises(BaseMoved, match="another partition"):
            table.publish(stage, record_of(), verify=unique)
        table.refuse(stage, record_of(), "unique_id")
    assert set(table.current()) == {"p1", "p2"} and set(table.standing_refusals()) == {"p3"}


def test_no_second_audit_when_only_the_own_partition_moved(table: Table) -> None:
    contract = contract_of({"id": "BIGINT"})
    deliver(table, "SELECT 1 AS id", contract, "p1")
    with table.stage("p2", "slow") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 2 AS id", contract)
        deliver(table, "SELECT 3 AS id", contract, "p2")
        table.publish(stage, record_of(), verify=lambda snapshot: False)
    assert set(table.current()) == {"p1", "p2"}


def test_a_writer_without_our_lock_makes_us_look_again(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tool commits between our look and our commit, on the very first commit and on a later one."""
    contract = contract_of({"id": "BIGINT"})
    seen: list[int] = []

    def intrude() -> None:
        delta = DeltaTable(table.path)
        file = next(table.path.rglob("*.parquet"))
        other = file.with_name(f"other-{delta.version()}.parquet")
        other.write_bytes(file.read_bytes())
        schema = Schema([Field("id", PrimitiveType("long")), Field("_partition", PrimitiveType("string"))])
        path = other.relative_to(table.path).as_posix()
        action = AddAction(path, other.stat().st_size, {"_partition": f"x{delta.version()}"}, 0, True, "{}")
        delta.create_write_transaction([action], "append", schema, partition_by=["_partition"])

    def verify(snapshot: Snapshot | None) -> bool:
        seen.append(snapshot.version if snapshot else -1)
        return True

    deliver(table, "SELECT 1 AS id", contract, "p1")
    original = publish_module.settle_schema

    def settle(*arguments: Any) -> Any:
        if not seen:
            seen.append(0)
            intrude()
        return original(*arguments)

    monkeypatch.setattr(publish_module, "settle_schema", settle)
    published = deliver(table, "SELECT 2 AS id", contract, "p2", verify=verify)
    assert published.version == 2 and seen == [0, 1]
    assert {key: record.kind for key, record in table.current().items()} == {
        "p1": "publish",
        "p2": "publish",
        "x0": "foreign",
    }


def test_a_lost_first_commit_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = contract_of({"id": "BIGINT"})
    ours = Warehouse(tmp_path / "w").table(AssetId("a", "b"))
    original = publish_module.settle_schema
    done: list[bool] = []

    def settle(*arguments: Any) -> Any:
        if not done:
            done.append(True)
            # The same table, reached by somebody who does not take our lock.
            other = Warehouse(tmp_path / "w").table(AssetId("a", "b"))
            other._lock_file = tmp_path / "another.lock"
            deliver(other, "SELECT 1 AS id", contract, "p1")
        return original(*arguments)

    monkeypatch.setattr(publish_module, "settle_schema", settle)
    assert deliver(ours, "SELECT 2 AS id", contract, "p2").version == 1
    assert set(ours.current()) == {"p1", "p2"}


def test_a_writer_waits_while_the_table_is_locked(table: Table) -> None:
    """Vacuum, for one, counts on it: while it holds the lock, no file waits for its commit."""
    with table.lock():
        child = start(table, "p1", 1)
        child.join(1)
        assert child.exitcode is None and table.snapshot() is None
        with pytest.raises(PlatformError, match="more than 0 seconds"), table_lock(table._lock_file, "x", wait=0.1):
            pass
    child.join(PATIENCE)
    assert child.exitcode == 0 and set(table.current()) == {"p1"}


def test_an_error_after_the_commit_does_not_take_the_files_away(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = contract_of({"id": "BIGINT"})

    def fails(*_: object) -> None:
        raise OSError("the disk does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(commit_module, "_settle_log", fails)
        with pytest.raises(OSError, match="does not answer"):
            deliver(table, "SELECT 1 AS id", contract)
    assert rows(table, {"id": "BIGINT"}) == [(1,)]
    deliver(table, "SELECT 2 AS id", contract)
    assert rows(table, {"id": "BIGINT"}) == [(2,)]
