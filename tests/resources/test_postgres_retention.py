"""What vacuum keeps in a database and what it clears away; what counts as the same delivery again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
import pytest
from warehouse_tables import contract_of, deliver, record_of, rows

from platform_core.errors import PlatformError
from platform_core.resources.postgres.connection import connect
from platform_core.resources.postgres.connection import run as execute
from platform_core.resources.postgres.place import full
from platform_core.resources.postgres.retention import vacuum
from platform_core.resources.warehouse import Retention

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

COLUMNS = {"id": "BIGINT"}
CONTRACT = contract_of(COLUMNS)
AT_ONCE = timedelta(0)


def give(table: Any, number: int, partition: str | None = None) -> None:
    deliver(table, f"SELECT {number} AS id", CONTRACT, partition)


def test_each_partition_keeps_its_newest_contents(postgres_table: Any) -> None:
    for number in range(5):
        give(postgres_table, number, "p1")
    give(postgres_table, 10, "p2")
    cleared = vacuum(postgres_table.place, Retention(versions=2), grace=AT_ONCE)
    assert cleared.files == 3 and cleared.size > 0
    assert rows(postgres_table, COLUMNS) == [(4,), (10,)]
    assert rows(postgres_table, COLUMNS, version=3) == [(3,)]
    with pytest.raises(PlatformError, match=r"Version 2 .* no longer kept: 1 of its tables"):
        postgres_table.snapshot(2)
    assert [record.readable for record in postgres_table.history()] == [True, True, True, False, False, False]
    postgres_table.rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())
    assert rows(postgres_table, COLUMNS) == [(3,), (10,)]
    with pytest.raises(PlatformError, match="no earlier version"):
        postgres_table.rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())


def test_what_stood_within_the_duration_is_kept(postgres_table: Any) -> None:
    for number in range(3):
        give(postgres_table, number)
    place = postgres_table.place
    assert vacuum(place, Retention(versions=1, duration=timedelta(days=1)), grace=AT_ONCE).files == 0
    assert postgres_table.vacuum(Retention(versions=1)).files == 0  # replaced a moment ago
    assert vacuum(place, Retention(versions=1), grace=AT_ONCE).files == 2
    assert rows(postgres_table, COLUMNS) == [(2,)]


def test_a_dry_run_removes_nothing(postgres_table: Any) -> None:
    give(postgres_table, 1)
    give(postgres_table, 2)
    with postgres_table.stage(None, "r") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 3 AS id", CONTRACT)
        postgres_table.refuse(stage, record_of(), "because")
    place, retention = postgres_table.place, Retention(1, quarantine=AT_ONCE)
    cleared = vacuum(place, retention, dry_run=True, grace=AT_ONCE)
    assert (cleared.files, cleared.refusals) == (1, 1) and len(postgres_table.refusals()) == 1
    assert vacuum(place, retention, grace=AT_ONCE) == cleared
    assert postgres_table.refusals() == []


def test_a_version_that_somebody_reads_stays_until_the_next_time(postgres_table: Any) -> None:
    give(postgres_table, 1)
    give(postgres_table, 2)
    place = postgres_table.place
    with connect(place.address) as reader:
        execute(reader, "BEGIN")
        execute(reader, f"SELECT * FROM {full(place.versions, 'flights__v0')}")
        assert vacuum(place, Retention(versions=1), grace=AT_ONCE).files == 0
    assert vacuum(place, Retention(versions=1), grace=AT_ONCE).files == 1


def test_a_version_that_a_view_reads_stays_and_the_others_go(postgres_table: Any) -> None:
    for number in range(3):
        give(postgres_table, number)
    place = postgres_table.place
    view = full(place.stages, "of_a_build")
    with connect(place.address) as connection:
        execute(connection, f"CREATE VIEW {view} AS SELECT * FROM {full(place.versions, 'flights__v0')}")
    assert vacuum(place, Retention(versions=1), grace=AT_ONCE).files == 1
    with connect(place.address) as connection:
        execute(connection, f"DROP VIEW {view}")
    assert vacuum(place, Retention(versions=1), grace=AT_ONCE).files == 1


def test_the_same_rows_in_another_order_are_the_same_delivery(postgres_table: Any) -> None:
    columns = {"id": "BIGINT", "share": "DOUBLE", "data": "JSON", "name": "VARCHAR"}
    contract = contract_of(columns)
    values = "(1, '0.0', '{\"a\": 1}', 'x'), (2, 'nan', NULL, ''), (2, 'nan', NULL, '')"
    query = "SELECT i::BIGINT AS id, s::DOUBLE AS share, d::JSON AS data, n AS name FROM (VALUES {}) AS v(i, s, d, n)"
    deliver(postgres_table, query.format(values), contract)
    again = deliver(postgres_table, query.format(values) + " ORDER BY i DESC", contract)
    assert again.unchanged and again.version == 1 and again.files == ("flights__v0",)
    for other in (
        values.replace("0.0", "-0.0", 1),
        values.replace("(2, 'nan', NULL, '')", "(2, 'nan', NULL, NULL)", 1),
        values.replace("(2, 'nan', NULL, '')", "(1, '0.0', '{\"a\": 1}', 'x')", 1),
    ):
        assert not deliver(postgres_table, query.format(other), contract).unchanged


def test_states_tell_of_every_commit_and_refusal(postgres_table: Any) -> None:
    seen = {postgres_table.state(refusals=True)}
    give(postgres_table, 1)
    seen.add(postgres_table.state(refusals=True))
    give(postgres_table, 1)
    seen.add(postgres_table.state(refusals=True))
    with postgres_table.stage(None, "r") as stage:
        postgres_table.refuse(stage, record_of(), "because")
    before = postgres_table.state()
    seen.add(postgres_table.state(refusals=True))
    assert len(seen) == 4 and before == postgres_table.state()
