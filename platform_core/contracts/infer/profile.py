"""The profile of each column: counts and extremes that the rules are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from platform_core.contracts.infer.personal import looks_personal, words
from platform_core.contracts.infer.source import Source
from platform_core.contracts.infer.texts import TextType
from platform_core.contracts.types import logical_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["ORDERED", "Profile", "profiles"]

ORDERED = ("integer", "number", "date", "timestamp")
_COUNTED = (*ORDERED, "string", "boolean", "time")
# E-mail addresses and telephone numbers; plain digits are more often numbers of other things.
_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+|\+[0-9][0-9 ()/.-]{6,}[0-9]|\(?[0-9]{2,5}\)?[ /-][0-9]{3,4}[ -]?[0-9]{3,5}"
_EXACT = 1_000_000  # rows up to which different values are counted one by one
_FEW = 64  # columns with at most so many different values have them all looked at


@dataclass(frozen=True)
class Profile:
    """One column of the table `typed`: `column` is its name there, `name` in the file.

    `lowest` and `highest` are values of the data, None where there is no order; `values` are all its different
    texts with their counts, when they are few.
    """

    name: str
    column: str
    type: str
    logical: str
    rows: int
    filled: int
    distinct: int
    lowest: Any = None
    highest: Any = None
    nan: bool = False
    values: tuple[tuple[Any, int], ...] = ()
    longest: int = 0
    personal: bool = False
    text: TextType | None = None

    @property
    def complete(self) -> bool:
        return self.filled == self.rows

    @property
    def unique(self) -> bool:
        return self.complete and self.distinct == self.rows


def profiles(connection: DuckDBPyConnection, source: Source, texts: dict[str, TextType]) -> list[Profile]:
    """Make the table `typed` from `data`, and return the profile of each column."""
    columns = [f"c{place}" for place in range(len(source.names))]
    types = [
        texts[column].type if column in texts else type_ for column, type_ in zip(columns, source.types, strict=True)
    ]
    types = [
        _with_scale(type_, texts.get(column), name)
        for type_, column, name in zip(types, columns, source.names, strict=True)
    ]
    casts = ", ".join(
        f"{column}::{type_} AS {column}" if column in texts else column
        for column, type_ in zip(columns, types, strict=True)
    )
    connection.execute(f"CREATE TABLE typed AS SELECT {casts} FROM data")
    connection.execute("DROP TABLE data")
    facts = _facts(connection, columns, types)
    return [
        _profile(connection, source, (name, column, type_), texts.get(column), facts[column])
        for name, column, type_ in zip(source.names, columns, types, strict=True)
    ]


def _with_scale(type_: str, text: TextType | None, name: str) -> str:
    """Money, and numbers with more digits than a DOUBLE keeps, are decimals."""
    if type_ != "DOUBLE" or text is None or not text.digits:
        return type_
    money = text.scale == 2 and bool(_MONEY & set(words(name))) and text.digits <= 16
    if money:
        return "DECIMAL(18,2)"
    return f"DECIMAL(38,{text.scale})" if text.scale and 15 < text.digits <= 38 else type_


_MONEY = frozenset(
    {"amount", "price", "cost", "total", "subtotal", "fee", "tax", "vat", "revenue", "balance", "payment", "discount"}
    | {"charge", "usd", "eur", "gbp", "chf", "net", "gross", "paid", "due", "budget", "income", "expense", "refund"}
)


def _facts(connection: DuckDBPyConnection, columns: Sequence[str], types: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    parts = []
    for column, type_ in zip(columns, types, strict=True):
        logical = logical_type(type_)[0]
        counted, ordered = logical in _COUNTED and type_ != "BLOB", logical in ORDERED
        finite = f"FILTER (isfinite({column}))" if type_ in ("DOUBLE", "FLOAT") else ""
        parts += [
            f"count({column})",
            f"approx_count_distinct({column})" if counted else "0",
            _utc(f"min({column}) {finite}", type_) if ordered else "NULL",
            _utc(f"max({column}) {finite}", type_) if ordered else "NULL",
            f"count(*) FILTER (NOT isfinite({column}))" if finite else "0",
            f"max(length({column}))" if type_ == "VARCHAR" else "0",
        ]
    row = connection.execute(f"SELECT {', '.join(parts)} FROM typed").fetchall()[0]
    return {column: tuple(row[place * 6 : place * 6 + 6]) for place, column in enumerate(columns)}


def _utc(value: str, type_: str) -> str:
    """Python would need a time zone library to take a moment with a zone: it gets the UTC moment without."""
    return f"make_timestamp(epoch_us({value}))" if "ZONE" in type_ else value


def _profile(
    connection: DuckDBPyConnection,
    source: Source,
    about: tuple[str, str, str],
    text: TextType | None,
    facts: tuple[Any, ...],
) -> Profile:
    name, column, type_ = about
    filled, near, lowest, highest, odd, longest = facts
    logical = logical_type(type_)[0]
    distinct = near
    values: tuple[tuple[Any, int], ...] = ()
    if near and (source.rows <= _EXACT or near <= 2 * _FEW or near >= 0.5 * filled):
        distinct = connection.execute(f"SELECT count(DISTINCT {column}) FROM typed").fetchall()[0][0]
    if type_ == "VARCHAR" and 0 < distinct <= _FEW:
        query = f"SELECT {column}, count(*) FROM typed WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        values = tuple((value, count) for value, count in connection.execute(query).fetchall())
    addresses = 0.0
    if type_ == "VARCHAR" and filled:
        sample = f"SELECT {column} AS v FROM typed WHERE {column} IS NOT NULL LIMIT 1000"
        query = f"SELECT avg(regexp_full_match(v, ?)::INT) FROM ({sample})"
        addresses = connection.execute(query, [_ADDRESS]).fetchall()[0][0] or 0.0
    return Profile(
        name=name,
        column=column,
        type=type_,
        logical=logical,
        rows=source.rows,
        filled=filled,
        distinct=distinct,
        lowest=lowest,
        highest=highest,
        nan=bool(odd),
        values=values,
        longest=longest or 0,
        personal=looks_personal(name, addresses),
        text=text,
    )
