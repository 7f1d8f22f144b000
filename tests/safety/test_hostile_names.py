"""Names and values that would be SQL: through infer, lint and the audit of both engines they stay names and values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import Server

from platform_core.audit import AuditResult, plan
from platform_core.audit.duckdb import audit
from platform_core.audit.postgres import audit as audit_on_postgres
from platform_core.contracts import Contract, infer_contract, lint_contract, load_contract, parse_contract
from platform_core.contracts.postgres_types import name_unheld, postgres_type
from platform_core.contracts.types import canonical_type, duckdb_type
from platform_core.documents import Document
from platform_core.errors import PlatformError
from platform_core.names import AssetId, name_problem
from platform_core.sql import Relation
from platform_core.sql.quoting import quoted

FEW = settings(
    max_examples=8, derandomize=True, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=60)
KNOWN = [
    'a"; DROP TABLE canary; --',
    "a'; DROP TABLE canary; --",
    '"',
    '""',
    "'",
    "''",
    "a\\",
    '\\"',
    "$1",
    "$$",
    "%s",
    "%(a)s",
]
KNOWN += [
    "?",
    "{a}",
    "{0}",
    "{{a}}",
    "${a",
    "a/*",
    "*/a",
    "--a",
    ";",
    "select",
    "user",
    "ctid",
    "found",
    "key_1",
    "item_1",
]
KNOWN += [
    "a.b",
    "a b",
    "[0]",
    "`a`",
    "é",
    "e\u0301",
    "日本",
    "\U0001f926",
    "ß",
    "İ",
    "K",
    "_",
    "*",
    "count(*)",
    "NULL",
    "true",
]
KNOWN += [
    "delivery",
    "staged",
    "value",
    "rows_of_found",
    "__proto__",
    "=1+1",
    "@a",
    "#a",
    "<b>",
    "a\u200bb",
    "a\u202eb",
]
SIGNS = "aA1_ \"'\\;-%${}()[]*/.,?!<>|&=~`@#:é日\U0001f926"
TEXTS = st.one_of(st.sampled_from(KNOWN), st.text(SIGNS, min_size=1, max_size=12))
VALUES = st.one_of(TEXTS, st.sampled_from(["", " ", "\n", "\t", "\\n", "\x7f", "x" * 300, "\u2028"]))


def _usable(name: str) -> bool:
    return name == name.strip() and name.isprintable() and "${" not in name and name.lower() != "_partition"


def _together(names: list[str]) -> bool:
    return len({name.lower() for name in names}) == len(names)


# One plain name among them: a header of one column, or of numbers alone, is asked about.
NAMES = st.lists(TEXTS.filter(_usable), min_size=1, max_size=2).map(lambda names: ["plain", *names]).filter(_together)


def _failed(result: AuditResult) -> list[str]:
    return [f"{each.check.name}: {each.message}" for each in result.outcomes if not each.passed]


def _inferred(folder: Path, raw: bytes) -> Contract:
    (folder / "contracts").mkdir()
    (folder / "things.csv").write_bytes(raw)
    text = infer_contract(folder / "things.csv", dataset="things", location="shop", owner="team:shop")
    file = folder / "contracts" / "things.odcs.yaml"
    file.write_text(text, "utf-8")
    assert lint_contract(file) == []
    return load_contract(file)


def _delivered(names: list[str], values: list[str]) -> tuple[bytes, pyarrow.Table]:
    rows = [[f"{value}{number}" for value in (values * len(names))[: len(names)]] for number in range(4)]
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *rows])
    columns = {name: pyarrow.array([row[place] for row in rows], pyarrow.string()) for place, name in enumerate(names)}
    return stream.getvalue().encode(), pyarrow.table(columns)


def _rules(contract: Contract) -> Contract:
    """Return the contract with rules about every column, all in its names."""
    properties = [
        {**column.data, "required": True, "logicalType": "string", "physicalType": "VARCHAR"}
        | {"logicalTypeOptions": {"minLength": 1}, "quality": [{"metric": "missingValues", "mustBe": 0}]}
        | {"relationships": [{"to": "things.x"}] if "." not in column.name else []}
        for column in contract.columns
    ]
    for entry in properties:
        entry.pop("enum", None)
        entry.pop("relationships")
    names = [column.name for column in contract.columns]
    rule = {"name": "d", "metric": "duplicateValues", "arguments": {"properties": names}, "mustBe": 0}
    query = {"name": "q", "type": "sql", "query": "SELECT count(${column}) FROM ${table}", "mustBe": 4}
    properties[0]["quality"].append(query)
    data = {"version": "1.0.0", "schema": [{"name": "things", "properties": properties, "quality": [rule]}]}
    return parse_contract(Document(Path("things.odcs.yaml"), data))


def _on_duckdb(contract: Contract, table: pyarrow.Table, folder: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE canary AS SELECT 1 AS alive; SET TimeZone = 'UTC'")
        connection.register("arrow_rows", table)
        connection.execute("CREATE TABLE things_rows AS FROM arrow_rows")
        connection.execute(f"COPY (FROM things_rows) TO '{folder}/rows.parquet' (FORMAT parquet)")
        checks = plan(contract, "shop")
        for relation in (Relation.table("things_rows"), Relation.of([folder / "rows.parquet"])):
            assert _failed(audit(connection, checks, relation)) == []
        assert connection.execute("SELECT * FROM canary").fetchall() == [(1,)]


def _named(names: list[str], values: list[str]) -> tuple[Contract, pyarrow.Table]:
    with TemporaryDirectory() as place:
        folder = Path(place)
        raw, table = _delivered(names, values)
        contract = _inferred(folder, raw)
        assert [column.name for column in contract.columns] == names
        ruled = _rules(contract)
        _on_duckdb(ruled, table, folder)
    return ruled, table


@FEW
@given(NAMES, st.lists(VALUES, min_size=1, max_size=3))
def test_any_name(names: list[str], values: list[str]) -> None:
    _named(names, values)


@pytest.mark.slow
@MANY
@given(NAMES, st.lists(VALUES, min_size=1, max_size=3))
def test_many_names(names: list[str], values: list[str]) -> None:
    _named(names, values)


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with postgres.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS hostile; CREATE TABLE hostile.canary AS SELECT 1 AS alive")
        connection.commit()
        yield connection
        connection.rollback()
        connection.execute("DROP SCHEMA hostile CASCADE")
        connection.commit()


def _on_postgres(connection: Any, contract: Contract, table: pyarrow.Table) -> AuditResult:
    columns = ", ".join(f"{quoted(column.name)} {postgres_type(duckdb_type(column))}" for column in contract.columns)
    connection.execute("DROP TABLE IF EXISTS hostile.things")
    connection.execute(f"CREATE TABLE hostile.things ({columns})".encode())
    with connection.cursor().copy("COPY hostile.things FROM STDIN") as copy:
        for row in table.to_pylist():
            copy.write_row(tuple(row.values()))
    result = audit_on_postgres(connection, plan(contract, "shop"), Relation.tables(("hostile", "things")))
    assert connection.execute("SELECT alive FROM hostile.canary").fetchall() == [(1,)]
    return result


@pytest.mark.postgres
@pytest.mark.processes
@FEW
@given(
    NAMES.filter(lambda names: not any(map(name_unheld, names))),
    st.lists(VALUES, min_size=1, max_size=3),
)
def test_any_name_on_postgres(connection: Any, names: list[str], values: list[str]) -> None:
    contract, table = _named(names, values)
    assert _failed(_on_postgres(connection, contract, table)) == []


def _valued(values: list[str]) -> tuple[Contract, pyarrow.Table]:
    listed = [{"value": value} for value in values]
    column = {"name": "a", "logicalType": "string", "enum": listed, "quality": []}
    column["quality"] = [
        {"name": "valid", "metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0},
        {"name": "form", "metric": "invalidValues", "mustBe": 0}
        | {"arguments": {"pattern": "|".join(f"(?:{re.escape(value)})" for value in values)}},
        {"name": "there", "metric": "missingValues", "arguments": {"missingValues": values}, "mustBe": len(values)},
    ]
    data = {"version": "1.0.0", "schema": [{"name": "things", "properties": [column]}]}
    rows = [*values, None, "something else"]
    contract = parse_contract(Document(Path("things.odcs.yaml"), data))
    return contract, pyarrow.table({"a": pyarrow.array(rows, pyarrow.string())})


def _counted(result: AuditResult) -> dict[str, int | None]:
    assert not [each.message for each in result.outcomes if each.error]
    return {each.check.name: each.violations for each in result.outcomes if each.violations is not None}


@pytest.mark.postgres
@pytest.mark.processes
@FEW
@given(st.lists(VALUES, min_size=1, max_size=4, unique=True))
def test_any_value(connection: Any, values: list[str]) -> None:
    """Listed, as a pattern and as what is missing: each value is found once, and nothing else is."""
    contract, table = _valued(values)
    with duckdb.connect() as engine:
        engine.register("things_rows", table)
        found = _counted(audit(engine, plan(contract, "shop"), Relation.table("things_rows")))
    assert found == {"enum_a": 1, "valid": 1, "form": 1, "there": len(values)}
    assert _counted(_on_postgres(connection, contract, table)) == found


@settings(FEW, max_examples=60)
@given(st.one_of(TEXTS, st.text("STRUCINGMAPDELV()[], \"'0123459;-", max_size=30)))
def test_any_type_is_one_or_none(text: str) -> None:
    """What a contract calls a type reaches casts and tables: it is a type of the engine, or it does not get there."""
    type_ = canonical_type(text)
    if type_ is not None:
        described = duckdb.sql(f"SELECT CAST(NULL AS {type_}) AS a").types
        assert len(described) == 1


@settings(FEW, max_examples=60)
@given(TEXTS)
def test_any_name_of_a_dataset_is_refused_or_plain(text: str) -> None:
    """It becomes a folder, a table and a Python package: nothing that means something to any of them passes."""
    if name_problem(text):
        with pytest.raises(PlatformError):
            AssetId("shop", text)
        with pytest.raises(PlatformError):
            AssetId(text, "orders")
    else:
        assert re.fullmatch("[a-z][a-z0-9_]*", text, re.ASCII)


def test_names_that_no_contract_can_have_are_said(tmp_path: Path) -> None:
    for place, name in enumerate(["a\nb", " a", "${HOME}", "a\x1b[31m", "_partition", ""]):
        raw, _ = _delivered([name], ["x"])
        folder = tmp_path / str(place)
        folder.mkdir()
        with pytest.raises(PlatformError, match="column 1"):
            _inferred(folder, raw)


def test_yaml_keeps_every_value() -> None:
    from platform_core.contracts.written import as_yaml

    for text in KNOWN:
        assert yaml.safe_load(as_yaml({"a": text})) == {"a": text}
