"""The grid: every kind of rule, broken and kept, on every engine: the same verdicts, counts and sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import yaml
from any_contract import contracts
from auditing import CONNECTION, WRITERS, as_table, column_of, contract_of, run
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from postgres_server import Server
from postgres_tables import connected, run_on, stored

from platform_core.audit import AuditResult, Outcome
from platform_core.audit.duckdb.engine import KINDS as DUCKDB_KINDS
from platform_core.audit.postgres.engine import KINDS as POSTGRES_KINDS
from platform_core.findings import FindingsError
from platform_core.formats.table import table as in_columns
from platform_core.testing.samples import made_up_references, synthesise
from platform_core.testing.violations import violations

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
CASES = sorted((Path(__file__).parents[1] / "cases" / "audit").glob("*.yaml"))
ENGINES = ("duckdb, parquet", "duckdb, table", "postgres")
QUICK = settings(
    max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
Verdicts = dict[str, tuple[bool, int | None, int | None, str]]


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with connected(postgres) as connection:
        yield connection


def verdicts(result: AuditResult) -> Verdicts:
    """What must be the same everywhere. Why a check could not be done, each engine says in its own words."""
    return {each.check.name: _verdict(each) for each in result.outcomes}


def _verdict(outcome: Outcome) -> tuple[bool, int | None, int | None, str]:
    said = "could not be checked" if outcome.error else outcome.message
    return outcome.passed, outcome.violations, outcome.rows, said


def test_grid(connection: Any, tmp_path: Path) -> None:
    lines, differing, kinds = [], [], set()
    for path in CASES:
        case = yaml.safe_load(path.read_text())
        contract = contract_of({"name": "value", **case["property"]}, quality=case.get("quality") or [])
        for quality in ("good", "bad"):
            table = column_of(case["type"], case[quality])
            results = {
                "duckdb, parquet": run(contract, WRITERS["duckdb"](table, tmp_path / f"{path.stem}-{quality}.parquet")),
                "duckdb, table": run(contract, table),
                "postgres": run_on(connection, contract, table),
            }
            found = {engine: verdicts(result) for engine, result in results.items()}
            kinds |= {outcome.check.kind for outcome in results["postgres"].outcomes}
            same = all(found[engine] == found[ENGINES[0]] for engine in ENGINES)
            differing += [] if same else [(path.stem, quality, found)]
            shown = [_shown(found[engine].get(case["breaks"])) for engine in ENGINES]
            lines.append([path.stem, quality, *shown, "yes" if same else "NO"])
    sys.stdout.write("\n" + in_columns(["rule", "data", *ENGINES, "all alike"], lines) + "\n")
    assert not differing
    assert set(DUCKDB_KINDS) == set(POSTGRES_KINDS)
    assert set(POSTGRES_KINDS) - {"foreign_key", "unsupported"} == kinds  # those two are below


def _shown(verdict: tuple[bool, int | None, int | None, str] | None) -> str:
    if verdict is None:
        return "-"
    passed, violations, rows, _ = verdict
    counted = f" {violations} of {rows}" if violations is not None else ""
    return f"{'passes' if passed else 'fails'}{counted}"


def _same_everywhere(
    connection: Any,
    contract: Any,
    table: pyarrow.Table,
    others: pyarrow.Table | None = None,
    references: Mapping[str, pyarrow.Table] | None = None,
    *,
    whole: bool = False,
) -> Verdicts:
    """Audit on DuckDB and on PostgreSQL, and return what both say."""
    places = list((references or {}).items())
    there = {name: as_table(f"reference_{place}", found) for place, (name, found) in enumerate(places)}
    here = {name: stored(connection, found) for name, found in places}
    duckdb = run(contract, table, as_table("others", others) if others is not None else None, there)
    beside = stored(connection, others) if others is not None else None
    postgres = run_on(connection, contract, table, beside, here)
    assert postgres.rows == duckdb.rows
    assert postgres.refused == duckdb.refused
    here_said, there_said = verdicts(postgres), verdicts(duckdb)
    if not there_said["schema_types"][0] and not whole:
        # Refused as it is. What 'len' and '<' make of a value of another type is each engine's own affair.
        here_said, there_said = ({name: said[name] for name in _WHOLE} for said in (here_said, there_said))
    assert here_said == there_said, [each.message for each in postgres.outcomes if each.error]
    return verdicts(postgres)


_WHOLE = ("schema_columns", "schema_types")


def _generated(connection: Any, contract: Any) -> None:
    try:
        sample = synthesise(contract)
    except FindingsError:
        assume(False)
    references = {f"shop/{name}": table for name, table in made_up_references(contract, sample).items()}
    assert all(passed for passed, *_ in _same_everywhere(connection, contract, sample, None, references).values())
    for violation in violations(contract, sample, made_up_references(contract, sample)):
        if violation.table is not None:
            _same_everywhere(connection, contract, violation.table, None, references)
    connection.rollback()


@pytest.mark.parametrize(
    ("here", "there"),
    [
        *(("INTEGER", "BIGINT"), ("BIGINT", "SMALLINT"), ("INTEGER", "DECIMAL(4,2)"), ("DECIMAL(10,1)", "INTEGER")),
        *(("DOUBLE", "INTEGER"), ("VARCHAR", "INTEGER"), ("INTEGER", "VARCHAR"), ("DOUBLE", "FLOAT")),
        *(("DATE", "TIMESTAMP"), ("VARCHAR", "DATE"), ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), ("UUID", "VARCHAR")),
    ],
)
def test_keys_of_different_types(connection: Any, here: str, there: str) -> None:
    values = ["7", "9", None, "7"]
    if "DATE" in here + there or "TIME" in here + there:
        values = ["2013-01-01", "2013-01-02", None, "2013-01-01"]
    elif here == "UUID":
        values = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b", None]
    contract = contract_of({"name": "value", "logicalType": "string", "relationships": [{"to": "others.value"}]})
    references = {"shop/others": column_of(there, values[:1])}
    found = _same_everywhere(connection, contract, column_of(here, values), None, references, whole=True)
    assert found["foreign_key_value"][1] == 1


@pytest.mark.parametrize(
    "known",
    [[1, 2, 3], [3, 2, 1, None], [1, 2, 2, 4], [1, 1, 2, 3], [], [None], [-1, 0, 1], [7], [1, 2, 4, 4, 5], [2**63 - 1]],
)
@pytest.mark.parametrize("kind", ["SMALLINT", "BIGINT"])
def test_keys_with_and_without_gaps(connection: Any, known: list[int | None], kind: str) -> None:
    contract = contract_of({"name": "value", "logicalType": "integer", "relationships": [{"to": "others.value"}]})
    there = pyarrow.table({"value": pyarrow.array(known, pyarrow.int64())})
    values = [1, 2, 3, 4, 0, -1, None, 7, 7] + ([2**63 - 1, -(2**63)] if kind == "BIGINT" else [])
    found = _same_everywhere(connection, contract, column_of(kind, values), None, {"shop/others": there}, whole=True)
    wanted = sum(value is not None and value not in known for value in values)
    assert found["foreign_key_value"][1] == wanted


@QUICK
@given(contracts())
def test_contracts_at_random(connection: Any, contract: Any) -> None:
    """Each rule of a generated contract is broken once, and both engines say the same of it."""
    _generated(connection, contract)


@pytest.mark.slow
@settings(QUICK, max_examples=150)
@given(contracts())
def test_many_contracts_at_random(connection: Any, contract: Any) -> None:
    _generated(connection, contract)


TEXTS = ["", " ", "a", "A", "ab", "ab\n", "\n", "é", "e\u0301", "ß", "日本", "\U0001f926\u200d\u2642", "a'b", 'a"b']
TEXTS += ["\\", "%", "Z", "_", "\t", "\u212a", "\x7f"]
DATES = ["0001-01-01", "9999-12-31", "1970-01-01", "0044-03-15 (BC)", "infinity", "-infinity", "2013-02-28"]
WHOLE = [0, 1, -1, 7, 9007199254740993, 2**63 - 1, -(2**63)]
FLOATS = ["0", "-0.0", "0.1", "0.3", "nan", "inf", "-inf", "1.7976931348623157e308", "5e-324", "1e-7", "-2.5"]
DECIMALS = ["0", "0.01", "-0.01", "9999999999999999999999999999999999999.9", "12.5", "-12.50"]
ZONED = ["2013-01-01 00:00:00+00", "2013-01-01 02:00:00+02", "0044-03-15 (BC) 10:00:00+00", "infinity"]
LISTS = ["[]", "[1]", "[1, NULL]", "[2, 2]", "[NULL]", "[1, 2, 3]"]
STRUCTS = ["{'a': 1, 'b': x}", "{'a': NULL, 'b': NULL}", "{'a': 9, 'b': ''}", "{'a': NULL, 'b': é}"]
TYPES: dict[str, tuple[str, Any]] = {
    "t": ("VARCHAR", st.one_of(st.sampled_from(TEXTS), st.text("abAB01 é\n.-", max_size=4))),
    "i": ("BIGINT", st.sampled_from(WHOLE)),
    "f": ("DOUBLE", st.sampled_from(FLOATS)),
    "r": ("FLOAT", st.sampled_from([*FLOATS[:7], "3.4e38", "0.7"])),
    "n": ("DECIMAL(38,1)", st.sampled_from(DECIMALS)),
    "d": ("DATE", st.sampled_from(DATES)),
    "z": ("TIMESTAMP WITH TIME ZONE", st.sampled_from(ZONED)),
    "l": ("INTEGER[]", st.sampled_from(LISTS)),
    "s": ('STRUCT("a" INTEGER, "b" VARCHAR)', st.sampled_from(STRUCTS)),
    "b": ("BOOLEAN", st.booleans()),
}
EDGES = contract_of(
    {"name": "t", "logicalType": "string", "required": True, "unique": True, "relationships": [{"to": "orders.t"}]}
    | {"enum": [{"value": value} for value in ("", "a", "é", "ab\n", "\\", "%")]}
    | {"logicalTypeOptions": {"minLength": 1, "maxLength": 2, "pattern": r"(?i)[a-zß]+|\pL\n?|\W"}}
    | {"quality": [{"metric": "missingValues", "arguments": {"missingValues": ["", "a", None]}, "mustBe": 0}]},
    {"name": "i", "logicalType": "integer", "unique": True, "enum": [{"value": value} for value in WHOLE[:4]]}
    | {"logicalTypeOptions": {"minimum": -9007199254740993, "exclusiveMaximum": 2**63 - 1, "multipleOf": 7}},
    {"name": "f", "logicalType": "number", "unique": True, "enum": [{"value": 0.1}, {"value": 0}, {"value": 1e-7}]}
    | {"logicalTypeOptions": {"exclusiveMinimum": 0, "multipleOf": 0.1}}
    | {"quality": [{"metric": "missingValues", "arguments": {"missingValues": [0, "nan", "0.1"]}, "mustBe": 0}]},
    {"name": "r", "logicalType": "number", "enum": [{"value": 0.1}, {"value": 0.7}]}
    | {"logicalTypeOptions": {"format": "f32", "maximum": 0.7, "minimum": 0.1, "multipleOf": 0.1}},
    {"name": "n", "logicalType": "number", "physicalType": "DECIMAL(38,1)", "unique": True}
    | {"enum": [{"value": 0}, {"value": 12.5}], "logicalTypeOptions": {"minimum": -12.5, "maximum": 1e36}},
    {"name": "d", "logicalType": "date", "unique": True, "enum": [{"value": "2013-02-28"}, {"value": "9999-12-31"}]}
    | {"logicalTypeOptions": {"minimum": "1970-01-01", "exclusiveMaximum": "9999-12-31"}},
    {"name": "z", "logicalType": "timestamp", "unique": True}
    | {"logicalTypeOptions": {"timezone": True, "maximum": "2013-01-01T01:00:00+01:00"}},
    {"name": "l", "logicalType": "array", "logicalTypeOptions": {"minItems": 1, "maxItems": 2, "uniqueItems": True}}
    | {"items": {"logicalType": "integer", "physicalType": "INTEGER", "required": True}},
    {"name": "s", "logicalType": "object", "logicalTypeOptions": {"minProperties": 2, "required": ["a"]}}
    | {
        "properties": [
            {"name": "a", "logicalType": "integer", "physicalType": "INTEGER", "logicalTypeOptions": {"maximum": 5}},
            {"name": "b", "logicalType": "string", "unique": True, "logicalTypeOptions": {"pattern": "[a-zé]"}},
        ]
    },
    {"name": "b", "logicalType": "boolean", "enum": [{"value": True}]},
    quality=[
        {"metric": "duplicateValues", "arguments": {"properties": ["t", "f", "d"]}, "mustBe": 0},
        {"metric": "rowCount", "mustBeLessThan": 6},
        {"name": "pairs", "type": "sql", "query": "SELECT count(*) FROM ${table} WHERE t < 'b' OR f > 0", "mustBe": 0},
    ],
    relationships=[{"from": ["orders.i", "orders.b"], "to": ["pairs.k", "pairs.c"]}],
)
ROWS = st.lists(
    st.fixed_dictionaries({name: st.one_of(st.none(), values) for name, (_, values) in TYPES.items()}), max_size=8
)


def _table(rows: list[dict[str, Any]]) -> pyarrow.Table:
    texts = {
        name: pyarrow.array([None if row[name] is None else str(row[name]) for row in rows], pyarrow.string())
        for name in TYPES
    }
    CONNECTION.register("rows_of_text", pyarrow.table(texts))
    listed = ", ".join(f"CAST({name} AS {type_}) AS {name}" for name, (type_, _) in TYPES.items())
    return CONNECTION.sql(f"SELECT {listed} FROM rows_of_text").to_arrow_table()


def _edges(connection: Any, rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    pairs = {"shop/pairs": pyarrow.table({"k": [0, 7, 2**63 - 1, None], "c": [True, False, None, True]})}
    found = _same_everywhere(connection, EDGES, _table(rows), _table(others) if others else None, pairs)
    assert not [name for name, (_, _, _, said) in found.items() if said == "could not be checked"]
    connection.rollback()


@settings(QUICK, max_examples=25)
@given(ROWS, ROWS)
def test_rows_at_random(connection: Any, rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """NaN, infinities, both zeros, ends of types, empty texts, line breaks, NULL, other scripts, years before 1."""
    _edges(connection, rows, others)


@pytest.mark.slow
@settings(QUICK, max_examples=600)
@given(ROWS, ROWS)
def test_many_rows_at_random(connection: Any, rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    _edges(connection, rows, others)
