"""Every ODCS logical type goes through the door and comes back the same, for our readers and for plain ones."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouse_tables import deliver, record_of, rows

from platform_core.contracts.model import Contract, parse_contract
from platform_core.contracts.types import duckdb_type
from platform_core.documents import Document
from platform_core.errors import PlatformError
from platform_core.resources.bridge import local
from platform_core.resources.warehouse import Table, declared_columns

FIELDS = [{"name": "a", "logicalType": "integer"}, {"name": "at", "logicalType": "time"}]
UTC = dt.timezone.utc
CASES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "string": ({"logicalType": "string"}, "'ü 🛫 ''quoted'''", "ü 🛫 'quoted'"),
    "empty string": ({"logicalType": "string"}, "''", ""),
    "binary": ({"logicalType": "string", "physicalType": "BLOB"}, r"'\x00\xFF'::BLOB", b"\x00\xff"),
    "uuid": (
        {"logicalType": "string", "physicalType": "UUID"},
        "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID::VARCHAR",
        __import__("uuid").UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ),
    "json": ({"logicalType": "string", "physicalType": "JSON"}, """'{"a": 1}'""", '{"a": 1}'),
    "interval": ({"logicalType": "string", "physicalType": "INTERVAL"}, "INTERVAL 3 DAYS", dt.timedelta(days=3)),
    "date": ({"logicalType": "date"}, "DATE '0001-01-01'", dt.date(1, 1, 1)),
    "timestamp": (
        {"logicalType": "timestamp"},
        "TIMESTAMP '1969-12-31 23:59:59.999999'",
        dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    ),
    "timestamp with zone": (
        {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
        "TIMESTAMPTZ '2013-03-10 02:30:00.000001+05:30'",
        dt.datetime(2013, 3, 9, 21, 0, 0, 1, tzinfo=UTC),
    ),
    "time": ({"logicalType": "time"}, "TIME '23:59:59.000001'", dt.time(23, 59, 59, 1)),
    "number": ({"logicalType": "number"}, "0.1::DOUBLE", 0.1),
    "infinity": ({"logicalType": "number"}, "'-inf'::DOUBLE", -math.inf),
    "float": ({"logicalType": "number", "physicalType": "FLOAT"}, "0.5::FLOAT", 0.5),
    "decimal": (
        {"logicalType": "number", "physicalType": "DECIMAL(10,2)"},
        "-99999999.99::DECIMAL(10,2)",
        Decimal("-99999999.99"),
    ),
    "wide decimal": (
        {"logicalType": "number", "physicalType": "DECIMAL(38,10)"},
        "1234567890123456789012345678.0123456789::DECIMAL(38,10)",
        Decimal("1234567890123456789012345678.0123456789"),
    ),
    "integer": ({"logicalType": "integer"}, "-9223372036854775808", -(2**63)),
    "small integer": ({"logicalType": "integer", "physicalType": "TINYINT"}, "-128", -128),
    "unsigned": ({"logicalType": "integer", "physicalType": "UBIGINT"}, "18446744073709551615", 2**64 - 1),
    "huge": ({"logicalType": "integer", "physicalType": "HUGEINT"}, "-99999999999999999999", -99999999999999999999),
    "boolean": ({"logicalType": "boolean"}, "false", False),
    "object": (
        {"logicalType": "object", "properties": FIELDS},
        "{'a': 1, 'at': TIME '01:02:03'}",
        {"a": 1, "at": dt.time(1, 2, 3)},
    ),
    "object with a gap": (
        {"logicalType": "object", "properties": FIELDS},
        "{'a': 1, 'at': NULL}",
        {"a": 1, "at": None},
    ),
    "array": ({"logicalType": "array", "items": {"logicalType": "number"}}, "[1.5, NULL]", [1.5, None]),
    "empty array": ({"logicalType": "array", "items": {"logicalType": "number"}}, "[]", []),
    "array of objects": (
        {"logicalType": "array", "items": {"logicalType": "object", "properties": FIELDS}},
        "[{'a': 1, 'at': TIME '00:00:00'}]",
        [{"a": 1, "at": dt.time(0)}],
    ),
    "map": ({"logicalType": "map"}, "MAP {'k': 'v'}", {"k": "v"}),
    "vector": ({"logicalType": "vector"}, "[0.5, -1]", [0.5, -1.0]),
    "vector of known length": ({"logicalType": "vector", "physicalType": "FLOAT[3]"}, "[1, 2, 3]", [1.0, 2.0, 3.0]),
}


def contract(**columns: dict[str, Any]) -> Contract:
    properties = [{"name": name, **column} for name, column in columns.items()]
    schema = [{"name": "flights", "properties": properties}]
    return parse_contract(Document(Path("flights.odcs.yaml"), {"version": "1", "schema": schema}))


@pytest.mark.parametrize("case", CASES)
def test_a_value_and_a_null_come_back_the_same(either_table: Any, case: str) -> None:
    column, expression, expected = CASES[case]
    made = contract(value=column)
    sql = f"SELECT 1 AS id, {expression} AS value UNION ALL BY NAME SELECT 2 AS id, NULL AS value"
    deliver(either_table, f"SELECT value FROM ({sql}) ORDER BY id", made, "p1")
    snapshot = either_table.snapshot()
    assert snapshot is not None
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        near = local(snapshot.relation(None, declared_columns(made)), Path(folder)).bound(connection)
        relation = connection.sql(f"SELECT * FROM {near.source().sql('duckdb')} ORDER BY value IS NULL")
        assert [str(kind) for kind in relation.types] == [str(duckdb.sqltype(duckdb_type(made.columns[0])))]
        values = [row[0] for row in relation.fetchall()]
    if isinstance(expected, dt.datetime) and expected.tzinfo:
        values[0] = values[0].astimezone(UTC)
    assert [list(value) if isinstance(value, tuple) else value for value in values] == [expected, None]


def test_plain_delta_readers_read_it(table: Table) -> None:
    made = contract(**{name.replace(" ", "_"): column for name, (column, _, _) in CASES.items()})
    values = ", ".join(f"{expression} AS {name.replace(' ', '_')}" for name, (_, expression, _) in CASES.items())
    deliver(table, f"SELECT {values}", made, "a/b ü%")
    delta = DeltaTable(table.path)
    plain = pa.table(delta.scan().read_all())
    assert plain.num_rows == 1 and plain.column("_partition").to_pylist() == ["a/b ü%"]
    assert plain.column("time").to_pylist() == ["23:59:59.000001"]
    assert plain.column("wide_decimal").to_pylist() == [CASES["wide decimal"][2]]
    frame = polars.read_delta(str(table.path), columns=["timestamp", "decimal", "date", "array", "_partition"])
    assert frame.rows() == [(CASES["timestamp"][2], CASES["decimal"][2], dt.date(1, 1, 1), [1.5, None], "a/b ü%")]
    narrowed = polars.scan_delta(str(table.path)).filter(polars.col("small_integer") < 0).collect()
    assert narrowed.height == 1
    assert polars.scan_delta(str(table.path)).filter(polars.col("date") > dt.date(1, 1, 1)).collect().height == 0
    assert polars.scan_delta(str(table.path)).filter(polars.col("date") == dt.date(1, 1, 1)).collect().height == 1


VALUES = st.fixed_dictionaries(
    {
        "number": st.none() | st.floats(allow_nan=False, width=64),
        "day": st.none() | st.dates(),
        "at": st.none() | st.times(),
        "moment": st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),
        "amount": st.none()
        | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**7), max_value=10**7),
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "name": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
        "raw": st.none() | st.binary(max_size=20),
        "yes": st.none() | st.booleans(),
        "numbers": st.none() | st.lists(st.none() | st.integers(-5, 5), max_size=3),
    }
)
ARROW = pa.schema(
    [
        ("number", pa.float64()),
        ("day", pa.date32()),
        ("at", pa.time64("us")),
        ("moment", pa.timestamp("us")),
        ("amount", pa.decimal128(12, 2)),
        ("whole", pa.int64()),
        ("name", pa.string()),
        ("raw", pa.binary()),
        ("yes", pa.bool_()),
        ("numbers", pa.list_(pa.int64())),
    ]
)
ANYTHING = contract(
    number={"logicalType": "number"},
    day={"logicalType": "date"},
    at={"logicalType": "time"},
    moment={"logicalType": "timestamp"},
    amount={"logicalType": "number", "physicalType": "DECIMAL(12,2)"},
    whole={"logicalType": "integer"},
    name={"logicalType": "string"},
    raw={"logicalType": "string", "physicalType": "BLOB"},
    yes={"logicalType": "boolean"},
    numbers={"logicalType": "array", "items": {"logicalType": "integer"}},
)


@pytest.mark.processes
@settings(derandomize=True, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rows=st.lists(VALUES, min_size=1, max_size=5))
def test_any_rows_come_back(either_table: Any, given_rows: list[dict[str, Any]]) -> None:
    """In their order from files; a database promises none."""
    table, source = either_table, pa.Table.from_pylist(given_rows, schema=ARROW)
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, source, ANYTHING)
        table.publish(stage, record_of())
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        near = local(table.snapshot().relation(None, declared_columns(ANYTHING)), Path(folder)).bound(connection)
        result = connection.sql(f"SELECT * FROM {near.source().sql('duckdb')}").to_arrow_table().cast(ARROW)
    if table.engine == "duckdb_delta":
        assert result.to_pylist() == source.to_pylist()
    assert sorted(map(repr, result.to_pylist())) == sorted(map(repr, source.to_pylist()))


@pytest.mark.parametrize("kind", ["TIMESTAMP_NS", "UNION(a INTEGER, b VARCHAR)"])
def test_a_type_that_cannot_be_kept_is_refused(table: Table, kind: str) -> None:
    from platform_core.resources.warehouse.storage import storage_type

    with pytest.raises(PlatformError, match="without loss"):
        storage_type(kind)


def test_nan_is_kept(either_table: Any) -> None:
    table, made = either_table, contract(value={"logicalType": "number"})
    deliver(table, "SELECT 'nan'::DOUBLE AS value", made)
    assert math.isnan(rows(table, {"value": "DOUBLE"})[0][0])
