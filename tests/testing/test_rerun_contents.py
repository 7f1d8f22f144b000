"""Whether two tables hold the same rows: exact on types and values, and on floats by their bits or nearly."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.testing.rerun.content import content_hash, difference

CELLS = st.one_of(
    st.none(),
    st.floats(-1e300, 1e300),
    st.sampled_from([math.nan, math.inf, -math.inf]),
    st.integers(-5, 5).map(float),
    st.sampled_from([0.1 + 0.2, 0.3, -0.0, 1e300]),
)
TABLES = st.lists(st.tuples(st.sampled_from(["a", "b", None]), CELLS, st.integers(0, 2)), max_size=8)


def table(rows: list[Any]) -> pa.Table:
    kinds = {"word": pa.string(), "number": pa.float64(), "n": pa.int64()}
    columns = list(zip(*rows, strict=True)) if rows else [[], [], []]
    return pa.table({name: pa.array(list(v), kind) for (name, kind), v in zip(kinds.items(), columns, strict=True)})


@given(TABLES, st.randoms())
def test_the_order_of_rows_does_not_matter_and_anything_else_does(rows: list[Any], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert content_hash(table(rows)) == content_hash(table(shuffled))
    assert difference(table(rows), table(shuffled)) is None
    if rows:
        for changed in ([*rows[1:], ("c", rows[0][1], rows[0][2])], rows[1:], [*rows, rows[0]]):
            assert content_hash(table(rows)) != content_hash(table(changed))
            assert difference(table(rows), table(changed)) is not None


@given(TABLES, st.randoms())
def test_with_a_tolerance_the_last_digits_do_not_matter_either(rows: list[Any], random: Any) -> None:
    moved = [(word, None if n is None else n * (1 + random.uniform(-1, 1) * 1e-12), i) for word, n, i in rows]
    random.shuffle(moved)
    assert difference(table(rows), table(moved), tolerant=True) is None
    wrong = [(word, n, i) for word, n, i in rows if n is not None and math.isfinite(n) and abs(n) > 1e-3]
    if wrong:
        word, n, i = wrong[0]
        rest = list(rows)
        rest.remove((word, n, i))
        told = difference(table(rows), table([*rest, (word, n * 1.001, i)]), tolerant=True)
        assert told is not None and told.columns in (("number",), ())


def one(value: Any, kind: Any = None) -> pa.Table:
    return pa.table({"v": pa.array([value], kind)})


UNEQUAL = [
    (one(0.0), one(-0.0)),
    (one(0.1 + 0.2), one(0.3)),
    (one(1, pa.int64()), one(1, pa.int32())),
    (one(1.0, pa.float64()), one(1.0, pa.float32())),
    (one("1"), one("1 ")),
    (one(None, pa.string()), one("")),
    (one([1.0, 2.0]), one([2.0, 1.0])),
    (one({"a": 1.0}), one({"a": 1.0 + 1e-15})),
    (one(datetime.datetime(2026, 1, 1)), one(datetime.datetime(2026, 1, 1, 0, 0, 0, 1))),
]


@pytest.mark.parametrize(("left", "right"), UNEQUAL, ids=str)
def test_what_is_not_the_same(left: pa.Table, right: pa.Table) -> None:
    found = difference(left, right)
    assert found is not None and found.columns == ("v",)
    assert difference(left, left) is None


def test_a_nan_is_itself() -> None:
    assert difference(one(math.nan), one(math.nan)) is None
    assert difference(one(math.nan), one(math.nan), tolerant=True) is None
    assert difference(one(math.nan), one(1.0), tolerant=True) is not None


def test_columns_are_told_by_the_key_of_the_rows() -> None:
    left = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"], "place": [1, 2, 3]})
    right = pa.table({"id": [3, 2, 1], "name": ["c", "b", "a"], "place": [1, 2, 3]})
    found = difference(left, right, key=("id",))
    assert found is not None and (found.columns, found.rows) == (("place",), 2)
    without = difference(left, right)
    assert without is not None and (without.columns, without.what) == (
        ("place",),
        "the same values stand in other rows",
    )


def test_another_set_of_columns_or_rows_is_said() -> None:
    left = pa.table({"a": [1, 2]})
    assert difference(left, pa.table({"b": [1, 2]})).what == "the columns differ"
    assert difference(left, left.slice(1)).what == "there are 2 rows once and 1 the other time"
