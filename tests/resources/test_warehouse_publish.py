"""What is published, what is not, and what readers see of it."""

from __future__ import annotations

import duckdb
import pytest
from warehouse_tables import contract_of, deliver, record_of, rows, staged

from platform_core.resources.engine import Table
from platform_core.resources.warehouse import CheckRecord, EmptyDelivery

COLUMNS = {"id": "BIGINT", "name": "VARCHAR"}
CONTRACT = contract_of(COLUMNS)


@pytest.fixture
def table(either_table: Table) -> Table:
    return either_table


def test_never_published(table: Table) -> None:
    assert table.snapshot() is None
    assert table.history() == []
    assert dict(table.current()) == {}


def test_a_partition_is_replaced_and_the_others_stay(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "2013-01")
    deliver(table, "SELECT 2 AS id, 'b' AS name", CONTRACT, "2013-02")
    third = deliver(table, "SELECT 3 AS id, 'c' AS name", CONTRACT, "2013-01")
    assert rows(table, COLUMNS) == [(2, "b"), (3, "c")]
    assert rows(table, COLUMNS, version=1) == [(1, "a"), (2, "b")]
    current = table.current()
    assert {key: value.version for key, value in current.items()} == {"2013-01": 2, "2013-02": 1}
    assert third.rows == 1 and third.kind == "publish"
    assert [publication.partition for publication in table.history()] == ["2013-01", "2013-02", "2013-01"]


def test_an_unpartitioned_table_is_replaced_whole(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", CONTRACT)
    deliver(table, "SELECT 2 AS id, 'b' AS name", CONTRACT)
    assert rows(table, COLUMNS) == [(2, "b")]


def test_an_empty_delivery_is_published_only_if_the_contract_allows_it(table: Table) -> None:
    nothing = "SELECT 1 AS id, 'a' AS name WHERE false"
    with pytest.raises(EmptyDelivery, match="platformAllowEmpty"):
        deliver(table, nothing, CONTRACT, "2013-01")
    assert table.snapshot() is None
    published = deliver(table, nothing, contract_of(COLUMNS, platformAllowEmpty=True), "2013-01")
    assert published.rows == 0
    assert set(table.current()) == {"2013-01"}
    assert rows(table, COLUMNS) == []


def test_the_first_delivery_may_be_refused(table: Table) -> None:
    with table.stage("2013-01", "run-1") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id, 'secret' AS name", CONTRACT)
        failed = CheckRecord("required_name", False, "error", 7)
        refusal = table.refuse(stage, record_of(checks=(failed, CheckRecord("row_count", True))))
    assert table.snapshot() is None
    assert table.refusals() == [refusal]
    assert refusal.rules == (failed,) and "required_name" in refusal.reason
    if refusal.folder is not None:
        assert sorted(path.suffix for path in refusal.folder.iterdir()) == [".json", ".parquet"]
        assert "secret" not in (refusal.folder / "refusal.json").read_text()
    assert table.standing_refusals() == {"2013-01": refusal}
    assert staged(table) == []


def test_a_refusal_stands_until_something_newer_is_published(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "2013-01")
    with table.stage("2013-01", "run-2") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 2 AS id, 'b' AS name", CONTRACT)
        table.refuse(stage, record_of("run-2"), "row_count")
    assert rows(table, COLUMNS) == [(1, "a")]
    assert set(table.standing_refusals()) == {"2013-01"}
    deliver(table, "SELECT 3 AS id, 'c' AS name", CONTRACT, "2013-01")
    assert table.standing_refusals() == {}
    assert len(table.refusals()) == 1


def test_the_same_delivery_again_is_recorded_without_another_copy(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "2013-01")
    again = deliver(table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "2013-01")
    assert again.unchanged and again.version == 1
    assert rows(table, COLUMNS) == [(1, "a")]
    assert table.current()["2013-01"].version == 1
    assert len({name for record in table.history() for name in record.files}) == 1
