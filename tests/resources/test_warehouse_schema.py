"""The contract changes after data was published: what a delivery may bring into the schema, and how it reads."""

from __future__ import annotations

import pytest
from warehouse_tables import contract_of, deliver, rows, rows_of

from platform_core.resources.engine import Table
from platform_core.resources.warehouse import SchemaChange

OLD = {"id": "BIGINT", "name": "VARCHAR"}
WIDE = {"id": "BIGINT", "delay": "TIMESTAMP", "name": "VARCHAR"}


@pytest.fixture
def table(either_table: Table) -> Table:
    return either_table


def test_a_new_column_widens_the_table_on_purpose_and_old_partitions_read_null(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", contract_of(OLD), "p1")
    deliver(table, "SELECT 2 AS id, TIMESTAMP '2013-01-01' AS delay, 'b' AS name", contract_of(WIDE, "1.1.0"), "p2")
    assert [(row[0], row[1] is None, row[2]) for row in rows(table, WIDE)] == [(1, True, "a"), (2, False, "b")]
    assert rows(table, OLD) == [(1, "a"), (2, "b")]
    assert [publication.kind for publication in table.history()] == ["publish", "schema", "publish"]
    assert table.history()[1].columns == ("delay",)
    snapshot = table.snapshot()
    assert snapshot is not None and len(rows_of(snapshot.relation(["p1"], WIDE))) == 1
    assert rows(table, {"delay": "TIMESTAMP"}, version=0) == [(None,)]


def test_a_partition_cannot_change_a_type(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", contract_of(OLD), "p1")
    with pytest.raises(
        SchemaChange, match=r"'id' is published as (long|bigint), and the contract now says (string|text)"
    ):
        deliver(table, "SELECT 'x' AS id, 'b' AS name", contract_of({**OLD, "id": "VARCHAR"}), "p2")
    with pytest.raises(SchemaChange, match="'id'"):
        deliver(table, "SELECT 'x' AS id, 'b' AS name", contract_of({**OLD, "id": "VARCHAR"}), "p1")
    assert rows(table, OLD) == [(1, "a")]
    assert len(table.history()) == 1


def test_a_column_the_contract_dropped_reads_null_from_then_on(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", contract_of(OLD), "p1")
    deliver(table, "SELECT 2 AS id", contract_of({"id": "BIGINT"}), "p2")
    assert rows(table, OLD) == [(1, "a"), (2, None)]


def test_a_table_without_partitions_takes_the_new_schema_whole(table: Table) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", contract_of(OLD))
    new = {"id": "VARCHAR", "at": "TIMESTAMP"}
    deliver(table, "SELECT 'x' AS id, TIMESTAMP '2013-01-01' AS at", contract_of(new))
    snapshot = table.snapshot()
    assert snapshot is not None and list(snapshot.columns) == ["id", "at"]
    assert rows(table, {"id": "VARCHAR"}) == [("x",)]
    before = [publication.version for publication in table.history() if publication.kind == "publish"][-1]
    assert rows(table, OLD, version=before) == [(1, "a")]


@pytest.mark.parametrize("first, then", [(None, "p1"), ("p1", None)])
def test_a_table_keeps_or_lacks_partitions_for_good(table: Table, first: str | None, then: str | None) -> None:
    deliver(table, "SELECT 1 AS id, 'a' AS name", contract_of(OLD), first)
    with pytest.raises(SchemaChange, match="partitions"):
        deliver(table, "SELECT 2 AS id, 'b' AS name", contract_of(OLD), then)
    assert rows(table, OLD) == [(1, "a")]
