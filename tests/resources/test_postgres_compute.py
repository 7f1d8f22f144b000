"""A team's SELECT on PostgreSQL: over fixed versions, cast to the contract, and nothing else can be read or done."""

from __future__ import annotations

from typing import Any

import pytest
from warehouse_tables import contract_of, deliver, record_of, rows, rows_of, staged

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.resources.postgres.connection import reading, run
from platform_core.resources.postgres.place import Place, fitted, full
from platform_core.sql.relation import Relation

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

COLUMNS = {"id": "BIGINT", "name": "VARCHAR"}
CONTRACT = contract_of(COLUMNS)


def compute(table: Any, query: str, columns: dict[str, str], inputs: dict[str, Relation] | None = None) -> Any:
    """Compute a query over flight_ops/flights as it stands, and return the staged rows."""
    snapshot = table.snapshot()
    read = {"flight_ops/flights": snapshot.relation(None, COLUMNS)} if inputs is None else inputs
    with table.stage(None, "run") as stage:
        stage.compute(query, read, "flight_ops", contract_of(columns))
        assert stage.rows == len(rows_of(stage.relation))
        return rows_of(stage.relation)


def unchained(error: BaseException) -> bool:
    """Whether no log shows what the database said, values and all."""
    return error.__context__ is None or error.__suppress_context__


def test_over_all_partitions_of_one_version(postgres_table: Any) -> None:
    deliver(postgres_table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "p1")
    deliver(postgres_table, "SELECT 2 AS id, 'b' AS name", CONTRACT, "p2")
    fixed = {"flight_ops/flights": postgres_table.snapshot().relation(None, COLUMNS)}
    deliver(postgres_table, "SELECT 3 AS id, 'c' AS name", CONTRACT, "p2")
    query = "WITH f AS (SELECT * FROM flights) "
    query += "SELECT f.id + 0 AS id, upper(o.name) AS name FROM f JOIN flight_ops.flights o USING (id)"
    assert compute(postgres_table, query, COLUMNS, fixed) == [(1, "A"), (2, "B")]
    assert compute(postgres_table, "SELECT id, name FROM flights", COLUMNS) == [(1, "a"), (3, "c")]


def test_an_input_that_nobody_published_anything_in(postgres_table: Any) -> None:
    empty = {"weather/hourly": Relation.tables(columns={"at": "TIMESTAMP", "wind": "DOUBLE"})}
    query = "SELECT count(*) AS id, 'x' AS name FROM weather.hourly WHERE wind > 3"
    assert compute(postgres_table, query, COLUMNS, empty) == [(0, "x")]


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("1::smallint", "BIGINT", 1),
        ("'517.0'", "BIGINT", 517),
        ("2.0::double precision", "INTEGER", 2),
        ("1.230::numeric", "DECIMAL(10,2)", __import__("decimal").Decimal("1.23")),
        ("0.1::double precision + 0.2", "DECIMAL(10,2)", __import__("decimal").Decimal("0.30")),
        ("'2013-01-01 00:00:00'::timestamp", "DATE", __import__("datetime").date(2013, 1, 1)),
        ("1", "BOOLEAN", True),
        ("7", "VARCHAR", "7"),
        ("ARRAY[1, 2]", "BIGINT[]", [1, 2]),
        ("json_build_object('a', 1)", 'STRUCT("a" BIGINT)', {"a": 1}),
        ("NULL", "DATE", None),
        (
            "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'",
            "UUID",
            __import__("uuid").UUID(int=0x6BA7B8109DAD11D180B400C04FD430C8),
        ),
    ],
)
def test_what_fits_is_cast(postgres_table: Any, expression: str, kind: str, expected: Any) -> None:
    assert compute(postgres_table, f"SELECT {expression} AS value", {"value": kind}, {}) == [(expected,)]


@pytest.mark.parametrize(
    ("values", "kind", "count"),
    [
        ("('1'), ('x'), ('2.5'), (NULL)", "BIGINT", 2),
        ("(1.5), (2.0)", "BIGINT", 1),
        ("(1.5::double precision), ('NaN')", "BIGINT", 2),
        ("(1), (40000)", "SMALLINT", 1),
        ("(1.239), (1.23), (123456789.1)", "DECIMAL(10,2)", 2),
        ("('NaN'::double precision), (1.239)", "DECIMAL(10,2)", 1),
        ("('NaN'::numeric), (1)", "DECIMAL(10,2)", 1),
        ("('2013-01-01'), ('soon'), ('2013-01-01 05:00')", "DATE", 2),
        ("('2013-01-01 05:00+02:00'), ('2013-01-01 05:00')", "TIMESTAMP", 1),
        ("(0), (2)", "BOOLEAN", 1),
        ("('secret'), ('6ba7b810-9dad-11d1-80b4-00c04fd430c8')", "UUID", 1),
    ],
)
def test_what_does_not_fit_is_counted_and_not_shown(postgres_table: Any, values: str, kind: str, count: int) -> None:
    query = f"SELECT column1 AS value, 'x' AS other FROM (VALUES {values}) AS v"
    with pytest.raises(FindingsError) as caught:
        compute(postgres_table, query, {"value": kind, "other": "VARCHAR"}, {})
    (finding,) = caught.value.findings
    assert finding.id == "wrong-type" and f"column 'value': {count} value" in finding.message
    assert "secret" not in str(caught.value) and unchained(caught.value)
    assert staged(postgres_table) == []


