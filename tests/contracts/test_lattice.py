"""The order of types: a partial order, and the one that DuckDB itself keeps when it casts."""

from __future__ import annotations

import duckdb
import pytest

from platform_core.contracts.lattice import family, holds, is_numeric, order
from platform_core.contracts.physical import canonical_type

_SCALARS = [
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "DOUBLE", "DECIMAL(5,2)", "DECIMAL(10,2)", "DECIMAL(10,4)", "DECIMAL(38,0)"),
    *("VARCHAR", "BLOB", "JSON", "UUID", "BIT", "INTERVAL", "BOOLEAN", "DATE", "TIME", "TIME WITH TIME ZONE"),
    *("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"),
]
_NESTED = [
    *("INTEGER[]", "BIGINT[]", "INTEGER[][]", "MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, BIGINT)", "MAP(INTEGER, BIGINT)"),
    *("STRUCT(a INTEGER)", "STRUCT(a BIGINT)", "STRUCT(a BIGINT, b DATE)", "STRUCT(b DATE, a INTEGER)"),
    "STRUCT(a BIGINT[])[]",
]
TYPES = [*_SCALARS, *_NESTED]


def test_it_is_a_partial_order() -> None:
    """Reflexive, transitive, and both ways only between types that are equal to a reader."""
    for one in TYPES:
        assert holds(one, one)
        for other in TYPES:
            if holds(one, other):
                assert all(holds(one, third) for third in TYPES if holds(other, third)), (one, other)
                assert not holds(other, one) or order(one, other) == "equal"


def test_two_different_types_are_equal_to_nobody() -> None:
    pairs = [(one, other) for one in _SCALARS for other in _SCALARS if one != other and order(one, other) == "equal"]
    assert pairs == []


def test_the_way_back_is_the_other_way() -> None:
    back = {"equal": "equal", "wider": "narrower", "narrower": "wider", "unrelated": "unrelated"}
    assert all(order(other, one) == back[order(one, other)] for one in TYPES for other in TYPES)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("int", "INTEGER", "equal"),
        ("varchar", "CHARACTER VARYING", "equal"),
        ("numeric(10, 2)", "DECIMAL(10,2)", "equal"),
        ("timestamp(3)", "datetime", "equal"),
        ("int4", "bigint", "wider"),
        ("UTINYINT", "SMALLINT", "wider"),
        ("BIGINT", "UBIGINT", "unrelated"),
        ("DECIMAL(10,2)", "DECIMAL(12,2)", "wider"),
        ("DECIMAL(10,2)", "DECIMAL(12,3)", "unrelated"),
        ("INTEGER", "DOUBLE", "unrelated"),
        ("DATE", "TIMESTAMP", "unrelated"),
        ("TIMESTAMP", "TIMESTAMPTZ", "unrelated"),
        ("INTEGER[]", "BIGINT[]", "wider"),
        ("STRUCT(a INT, b DATE)", "STRUCT(b DATE, a BIGINT)", "wider"),
        ("STRUCT(a INT)", "STRUCT(a INT, b DATE)", "unrelated"),
        ("MAP(INT, INT)", "MAP(BIGINT, INT)", "unrelated"),
        ("nonsense", "nonsense", "equal"),
        ("nonsense", "INTEGER", "unrelated"),
    ],
)
def test_order(old: str, new: str, expected: str) -> None:
    assert order(old, new) == expected


def test_whatever_a_type_holds_stays_the_same_in_duckdb() -> None:
    """The least and the greatest value of the narrower type: kept as it and then as the wider, or at once."""
    edges = {
        **{"TINYINT": ("-128", "127"), "SMALLINT": ("-32768", "32767"), "INTEGER": ("-2147483648", "2147483647")},
        **{"BIGINT": ("-9223372036854775808", "9223372036854775807"), "UTINYINT": ("0", "255")},
        **{"USMALLINT": ("0", "65535"), "UINTEGER": ("0", "4294967295"), "UBIGINT": ("0", "18446744073709551615")},
        **{"FLOAT": ("-0.5", "1048576.5"), "DECIMAL(5,2)": ("-999.99", "999.99")},
        **{"TIMESTAMP_S": ("1970-01-01", "9999-12-31 23:59:59"), "TIMESTAMP_MS": ("0001-01-01", "9999-12-31")},
    }
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for narrow, values in edges.items():
            for wide in (each for each in _SCALARS if each != narrow and holds(each, narrow)):
                for value in values:
                    query = f"SELECT '{value}'::{narrow}::{wide} = '{value}'::{wide}"
                    assert connection.execute(query).fetchone() == (True,), (narrow, wide, value)


def test_families() -> None:
    assert [family(each) for each in ("int", "numeric(5,2)", "text", "date", "INT[]")] == [
        *("integer", "number", "string", "date", "array"),
    ]
    assert is_numeric("DECIMAL(5,2)")
    assert not is_numeric("VARCHAR")
    with pytest.raises(ValueError, match="no DuckDB type"):
        family("nonsense")


def test_all_types_here_are_canonical_in_duckdb() -> None:
    assert all(canonical_type(each) for each in TYPES)
