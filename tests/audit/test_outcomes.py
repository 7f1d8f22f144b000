"""One outcome a check, whatever happens, and never a value of the data in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest
from auditing import CONNECTION, WRITERS, contract_of, outcome, run

from platform_core.audit import Limit, notes, plan
from platform_core.audit.duckdb import audit
from platform_core.audit.outcome import judge
from platform_core.sql import Relation

_LESS = "3 rows break the rule: few rows; must be less than 3"
_MORE = "the result of the query (3): 'must be more than 5' does not hold"
_NOT_COMPARED = "could not be checked: its query returned what cannot be compared with a number"
SECRET = "4111-1111-1111-1111"
NUMBER = {"name": "number", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 1}}


def test_missing_and_extra_columns() -> None:
    result = run(contract_of(NUMBER, {"name": "b", "logicalType": "string"}), pyarrow.table({"b": ["x"], "c": [1]}))
    assert outcome(result, "schema_columns").message == "missing: number; not in the contract: c"
    assert outcome(result, "range_number").message == "could not be checked: the column number is missing"
    assert result.refused
    assert len(result.outcomes) == 4


def test_wrong_types_are_told_and_rules_still_judged() -> None:
    result = run(contract_of(NUMBER), pyarrow.table({"number": [SECRET, None]}))
    assert outcome(result, "schema_types").message == "'number' is VARCHAR, declared BIGINT"
    assert outcome(result, "required_number").violations == 1
    assert outcome(result, "range_number").refuses


@pytest.mark.parametrize(
    ("stored", "declared", "same"),
    [
        ("INTEGER", {"logicalType": "integer"}, True),
        ("INTEGER", {"logicalType": "integer", "physicalType": "BIGINT"}, False),
        ("INTEGER", {"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}, True),
        ("BIGINT", {"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}, False),
        ("DECIMAL(10,2)", {"logicalType": "number"}, True),
        ("DECIMAL(10,2)", {"logicalType": "number", "physicalType": "numeric(10, 2)"}, True),
        ("DECIMAL(10,2)", {"logicalType": "number", "physicalType": "DECIMAL(10,3)"}, False),
        ("TIMESTAMP", {"logicalType": "timestamp"}, True),
        ("TIMESTAMP", {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}}, False),
        ("VARCHAR", {"logicalType": "date"}, False),
        ("STRUCT(a INTEGER)", {"logicalType": "object", "properties": [{"name": "a", "logicalType": "integer"}]}, True),
        (
            "STRUCT(b INTEGER)",
            {"logicalType": "object", "properties": [{"name": "a", "logicalType": "integer"}]},
            False,
        ),
        ("INTEGER[]", {"logicalType": "array", "items": {"logicalType": "integer"}}, True),
        ("VARCHAR[]", {"logicalType": "array", "items": {"logicalType": "integer"}}, False),
    ],
)
def test_types(stored: str, declared: dict[str, Any], same: bool) -> None:
    CONNECTION.execute(f"CREATE OR REPLACE TABLE typed AS SELECT CAST(NULL AS {stored}) AS a")
    result = run(contract_of({"name": "a", **declared}), Relation.table("typed"))
    assert outcome(result, "schema_types").passed is same


def test_an_exception_is_a_failed_error_without_values(tmp_path: Path) -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "string"}
        | {"quality": [{"type": "sql", "query": "SELECT sum(CAST(a AS INTEGER)) FROM ${table}", "mustBe": 1}]},
        {"name": "b", "logicalType": "date", "enum": [{"value": "no date"}], "customProperties": _WARN},
    )
    rows = pyarrow.table({"a": [SECRET], "b": pyarrow.array([None], pyarrow.date32())})
    for staged in (rows, WRITERS["pyarrow"](rows, tmp_path / "a.parquet")):
        result = run(contract, staged)
        assert [each.check.name for each in result.outcomes if each.error] == ["enum_b", "sql_a"]
        assert result.refused
        assert outcome(result, "enum_b").severity == "error"
        assert SECRET not in str(result.outcomes)
        assert "1111" not in "".join(each.message for each in result.outcomes)


_WARN = [{"property": "platformSeverity", "value": "warning"}]


def test_warnings_do_not_refuse() -> None:
    warned = {**NUMBER, "customProperties": _WARN}
    rules = [{"metric": "rowCount", "mustBe": 9, "severity": severity} for severity in ("warning", "info")]
    result = run(
        contract_of(warned, quality=rules), pyarrow.table({"number": pyarrow.array([0, None], pyarrow.int64())})
    )
    assert [each.passed for each in result.outcomes] == [True, True, False, False, False, False]
    assert not result.refused


def test_a_file_that_cannot_be_read_fails_every_check(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    for name in ("broken.parquet", "absent.parquet"):
        result = run(contract_of(NUMBER), Relation.of([tmp_path / name]))
        assert len(result.outcomes) == 4
        assert all(each.refuses and "cannot be read" in each.message for each in result.outcomes)


def test_a_closed_connection_is_no_exception() -> None:
    connection = duckdb.connect()
    connection.close()
    checks = plan(contract_of(NUMBER), "shop")
    result = audit(connection, checks, Relation.table("x"))
    assert [each.refuses for each in result.outcomes] == [True] * len(checks)


@pytest.mark.parametrize("files", [True, False])
def test_no_rows(files: bool, tmp_path: Path) -> None:
    """Nothing breaks a rule in an empty delivery, and a share of nothing is 0 %."""
    null = [{"metric": "nullValues", "mustBeLessOrEqualTo": 0, "unit": "percent"}]
    column = {
        **NUMBER,
        "unique": True,
        "enum": [{"value": 1}],
        "quality": null,
        "relationships": [{"to": "orders.number"}],
    }
    empty = pyarrow.table({"number": pyarrow.array([], pyarrow.int64())})
    result = run(contract_of(column), WRITERS["duckdb"](empty, tmp_path / "e.parquet") if files else empty)
    assert [each.message for each in result.outcomes if not each.passed] == []
    assert result.rows == 0
    no_files = run(contract_of(column), Relation.of([], {"number": "BIGINT"}))
    assert [each.message for each in no_files.outcomes if not each.passed] == []


@pytest.mark.parametrize(
    ("operator", "value", "right", "wrong"),
    [
        ("mustBe", 2, [2], [1, 3]),
        ("mustNotBe", 2, [1, 3], [2]),
        ("mustBeGreaterThan", 2, [3], [2, 1]),
        ("mustBeGreaterOrEqualTo", 2, [2, 3], [1]),
        ("mustBeLessThan", 2, [1], [2, 3]),
        ("mustBeLessOrEqualTo", 2, [1, 2], [3]),
        ("mustBeBetween", [1, 3], [1, 2, 3], [0, 4]),
        ("mustNotBeBetween", [1, 3], [0, 4], [1, 2, 3]),
    ],
)
def test_operators(operator: str, value: Any, right: list[int], wrong: list[int]) -> None:
    column = {"name": "a", "logicalType": "string"}
    for unit, rows in (("rows", 10), ("percent", 100)):
        contract = contract_of({**column, "quality": [{"metric": "nullValues", operator: value, "unit": unit}]})
        check = next(check for check in plan(contract, "shop") if check.kind == "required")
        assert [judge(check, count, rows).passed for count in (*right, *wrong)] == [True] * len(right) + [False] * len(
            wrong
        )


def test_messages_are_sentences_with_counts() -> None:
    check = plan(contract_of(NUMBER), "shop")[2]
    assert judge(check, 0, 5000).message == "0 of 5,000 rows break the rule: 'number' must not be null"
    assert judge(check, 1204, 27004).message == "1,204 of 27,004 rows (4.5 %) break the rule: 'number' must not be null"
    assert judge(check, 1, 5_000_000).message.startswith("1 of 5,000,000 rows (2e-05 %)")
    assert str(Limit("mustBeBetween", [1000, 2000])) == "must be between 1,000 and 2,000"


def test_rules_that_nobody_executes_are_noted() -> None:
    quality = [
        {"type": "text", "description": "Looks right."},
        {"type": "custom", "engine": "x", "implementation": "y"},
    ]
    contract = contract_of({"name": "a", "logicalType": "string", "quality": quality[:1]}, quality=quality)
    assert len(plan(contract, "shop")) == 2
    found = notes(contract)
    assert [note.level for note in found] == ["info"] * 3
    assert found[0].message == "a quality rule of type text is not executed: Looks right."


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "invalidValues", "mustBe": 0},
        {"metric": "freshness", "mustBe": 0},
        {"type": "sql", "query": "DROP TABLE x", "mustBe": 0},
        {"type": "sql", "query": "SELECT getenv('HOME')", "mustBe": 0},
        {"type": "sql", "query": "SELECT 1, 2", "mustBe": 0},
        {"type": "sql", "query": "SELECT NULL", "mustBe": 0},
        {"type": "sql", "query": "SELECT '${", "mustBe": 0},
    ],
)
def test_a_rule_that_cannot_be_executed_fails(rule: dict[str, Any]) -> None:
    contract = contract_of({"name": "a", "logicalType": "string", "quality": [rule]})
    failed = [each for each in run(contract, pyarrow.table({"a": ["x"]})).outcomes if not each.passed]
    assert len(failed) == 1
    assert failed[0].refuses
    assert failed[0].error


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"query": "SELECT count(*) FROM ${table}", "mustBe": 0}, "3 rows break the rule: the result of the query"),
        ({"query": "SELECT count(*) FROM ${table}", "mustBeLessThan": 3, "description": "few rows"}, _LESS),
        ({"query": "SELECT count(*) FROM ${table}", "mustBeGreaterThan": 5}, _MORE),
        ({"query": "SELECT max(secret) FROM ${table}", "mustBe": 7, "name": "top"}, "top: 'must be 7' does not hold"),
        ({"query": "SELECT 'x'", "mustBeLessThan": 1}, _NOT_COMPARED),
    ],
)
def test_only_counts_of_a_query_are_told(rule: dict[str, Any], message: str) -> None:
    contract = contract_of({"name": "secret", "logicalType": "integer"}, quality=[{"type": "sql", **rule}])
    found = run(contract, pyarrow.table({"secret": [41, 42, 43]})).outcomes[-1]
    assert (found.message, found.passed) == (message, False)
