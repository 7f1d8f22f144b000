"""Types: every ODCS logical type has a DuckDB type, and back."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from platform_core.contracts import duckdb_type, logical_type, parse_contract, property_of
from platform_core.contracts.physical import canonical_type
from platform_core.documents import Document


def _type(**column: Any) -> str:
    schema = [{"name": "t", "properties": [{"name": "c", **column}]}]
    contract = parse_contract(Document(Path("t.odcs.yaml"), {"version": "1.0.0", "schema": schema}))
    return duckdb_type(contract.columns[0])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"logicalType": "string"}, "VARCHAR"),
        ({"logicalType": "string", "logicalTypeOptions": {"format": "binary"}}, "BLOB"),
        ({"logicalType": "date"}, "DATE"),
        ({"logicalType": "timestamp"}, "TIMESTAMP"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}}, "TIMESTAMP WITH TIME ZONE"),
        ({"logicalType": "time"}, "TIME"),
        ({"logicalType": "number"}, "DOUBLE"),
        ({"logicalType": "number", "logicalTypeOptions": {"format": "f32"}}, "FLOAT"),
        ({"logicalType": "number", "physicalType": "numeric(10, 2)"}, "DECIMAL(10,2)"),
        ({"logicalType": "integer"}, "BIGINT"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "u32"}}, "BIGINT"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "i8"}}, "TINYINT"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "u64"}}, "DECIMAL(20,0)"),
        ({"logicalType": "boolean"}, "BOOLEAN"),
        ({"logicalType": "array", "items": {"logicalType": "date"}}, "DATE[]"),
        ({"logicalType": "array"}, "VARCHAR[]"),
        ({"logicalType": "object"}, "VARCHAR"),
        (
            {"logicalType": "object", "properties": [{"name": 'a "b"', "logicalType": "integer"}]},
            'STRUCT("a ""b""" BIGINT)',
        ),
        (
            {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "number"}}},
            "MAP(VARCHAR, DOUBLE)",
        ),
        ({"logicalType": "vector", "logicalTypeOptions": {"dimensions": 3}}, "FLOAT[]"),
        ({"logicalType": "vector", "logicalTypeOptions": {"dimensions": 3, "elementType": "float64"}}, "DOUBLE[]"),
        ({"logicalType": "date", "physicalType": "NUMBER(9)"}, "DATE"),
    ],
)
def test_type_of_a_column(column: dict[str, Any], expected: str) -> None:
    assert _type(**column) == expected
    assert duckdb.sql(f"SELECT NULL::{expected} AS c").types[0] is not None


@pytest.mark.parametrize(
    "type_",
    [
        *("VARCHAR", "BLOB", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(18,3)"),
        *("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DECIMAL(38,10)[]", "MAP(VARCHAR, BIGINT[])"),
        *('STRUCT("a" INTEGER, "b c" MAP(VARCHAR, STRUCT("d" DATE[])))', "VARCHAR[][]"),
    ],
)
def test_there_and_back(type_: str) -> None:
    """The property written for a DuckDB type is stored as that type."""
    assert _type(**{key: value for key, value in property_of("c", type_).items() if key != "name"}) == type_


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        *(("UUID", "VARCHAR"), ("UBIGINT", "DECIMAL(20,0)"), ("HUGEINT", "DECIMAL(38,0)"), ("UTINYINT", "SMALLINT")),
        *(
            ("TIMESTAMP_NS", "TIMESTAMP"),
            ("ENUM('a', 'b')", "VARCHAR"),
            ("INTERVAL", "VARCHAR"),
            ("NEW_TYPE", "VARCHAR"),
        ),
    ],
)
def test_types_that_tables_cannot_hold(type_: str, stored: str) -> None:
    assert logical_type(type_)[1] == stored


def test_spelling_is_duckdbs_own() -> None:
    """What DuckDB prints for a type is what we call it."""
    for alias in ("int4", "text", "numeric(5,1)", "real", "timestamptz", "bool", "int[]", "float[3]", "struct(a int)"):
        printed = str(duckdb.sql(f"SELECT NULL::{alias} AS c").types[0])
        assert canonical_type(printed) == canonical_type(alias)
    for nonsense in ("", "NUMBER(9)", "DECIMAL(39,0)", "DECIMAL(5,6)", "STRUCT(a)", "MAP(INT)", "[]", "(" * 500):
        assert canonical_type(nonsense) is None
