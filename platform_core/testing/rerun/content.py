"""Whether two tables hold the same rows, whatever their order, and which columns differ if they do not.

Exact on names, types and values; floating point numbers by their bits, unless a tolerance is asked for: the rows of an
input in another order are added up in another order, and that alone changes the last digits of a sum.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

__all__ = ["ABSOLUTE", "RELATIVE", "Difference", "content_hash", "difference"]

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # of doubles
_RELATIVE_32 = 1e-5  # of 32 bit numbers

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """`columns` differ in `rows` rows; `what` says it where it is not the values of columns that differ."""

    columns: tuple[str, ...]
    rows: int
    what: str = ""


def content_hash(table: pyarrow.Table) -> str:
    """Return the identity of a table's names, types and rows, in any order of the rows: exact, floats by their bits."""
    whole = hashlib.sha256(repr([(field.name, str(field.type)) for field in table.schema]).encode())
    for digest in sorted(hashlib.sha256(repr(row).encode()).digest() for row in _rows(table)):
        whole.update(digest)
    return whole.hexdigest()[:16]


def difference(
    one: pyarrow.Table, other: pyarrow.Table, key: Sequence[str] = (), tolerant: bool = False
) -> Difference | None:
    """Say in what two tables differ; None when they hold the same. `key` are columns that name a row, if there are any.

    `tolerant` takes floating point numbers for the same that differ by less than one part in 10^9.
    """
    if one.schema.names != other.schema.names:
        return Difference((), 0, "the columns differ")
    kinds = [f.name for f in one.schema if other.schema.field(f.name).type != f.type]
    if kinds:
        return Difference(tuple(kinds), 0, "their types differ")
    if content_hash(one) == content_hash(other):
        return None
    if one.num_rows != other.num_rows:
        return Difference((), 0, f"there are {one.num_rows:,} rows once and {other.num_rows:,} the other time")
    if tolerant and _close(one, other):
        return None
    return _told(one, other, key, tolerant)


def _told(one: pyarrow.Table, other: pyarrow.Table, key: Sequence[str], tolerant: bool) -> Difference:
    places = _by_key(one, other, key)
    found, most = [], 0
    for name in one.schema.names:
        left, right = one.column(name), other.column(name)
        if places is not None:
            left, right = left.take(places[0]), right.take(places[1])
            unequal = sum(not _same(a, b, tolerant) for a, b in zip(_values(left), _values(right), strict=True))
        else:
            unequal = _unequal(_values(left), _values(right), tolerant)
        if unequal:
            found.append(name)
            most = max(most, unequal)
    if found:
        return Difference(tuple(found), most)
    moved = [
        name for name in one.schema.names if difference(one.drop([name]), other.drop([name]), (), tolerant) is None
    ]
    return Difference(tuple(moved), 0, "the same values stand in other rows")


def _by_key(one: pyarrow.Table, other: pyarrow.Table, key: Sequence[str]) -> tuple[Any, Any] | None:
    """Return the places of the rows in both tables, ordered by a key that both hold once; None when they do not."""
    import pyarrow as pa

    if not key or not set(key) <= set(one.schema.names):
        return None
    left, right = (
        {row: place for place, row in enumerate(zip(*(_values(table.column(name)) for name in key), strict=True))}
        for table in (one, other)
    )
    if left.keys() != right.keys() or not len(left) == len(right) == one.num_rows:
        return None
    return pa.array(list(left.values())), pa.array([right[row] for row in left])


def _unequal(left: Sequence[Any], right: Sequence[Any], tolerant: bool) -> int:
    """Count the values of two columns that have no partner in the other."""
    if tolerant and any(isinstance(value, _Float) for value in (*left, *right)):
        pairs = zip(_ordered(left), _ordered(right), strict=True)
        return sum(not _same(a, b, True) for a, b in pairs)
    return sum((Counter(left) - Counter(right)).values())


def _close(one: pyarrow.Table, other: pyarrow.Table) -> bool:
    """Compare rows that agree in all but their floating point numbers, in the order of those."""
    groups: list[dict[Row, list[Row]]] = []
    for table in (one, other):
        found: dict[Row, list[Row]] = defaultdict(list)
        for row in _rows(table):
            rest = tuple(None if isinstance(value, _Float) else value for value in row)
            found[rest].append(tuple(value for value in row if isinstance(value, _Float)))
        groups.append(found)
    if groups[0].keys() != groups[1].keys():
        return False
    return all(
        len(rows) == len(groups[1][rest])
        and all(
            _same(a, b, True)
            for left, right in zip(_ordered(rows), _ordered(groups[1][rest]), strict=True)
            for a, b in zip(left, right, strict=True)
        )
        for rest, rows in groups[0].items()
    )


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Order values so that numbers nearly alike stand at the same place."""
    return sorted(values, key=lambda value: tuple(map(_rank, value)) if isinstance(value, tuple) else (_rank(value),))


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, _Float):
        return (2, 0.0, "") if math.isnan(value.number) else (1, value.number, "")
    return (0, 0.0, repr(value))


def _same(one: Any, other: Any, tolerant: bool) -> bool:
    if not (tolerant and isinstance(one, _Float) and isinstance(other, _Float)):
        return bool(one == other)
    if math.isnan(one.number) or math.isnan(other.number):
        return math.isnan(one.number) and math.isnan(other.number)
    relative = _RELATIVE_32 if one.width == 4 else RELATIVE
    return math.isclose(one.number, other.number, rel_tol=relative, abs_tol=ABSOLUTE)


@dataclass(frozen=True)
class _Float:
    """A number by its bits: NaN equals itself, and 0.0 is not -0.0."""

    bits: bytes
    width: int

    @property
    def number(self) -> float:
        return float(struct.unpack("<d" if self.width == 8 else "<f", self.bits)[0])


def _rows(table: pyarrow.Table) -> list[Row]:
    return list(zip(*(_values(column) for column in table.columns), strict=True)) if table.num_columns else []


def _values(column: Any) -> list[Any]:
    """Return the values of a column such that equal ones compare as equal, floats by their bits."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_float64(kind) or pa.types.is_float32(kind):
        width = 8 if pa.types.is_float64(kind) else 4
        form = "<d" if width == 8 else "<f"
        return [None if v is None else _Float(struct.pack(form, v), width) for v in column.to_pylist()]
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind):
        return list(column.cast(pa.int64()).to_pylist())
    if pa.types.is_nested(kind):
        return [_frozen(value) for value in column.to_pylist()]
    return list(column.to_pylist())


def _frozen(value: Any) -> Any:
    if isinstance(value, float):
        return _Float(struct.pack("<d", value), 8)
    if isinstance(value, dict):
        return tuple((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value
