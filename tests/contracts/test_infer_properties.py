"""For any table, the inferred contract passes the lint, holds on that table, and is what the door asks of it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inferring import inferred, violations

from platform_core.audit import plan
from platform_core.audit.duckdb import audit
from platform_core.components.files.reading import read_delivery
from platform_core.components.files.spec import FORMATS, FileSpec
from platform_core.resources.warehouse import declared_columns
from platform_core.resources.warehouse.stage import open_stage
from platform_core.sql import Relation

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
FEW = settings(derandomize=True, max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=80)


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


@st.composite
def csv_files(draw: st.DrawFn) -> tuple[str, bytes]:
    names, columns = draw(tables(CSV))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([names, *zip(*columns, strict=True)])
    return "things.csv", stream.getvalue().encode()


@st.composite
def ndjson_files(draw: st.DrawFn) -> tuple[str, bytes]:
    names, columns = draw(tables(JSON))
    rows = [json.dumps(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    return "things.ndjson", "\n".join(rows).encode()


@st.composite
def parquet_files(draw: st.DrawFn) -> tuple[str, bytes]:
    expressions = draw(st.lists(st.sampled_from(PARQUET), min_size=1, max_size=6))
    rows, different = draw(st.integers(1, 120)), draw(st.integers(1, 120))
    columns = ", ".join(f"{expression} AS c{place}" for place, expression in enumerate(expressions))
    with duckdb.connect() as connection, TemporaryDirectory() as folder:
        source = f"SELECT {columns} FROM (SELECT range % {different} AS i FROM range({rows}))"
        connection.execute(f"COPY ({source}) TO '{folder}/file' (FORMAT parquet)")
        return "things.parquet", Path(folder, "file").read_bytes()


FILES = {"csv": csv_files(), "ndjson": ndjson_files(), "parquet": parquet_files()}


def _written(folder: str, file: tuple[str, bytes]) -> Path:
    path = Path(folder, file[0])
    path.write_bytes(file[1])
    return path


def _keeps_its_contract(file: tuple[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        path = _written(folder, file)
        assert violations(inferred(path), path) == []


def _passes_the_door(file: tuple[str, bytes]) -> None:
    """Read, staged and audited as a file dataset's delivery."""
    with TemporaryDirectory() as folder:
        path = _written(folder, file)
        contract = inferred(path)
        columns = declared_columns(contract)
        with duckdb.connect() as connection, open_stage(Path(folder, "stages"), None, "run", None) as stage:
            spec = FileSpec(path.name, FORMATS[path.suffix])
            stage.write(connection, read_delivery(connection, spec, [path], columns, Path(folder)), contract)
            result = audit(connection, plan(contract, "shop"), Relation.of(stage.files, columns))
        assert [outcome.message for outcome in result.outcomes if not outcome.passed] == []


@pytest.mark.processes  # not that it starts any: it takes seconds
@pytest.mark.parametrize("kind", FILES)
def test_data_keeps_its_contract(kind: str) -> None:
    FEW(given(FILES[kind])(_keeps_its_contract))()


@pytest.mark.processes  # not that it starts any: it takes seconds
@pytest.mark.parametrize("kind", FILES)
def test_data_passes_the_door(kind: str) -> None:
    FEW(given(FILES[kind])(_passes_the_door))()


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("held", [_keeps_its_contract, _passes_the_door])
def test_many(kind: str, held: Callable[[tuple[str, bytes]], None]) -> None:
    MANY(given(FILES[kind])(held))()
