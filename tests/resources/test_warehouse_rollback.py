"""Going back to an older version, and the hold that keeps the bad delivery from coming right back."""

from __future__ import annotations

from typing import Any

import pytest
from warehouse_tables import contract_of, deliver, rows, rows_of

from platform_core.errors import PlatformError
from platform_core.resources.engine import Restored, Table
from platform_core.resources.warehouse import CheckRecord, HeldBack, NotValid, Publication

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)
TODAY = ("2.0.0", "def")


@pytest.fixture
def table(either_table: Table) -> Table:
    return either_table


def at_most(limit: int) -> Any:
    """Audit like a contract that says: no id above `limit`."""

    def audit(restored: Restored) -> list[CheckRecord]:
        query = f"SELECT count(*) FROM delivery WHERE id > {limit}"
        violations = rows_of(restored.relation(COLUMNS), query)[0][0]
        return [CheckRecord("maximum_id", violations == 0, "error", violations)]

    return audit


def give(table: Table, number: int, partition: str | None = None) -> Publication:
    return deliver(table, f"SELECT {number} AS id", CONTRACT, partition, input_hash=f"in{number}")


def back(table: Table, partition: str | None = None, to: int | None = None, limit: int = 100) -> list[Publication]:
    return table.rollback(partition, to, by="someone", contract=TODAY, audit=at_most(limit))


def ids(table: Table) -> list[int]:
    return [row[0] for row in rows(table, COLUMNS)]


@pytest.mark.parametrize("partition", [None, "p1"])
def test_back_to_the_previous_version(table: Table, partition: str | None) -> None:
    for number in (1, 2, 3):
        give(table, number, partition)
    (record,) = back(table, partition)
    assert ids(table) == [2]
    assert (record.kind, record.held, record.by, record.source_version) == ("rollback", True, "someone", 1)
    assert (record.contract_version, record.contract_hash, record.rows) == (*TODAY, 1)
    assert record.withheld == ("in3",) and record.checks == (CheckRecord("maximum_id", True, "error", 0),)
    assert table.current()[partition] == record == table.history(1)[0]
    assert rows(table, COLUMNS, version=2) == [(3,)]


def test_going_back_twice_goes_further_back_and_then_there_is_nothing(table: Table) -> None:
    for number in (1, 2, 3):
        give(table, number)
    back(table)
    back(table)
    assert ids(table) == [1]
    with pytest.raises(PlatformError, match="no earlier version"):
        back(table)


def test_a_held_dataset_takes_only_new_input(table: Table) -> None:
    for number in (1, 2, 3):
        give(table, number)
    back(table, to=0)
    for old in (2, 3):
        with pytest.raises(HeldBack, match="rolled back to version 0"):
            give(table, old)
    with pytest.raises(HeldBack):
        deliver(table, "SELECT 9 AS id", CONTRACT)  # of unknown identity
    assert give(table, 1).held  # the input of what stands changes nothing
    with pytest.raises(HeldBack):
        give(table, 3)
    assert ids(table) == [1]
    assert not give(table, 4).held
    assert ids(table) == [4]
    assert give(table, 3).version > 0  # no hold is left


def test_release_ends_the_hold(table: Table) -> None:
    give(table, 1, "p1")
    give(table, 2, "p1")
    give(table, 2, "p2")
    back(table, "p1")
    with pytest.raises(HeldBack):
        give(table, 2, "p1")
    give(table, 3, "p2")  # the hold is the partition's own
    before = table.snapshot()
    (record,) = table.release("p1", by="someone")
    after = table.snapshot()
    assert before is not None and after is not None and before.published_at == after.published_at
    assert record.kind == "release" and not table.current()["p1"].held
    assert ids(table) == [1, 3]
    give(table, 2, "p1")
    assert ids(table) == [2, 3]
    with pytest.raises(PlatformError, match="is not held"):
        table.release("p1", by="someone")


def test_an_old_version_that_breaks_todays_contract_is_not_put_back(table: Table) -> None:
    give(table, 50)
    give(table, 2)
    with pytest.raises(NotValid, match="maximum_id"):
        back(table, limit=10)
    assert ids(table) == [2] and len(table.history()) == 2


def test_all_partitions_of_a_version_at_once(table: Table) -> None:
    give(table, 1, "p1")
    give(table, 2, "p2")
    give(table, 3, "p1")
    give(table, 4, "p2")
    give(table, 5, "p3")
    records = back(table, to=1)
    assert ids(table) == [1, 2, 5]  # p3 was not published then and stays
    assert [(record.partition, record.withheld) for record in records] == [("p1", ("in3",)), ("p2", ("in4",))]
    assert len({record.version for record in records}) == 1
    snapshot = table.snapshot()
    assert snapshot is not None and snapshot.rows == 3


def test_the_other_partitions_are_shown_to_the_audit(table: Table) -> None:
    give(table, 1, "p1")
    give(table, 2, "p1")
    give(table, 3, "p2")
    seen: list[Restored] = []
    table.rollback("p1", by="x", contract=TODAY, audit=lambda restored: seen.append(restored) or ())
    beside = seen[0].beside(COLUMNS)
    assert beside is not None and rows_of(beside) == [(3,)]
    assert rows_of(seen[0].relation(COLUMNS)) == [(1,)] == rows(table, COLUMNS)[:1]


@pytest.mark.parametrize("to", [-1, 2, 99])
def test_a_version_that_is_not_earlier(table: Table, to: int) -> None:
    for number in (1, 2, 3):
        give(table, number)
    with pytest.raises(PlatformError, match="no earlier version"):
        back(table, to=to)


def test_nothing_to_go_back_to(table: Table) -> None:
    with pytest.raises(PlatformError, match="never published"):
        back(table)
    give(table, 1, "p1")
    give(table, 2, "p2")
    with pytest.raises(PlatformError, match="was not published at version 0"):
        back(table, "p2", to=0)
    with pytest.raises(PlatformError, match="already has the content"):
        back(table, "p1", to=0)


def test_a_whole_table_goes_back_with_its_types(table: Table) -> None:
    deliver(table, "SELECT 1 AS id", CONTRACT, input_hash="a")
    deliver(table, "SELECT 'x' AS id", contract_of({"id": "VARCHAR"}), input_hash="b")
    table.rollback(None, by="x", contract=TODAY, audit=lambda restored: ())
    assert rows(table, COLUMNS) == [(1,)]
    snapshot = table.snapshot()
    assert snapshot is not None and snapshot.columns["id"] in ("BIGINT", 'PrimitiveType("long")')
