"""What may be delivered, and what is said of a delivery that does not fit: names and counts, never a value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow as pa
import pytest
from warehouse_tables import contract_of, record_of, rows, rows_of, staged

from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.names import AssetId
from platform_core.resources.engine import Table
from platform_core.resources.warehouse import Warehouse

COLUMNS = {"id": "BIGINT", "name": "VARCHAR"}
CONTRACT = contract_of(COLUMNS)
DATA = {"id": [1, 2], "name": ["a", None]}
ARROW = pa.table(DATA)


@pytest.fixture
def table(either_table: Table) -> Table:
    return either_table


SOURCES: dict[str, Any] = {
    "query": lambda _: "SELECT unnest([1, 2]) AS id, unnest(['a', NULL]) AS name; ",
    "query with a comment": lambda _: "SELECT unnest([1, 2]) AS id, unnest(['a', NULL]) AS name -- all of it",
    "relation": lambda connection: connection.sql("SELECT unnest([1, 2]) AS id, unnest(['a', NULL]) AS name"),
    "relation of another connection": lambda _: duckdb.connect().from_arrow(ARROW),
    "arrow table": lambda _: ARROW,
    "arrow stream": lambda _: ARROW.to_reader(max_chunksize=1),
    "arrow batch": lambda _: ARROW.to_batches()[0],
    "polars": lambda _: polars.DataFrame(DATA),
    "polars lazy": lambda _: polars.LazyFrame(DATA),
    "pandas": lambda _: pandas.DataFrame(DATA),
    "other order": lambda _: ARROW.select(["name", "id"]),
    "text": lambda _: pa.table({"id": ["1", " 2 "], "name": ["a", None]}),
}


def write(table: Table, source: Any, contract: Contract = CONTRACT, publish: bool = True) -> None:
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        given = source(connection) if callable(source) else source
        stage.write(connection, given, contract)
        assert stage.rows == len(rows_of(stage.relation))
        if publish:
            table.publish(stage, record_of())


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_source(table: Table, kind: str) -> None:
    write(table, SOURCES[kind])
    assert rows(table, COLUMNS) == [(1, "a"), (2, None)]


def test_the_connection_is_left_as_it_was(table: Table) -> None:
    with duckdb.connect() as connection, table.stage(None, "run") as stage:
        connection.execute("SET TimeZone = 'America/New_York'")
        stage.write(connection, ARROW, CONTRACT)
        stage.write(connection, connection.sql("SELECT 1 AS id, 'a' AS name"), CONTRACT)
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("America/New_York",)]
        assert connection.execute("SHOW ALL TABLES").fetchall() == []


def test_time_zones_do_not_depend_on_the_session(table: Table) -> None:
    with duckdb.connect() as connection, table.stage(None, "run") as stage:
        connection.execute("SET TimeZone = 'America/New_York'")
        stage.write(connection, "SELECT '2013-01-01 05:00:00' AS at", contract_of({"at": "TIMESTAMP WITH TIME ZONE"}))
        table.publish(stage, record_of())
    assert rows(table, {"at": "TIMESTAMP WITH TIME ZONE"})[0][0] == dt.datetime(2013, 1, 1, 5, tzinfo=dt.timezone.utc)


def test_all_missing_and_unknown_columns_at_once(table: Table) -> None:
    with pytest.raises(FindingsError) as caught:
        write(table, "SELECT 1 AS ID, 2 AS extra")
    found = [(finding.id, finding.message.split("'")[1]) for finding in caught.value.findings]
    assert found == [
        ("missing-column", "id"),
        ("missing-column", "name"),
        ("extra-column", "ID"),
        ("extra-column", "extra"),
    ]
    assert staged(table) == []


MISFITS = [
    ("BIGINT", ["1", "x", "2.5", None], 2),
    ("BIGINT", ["517.0", "1e2", "9999999999999999999999"], 1),
    ("BIGINT", [1.5, 2.0, float("nan")], 2),
    ("SMALLINT", [1, 40000], 1),
    ("DECIMAL(10,2)", ["1.23", "1.230 ", " 1.", ".5", "1.239", "123456789.1", "1.5e1", "1e-3", "-0.001"], 4),
    ("DECIMAL(10,2)", [Decimal("1.23"), Decimal("1.239")], 1),
    ("DECIMAL(10,2)", [0.1 + 0.2, 1.1], 0),
    ("DECIMAL(38,10)", ["1.0123456789", "1.01234567891"], 1),
    ("DATE", ["2013-01-01", "2013-01-01 00:00:00", "2013-01-01 05:00:00", "01/02/2013"], 2),
    ("DATE", [dt.datetime(2013, 1, 1), dt.datetime(2013, 1, 1, 5)], 1),
    (
        "TIMESTAMP",
        ["2013-01-01 05:00:00", "2013-01-01T05:00:00Z", "2013-01-01T05:00:00+02:00", "2013-01-01 05:00:00-05", "soon"],
        3,
    ),
    ("TIMESTAMP", ["2013-01-01", "2013-01-01 05:00", "2013-01-01T05:00:00.123456"], 0),
    ("DATE", ["2013-01-01 ", "2013-01-01 soon", "2013-01-01 BC", "2013-01-01 25:00"], 3),
    ("TIME", ["05:00", "25:00"], 1),
    ("TIME", ["05:00:00.5", "05:00:00Z", "05:00:00+05", "05:00 pm", "2013-01-01 05:00:00"], 3),
    ("BOOLEAN", ["true", "maybe"], 1),
    ("BOOLEAN", [0, 1, 2], 1),
    ("BOOLEAN", [0.0, 0.5], 1),
    ("BIGINT[]", [[1.0, None], [1.5], None], 1),
    ("BIGINT[]", ["[9007199254740993, 2]", "[1.5]"], 1),
    (
        'STRUCT("DOUBLE" BIGINT, "INTEGER" VARCHAR)',
        [{"DOUBLE": 1.5, "INTEGER": "a"}, {"DOUBLE": 2.0, "INTEGER": "b"}],
        1,
    ),
    ("MAP(VARCHAR, INTEGER)", ["{a=1}", "{a=1.5}"], 1),
    ("DOUBLE", ["1.5", "NaN", "1,5"], 1),
    ("UUID", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "secret"], 1),
    ("HUGEINT", ["1" * 38, "1" * 39], 1),
]


@pytest.mark.parametrize(("kind", "values", "count"), MISFITS)
@pytest.mark.parametrize("stream", [False, True])
def test_values_that_do_not_fit_are_counted_and_not_shown(
    table: Table, kind: str, values: list[Any], count: int, stream: bool
) -> None:
    source = pa.table({"value": values, "other": ["secret"] * len(values)})
    contract = contract_of({"value": kind, "other": "VARCHAR"})
    given = source.to_reader() if stream else source
    if not count:
        write(table, given, contract)
        return
    with pytest.raises(FindingsError) as caught:
        write(table, given, contract)
    (finding,) = caught.value.findings
    assert (
        finding.id == "wrong-type" and f"column 'value': {count} value" in finding.message and kind in finding.message
    )
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


def test_columns_that_do_not_fit_are_named_together(table: Table) -> None:
    with pytest.raises(FindingsError) as caught:
        write(table, "SELECT 'a' AS x, 'b' AS y, 'c' AS z", contract_of({"x": "BIGINT", "y": "DATE", "z": "VARCHAR"}))
    assert [finding.message[:10] for finding in caught.value.findings] == ["column 'x'", "column 'y'"]


def test_an_error_inside_the_query_is_told_without_its_values(table: Table) -> None:
    with pytest.raises(PlatformError, match="could not be written: Conversion Error") as caught:
        write(table, "SELECT CAST(v AS BIGINT) AS id, 'a' AS name FROM (SELECT unnest(['secret value']) AS v)")
    assert "secret" not in str(caught.value) and caught.value.__context__ is None
    for failing in (
        "CAST(v || chr(39) || 'secret' || chr(39) || v AS BIGINT)",
        "CAST('secret' || chr(10) || v AS BIGINT)",
        "regexp_extract(v, '(secret' || v)",
        "regexp_extract(v, '[secret' || v)::BIGINT",
        "strptime(v, 'secret ''%Q secret')",
    ):
        with pytest.raises(PlatformError) as caught:
            write(table, f"SELECT {failing} AS id, 'a' AS name FROM (SELECT unnest(['x', 'y']) AS v)")
        assert "secret" not in str(caught.value)
    with pytest.raises(PlatformError, match="Binder Error"):
        write(table, "SELECT nothing AS id, 'a' AS name FROM (SELECT 1 AS something)")


def test_a_frame_that_mixes_types(table: Table) -> None:
    with pytest.raises(PlatformError, match="mixes types") as caught:
        write(table, pandas.DataFrame({"id": [1, "secret"], "name": ["a", "b"]}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("source", [{"id": [1]}, None, 3])
def test_what_cannot_be_published(table: Table, source: Any) -> None:
    with pytest.raises(PlatformError, match="cannot be published"):
        write(table, source)


def test_nothing_staged(table: Table) -> None:
    with pytest.raises(PlatformError, match="Nothing was staged"), table.stage(None, "run") as stage:
        table.publish(stage, record_of())


def test_a_half_written_file_is_not_published(tmp_path: Path) -> None:
    table = Warehouse(tmp_path).table(AssetId("flight_ops", "flights"))
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, ARROW, CONTRACT)
        file = Path(stage.files[0])
        file.write_bytes(file.read_bytes()[:-20])
        with pytest.raises(PlatformError, match="not a complete Parquet file"):
            table.publish(stage, record_of())
    assert table.snapshot() is None


def test_fields_inside_an_object_are_neither_dropped_nor_made_up(table: Table) -> None:
    nested = contract_of({"value": 'STRUCT("a" BIGINT, "b" STRUCT("c" VARCHAR)[])'})
    write(table, "SELECT {'a': '1', 'b': [{'c': 'x'}]} AS value", nested)
    with pytest.raises(FindingsError) as caught:
        write(table, "SELECT {'a': 1, 'd': 2, 'b': [{'e': 'x'}]} AS value", nested)
    assert [finding.message for finding in caught.value.findings] == [
        "column 'value' lacks the declared field 'b.c'.",
        "column 'value' has the field 'b.e', which is not in the contract.",
        "column 'value' has the field 'd', which is not in the contract.",
    ]


@pytest.mark.parametrize(
    ("value", "kind"), [("123456", "TINYINT"), ("'2013-13-77'", "DATE"), ("9e30", "BIGINT"), ("-1", "UBIGINT")]
)
def test_no_kind_of_value_is_told(table: Table, value: str, kind: str) -> None:
    query = f"SELECT CAST(v AS {kind}) AS id, 'x' AS name FROM (SELECT unnest([{value}]) AS v)"
    with pytest.raises(PlatformError, match="could not be written") as caught:
        write(table, query, contract_of({"id": kind, "name": "VARCHAR"}))
    assert value.strip("'") not in str(caught.value)