def test_missing_and_unknown_columns_are_told_together(postgres_table: Any) -> None:
    with pytest.raises(FindingsError) as caught:
        compute(postgres_table, 'SELECT 1 AS "ID", 2 AS extra', COLUMNS, {})
    assert [finding.id for finding in caught.value.findings] == ["missing-column"] * 2 + ["extra-column"] * 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT pg_read_file('/etc/passwd') AS name, 1 AS id",
        "SELECT usename AS name, 1 AS id FROM pg_catalog.pg_user",
        "SELECT * FROM other_team.secrets",
        "DELETE FROM flights RETURNING id, name",
        "WITH gone AS (DELETE FROM flights RETURNING *) SELECT * FROM gone",
        "SELECT id, name INTO stolen FROM flights",
        "SELECT id, name FROM flights; DROP TABLE flights",
        "SELECT set_config('search_path', 'x', false) AS name, 1 AS id",
        "SELECT pg_sleep(1)::text AS name, 1 AS id",
        "SELECT id, name FROM flights FOR UPDATE",
        "SELECT dblink('x', 'y') AS name, 1 AS id",
    ],
)
def test_nothing_else_can_be_read_or_done(postgres_table: Any, query: str) -> None:
    deliver(postgres_table, "SELECT 1 AS id, 'a' AS name", CONTRACT)
    with pytest.raises(PlatformError):
        compute(postgres_table, query, COLUMNS)
    assert rows(postgres_table, COLUMNS) == [(1, "a")] and staged(postgres_table) == []


def test_an_error_inside_the_query_is_told_without_its_values(postgres_table: Any) -> None:
    deliver(postgres_table, "SELECT 1 AS id, 'secret value' AS name", CONTRACT)
    for query in ("SELECT name::bigint AS id, name FROM flights", "SELECT 1 / (id - 1) AS id, name FROM flights"):
        with pytest.raises(PlatformError, match="could not be written") as caught:
            compute(postgres_table, query, COLUMNS)
        assert "secret" not in str(caught.value) and unchained(caught.value)
    with pytest.raises(PlatformError, match='column "nothing" does not exist'):
        compute(postgres_table, "SELECT nothing AS id, name FROM flights", COLUMNS)


def test_an_input_on_another_engine_needs_a_copy(postgres_table: Any) -> None:
    with pytest.raises(PlatformError, match="does not lie in this database") as caught:
        compute(
            postgres_table, "SELECT * FROM weather.hourly", COLUMNS, {"weather/hourly": Relation.of(["/x.parquet"])}
        )
    assert "CopyDataset" in caught.value.hint


@pytest.mark.parametrize("moved", [True, False])
def test_a_table_of_the_run_is_adopted(postgres_table: Any, moved: bool) -> None:
    place: Place = postgres_table.place
    deliver(postgres_table, "SELECT 1 AS id, 'a' AS name", CONTRACT)
    kinds = "id bigint, name text" if moved else "name varchar(5), id integer"
    with postgres_table.stage(None, "run") as stage:
        run(stage.connection, f"CREATE TABLE {full(place.stages, 'built')} ({kinds})")
        run(stage.connection, f"INSERT INTO {full(place.stages, 'built')} (id, name) VALUES (2, 'b'), (3, 'c')")
        stage.adopt(place.stages, "built", CONTRACT)
        assert stage.rows == 2 and ("built" in staged(postgres_table)) is not moved
        postgres_table.publish(stage, record_of())
    assert rows(postgres_table, COLUMNS) == [(2, "b"), (3, "c")]


def test_people_read_a_view_of_what_stands(postgres_table: Any) -> None:
    place: Place = postgres_table.place
    wide = contract_of({**COLUMNS, "at": "DATE"})
    deliver(postgres_table, "SELECT 1 AS id, 'a' AS name", CONTRACT, "p1")
    deliver(postgres_table, "SELECT 2 AS id, 'b' AS name, DATE '2013-01-01' AS at", wide, "p2")
    with reading(place.address) as connection:
        query = f"SELECT id, name, at::text FROM {place.view} ORDER BY id"
        assert run(connection, query).fetchall() == [(1, "a", None), (2, "b", "2013-01-01")]


def test_the_view_shows_all_of_many_partitions(postgres_table: Any) -> None:
    place: Place = postgres_table.place
    for number in range(40):
        deliver(postgres_table, f"SELECT {number} AS id, 'a' AS name", CONTRACT, f"p{number}")
    wide = contract_of({"id": "BIGINT", "at": "DATE"})  # a column more, and one less
    for number in (7, 8, 40):
        deliver(postgres_table, f"SELECT {number} AS id, DATE '2013-01-01' AS at", wide, f"p{number}")
    assert seen(place, "count(*), count(DISTINCT id), sum(id), count(name), count(at)") == (41, 41, 820, 38, 3)
    postgres_table.rollback(None, 39, by="x", contract=("1", "h"), audit=lambda restored: ())
    assert seen(place, "count(*), count(DISTINCT id), sum(id), count(name), count(at)") == (41, 41, 820, 40, 1)


def seen(place: Place, what: str) -> tuple[Any, ...]:
    with reading(place.address) as connection:
        return run(connection, f"SELECT {what} FROM {place.view}").fetchall()[0]


def test_long_names_end_in_a_hash() -> None:
    first, second = fitted("x" * 70), fitted("x" * 71)
    assert first != second and len(first) == len(second) == 63
    assert fitted("ü" * 40) != fitted("ü" * 41) and len(fitted("ü" * 40).encode()) <= 63
    assert fitted("short") == "short"
