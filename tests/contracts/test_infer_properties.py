"""For any table, the inferred contract passes the lint and holds on that table."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inferring import inferred, violations

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=6)
WORDS = [
    "",
    "NA",
    "0",
    "01",
    "1",
    "-1",
    "1.5",
    "2.25",
    "1e3",
    ".5",
    "true",
    "FALSE",
    "a",
    "A1",
    "B2",
    "-",
    "nan",
    "inf",
]
WORDS += ["2013-01-01", "2013-02-30", "1899-12-31", "9999-12-31", "2013-01-01 05:00", "2013-01-01T05:00:00Z", "09:30"]
NAMES = ["id", "month", "price", "lat", "year", "code", "temp", "e-mail", "Größe", 'q"uote', "a b", "order", "date"]


def _columns(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Columns of few different values and of many, so that keys, enums and patterns all come up."""
    few = st.lists(values, min_size=1, max_size=3).flatmap(
        lambda pool: st.lists(st.sampled_from(pool), min_size=1, max_size=60)
    )
    return few | st.lists(values, min_size=1, max_size=60)


@st.composite
def tables(draw: st.DrawFn, kinds: list[st.SearchStrategy[Any]]) -> tuple[list[str], list[list[Any]]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    columns = [draw(_columns(draw(st.sampled_from(kinds)))) for _ in names]
    rows = max(map(len, columns))
    return names, [(column * rows)[:rows] for column in columns]


CSV = [st.sampled_from(WORDS), TEXT, st.integers(-50, 50).map(str), st.integers().map(str)]
CSV += [st.floats(allow_nan=False, width=32).map(repr), st.dates().map(str), st.datetimes().map(str)]
JSON = [
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.none(),
    st.booleans(),
]
JSON += [
    st.sampled_from(WORDS),
    st.lists(st.integers(0, 9), max_size=2),
    st.fixed_dictionaries({"a": st.integers(0, 9)}),
]
SETTINGS = settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(tables(CSV))
def test_csv(tmp_path: Path, table: tuple[list[str], list[list[str]]]) -> None:
    names, columns = table
    path = tmp_path / "things.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([names, *zip(*columns, strict=True)])
    assert violations(inferred(path), path) == []


@SETTINGS
@given(tables(JSON))
def test_ndjson(tmp_path: Path, table: tuple[list[str], list[list[Any]]]) -> None:
    names, columns = table
    path = tmp_path / "things.ndjson"
    rows = [json.dumps(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert violations(inferred(path), path) == []


PARQUET = [
    "i::TINYINT",
    "i::UBIGINT",
    "i::HUGEINT",
    "(i / 3)::FLOAT",
    "(i / 3)::DECIMAL(12,4)",
    "'k' || i",
    "i % 2 = 0",
]
PARQUET += ["DATE '2013-01-01' + i::INT", "TIMESTAMP '1850-01-01' + to_hours(i)", "TIME '01:00' + to_minutes(i)"]
PARQUET += ["now() + to_hours(i)", "('x' || i)::BLOB", "[i, i + 1]", "{'a': i, 'b': [i::VARCHAR]}", "MAP {'k': i}"]
PARQUET += ["gen_random_uuid()", "CASE WHEN i % 3 = 0 THEN NULL ELSE i END", "'inf'::DOUBLE", "NULL::INTEGER"]


@SETTINGS
@given(st.lists(st.sampled_from(PARQUET), min_size=1, max_size=6), st.integers(1, 120), st.integers(1, 40))
def test_parquet(tmp_path: Path, expressions: list[str], rows: int, different: int) -> None:
    path = tmp_path / "things.parquet"
    columns = ", ".join(f"{expression} AS c{place}" for place, expression in enumerate(expressions))
    with duckdb.connect() as connection:
        source = f"SELECT {columns} FROM (SELECT range % {different} AS i FROM range({rows}))"
        connection.execute(f"COPY ({source}) TO '{path}' (FORMAT parquet)")
    assert violations(inferred(path), path) == []
