"""PostgreSQL's words for types, and what it stores for DuckDB's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres_server import Server

from platform_core.audit.types import same_type
from platform_core.contracts import lint_contract, parse_contract
from platform_core.contracts.physical import canonical_type
from platform_core.contracts.postgres_types import duckdb_type_of, postgres_type
from platform_core.contracts.types import duckdb_type
from platform_core.documents import Document
from platform_core.sql.quoting import quoted

QUIET = {"derandomize": True, "deadline": None, "database": None}
_PLAIN = ["VARCHAR", "BLOB", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"]
_PLAIN += ["UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S"]
_PLAIN += ["TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE", "UUID", "INTERVAL", "BIT"]
_PLAIN += ["JSON"]
_decimals = st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: f"DECIMAL({p},{s})"))
_names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    fields = st.lists(st.tuples(_names, inner), min_size=1, max_size=3, unique_by=lambda pair: pair[0])
    struct = fields.map(lambda pairs: f"STRUCT({', '.join(f'{quoted(name)} {type_}' for name, type_ in pairs)})")
    return st.one_of(inner.map(lambda type_: f"{type_}[]"), struct, st.tuples(inner, inner).map(_map))


def _map(pair: tuple[str, str]) -> str:
    return f"MAP({pair[0]}, {pair[1]})"


TYPES = st.recursive(st.one_of(st.sampled_from(_PLAIN), _decimals), _nested, max_leaves=4)


@settings(max_examples=150, **QUIET)
@given(TYPES)
def test_every_type_has_one_and_its_name_is_stable(type_: str) -> None:
    """What is stored for the type that a column is read back as is what was stored for it."""
    stored = postgres_type(type_)
    back = duckdb_type_of(stored)
    assert stored == "jsonb" or back is None or postgres_type(back) == stored
    if back is None:
        assert stored == "numeric(39,0)"  # wider than any DECIMAL


@settings(max_examples=200, **QUIET)
@given(st.text(max_size=30))
def test_nonsense_is_no_type(text: str) -> None:
    if canonical_type(text) is None:
        with pytest.raises(ValueError, match="no DuckDB type"):
            postgres_type(text)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *(("int2", "SMALLINT"), ("int4", "INTEGER"), ("int8", "BIGINT"), ("bigserial", "BIGINT"), ("real", "FLOAT")),
        *(("float8", "DOUBLE"), ("double precision", "DOUBLE"), ("numeric", "DECIMAL(18,3)")),
        *(("numeric(12, 2)", "DECIMAL(12,2)"), ("text", "VARCHAR"), ("varchar(20)", "VARCHAR")),
        *(("character varying(20)", "VARCHAR"), ("character(3)", "VARCHAR"), ("bpchar", "VARCHAR")),
        *(("citext", "VARCHAR"), ("bytea", "BLOB"), ("bool", "BOOLEAN"), ("timestamptz", "TIMESTAMP WITH TIME ZONE")),
        *(("timestamp(3) with time zone", "TIMESTAMP WITH TIME ZONE"), ("timestamp(6) without time zone", "TIMESTAMP")),
        *(("timestamp(0)", "TIMESTAMP"), ("timetz", "TIME WITH TIME ZONE"), ("time without time zone", "TIME")),
        *(("jsonb", "JSON"), ("json", "JSON"), ("uuid", "UUID"), ("interval", "INTERVAL"), ("bit varying", "BIT")),
        *(("integer[]", "INTEGER[]"), ("text[][]", "VARCHAR[][]"), ("varbit", "BIT")),
    ],
)
def test_words_of_postgresql(word: str, meant: str) -> None:
    assert canonical_type(word) == canonical_type(word.upper()) == meant


@pytest.mark.parametrize(
    "word", ["numeric", "numeric[]", "numeric(50,2)", "numeric(2,5)", "inet", "money", "public.mood"]
)
def test_what_duckdb_has_no_like_for(word: str) -> None:
    assert duckdb_type_of(word) is None


def _column(**data: Any) -> Any:
    schema = {"name": "orders", "properties": [{"name": "c", **data}]}
    contract = parse_contract(Document(Path("c.odcs.yaml"), {"version": "1.0.0", "schema": [schema]}))
    return contract.columns[0]


def test_jsonb_leaves_what_is_nested_to_the_properties() -> None:
    fields = {"logicalType": "object", "properties": [{"name": "a", "logicalType": "integer"}]}
    assert duckdb_type(_column(**fields, physicalType="jsonb")) == 'STRUCT("a" BIGINT)'
    assert same_type(_column(**fields, physicalType="jsonb"), 'STRUCT("a" BIGINT)')
    assert not same_type(_column(**fields, physicalType="jsonb"), 'STRUCT("b" BIGINT)')
    numbers = {"logicalType": "array", "items": {"logicalType": "number"}}
    assert duckdb_type(_column(**numbers, physicalType="JSONB")) == "DOUBLE[]"
    assert duckdb_type(_column(logicalType="string", physicalType="jsonb")) == "JSON"
    assert duckdb_type(_column(logicalType="object", physicalType="jsonb")) == "JSON"


@pytest.mark.postgres
@pytest.mark.processes
def test_the_server_prints_each_as_we_do(postgres: Server) -> None:
    """A column made of our name for a type is described by that very name: that is how it is known again."""
    types = [*_PLAIN, "DECIMAL(38,10)", "DECIMAL(1,1)", "INTEGER[]", "MAP(VARCHAR, DATE)", 'STRUCT("a" DATE)']
    columns = ", ".join(f"c{place} {postgres_type(type_)}" for place, type_ in enumerate(types))
    with postgres.connect() as connection:
        connection.execute(f"CREATE TEMP TABLE typed ({columns})".encode())
        rows = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'typed'::regclass AND attnum > 0 ORDER BY attnum"
        ).fetchall()
    assert [row[0] for row in rows] == [postgres_type(type_) for type_ in types]


def test_lint_takes_them_for_the_types_they_mean(tmp_path: Path) -> None:
    path = tmp_path / "orders.odcs.yaml"
    path.write_text(
        """
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
status: active
name: orders
schema:
  - name: orders
    properties:
      - {name: a, logicalType: number, physicalType: "numeric(12,2)"}
      - {name: b, logicalType: timestamp, physicalType: timestamptz, logicalTypeOptions: {timezone: true}}
      - {name: c, logicalType: object, physicalType: jsonb, properties: [{name: x, logicalType: integer}]}
      - {name: d, logicalType: array, physicalType: jsonb, items: {logicalType: string}}
      - {name: e, logicalType: string, physicalType: character varying(20)}
      - {name: f, logicalType: integer, physicalType: text}
      - {name: g, logicalType: string, physicalType: inet}
""",
        "utf-8",
    )
    found = {finding.id: finding for finding in lint_contract(path) if "type" in finding.id}
    assert set(found) == {"type-conflict", "unknown-type"}
    assert found["type-conflict"].message.startswith("column 'f'") or "'text'" in found["type-conflict"].message
    assert found["unknown-type"].level == "warning"
