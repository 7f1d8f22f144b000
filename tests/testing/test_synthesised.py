"""Samples satisfy their contract by construction: judged by the audit, which shares no code with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pytest
from making import HOME, broken, contract_of

from platform_core.contracts import load_contract
from platform_core.findings import FindingsError
from platform_core.testing import synthesise
from platform_core.testing.patterns import fits, make
from platform_core.testing.samples import made_up_references

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.odcs.yaml"))

FORMATS = ["email", "uuid", "uri", "hostname", "ipv4", "ipv6", "date", "time", "date-time", "password", "dd.MM.yyyy"]
COLUMNS: list[dict[str, Any]] = [
    {"name": "a", "logicalType": "string", "logicalTypeOptions": {"pattern": "[A-Z]{2}[0-9]{1,3}"}, "unique": True},
    {"name": "a", "logicalType": "string", "logicalTypeOptions": {"pattern": "^(ab|cd)+$", "maxLength": 4}},
    {"name": "a", "logicalType": "string", "logicalTypeOptions": {"minLength": 3, "maxLength": 3}, "unique": True},
    {"name": "a", "logicalType": "string", "enum": [{"value": "x"}, {"value": "y"}], "required": True},
    *(
        {"name": "a", "logicalType": "string", "logicalTypeOptions": {"format": form}, "unique": True}
        for form in FORMATS
    ),
    {"name": "a", "logicalType": "date", "physicalType": "VARCHAR", "logicalTypeOptions": {"format": "yyyy/MM/dd"}},
    {"name": "a", "logicalType": "string", "physicalType": "UUID"},
    {"name": "a", "logicalType": "string", "logicalTypeOptions": {"format": "binary", "maxLength": 3}},
    {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"exclusiveMinimum": 0, "maximum": 3}},
    {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"format": "u8"}, "unique": True},
    {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"format": "i8", "maximum": -100}},
    {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"multipleOf": 7, "minimum": 10, "maximum": 30}},
    {"name": "a", "logicalType": "number", "logicalTypeOptions": {"multipleOf": 0.1, "minimum": -1, "maximum": 1}},
    {"name": "a", "logicalType": "number", "logicalTypeOptions": {"exclusiveMinimum": 0, "exclusiveMaximum": 1e-6}},
    {"name": "a", "logicalType": "number", "logicalTypeOptions": {"format": "f32", "minimum": 0.1, "maximum": 0.2}},
    {"name": "a", "logicalType": "number", "logicalTypeOptions": {"minimum": 0.3, "maximum": 0.3}},
    {"name": "a", "logicalType": "number", "physicalType": "DECIMAL(4,2)", "logicalTypeOptions": {"minimum": 99.5}},
    {"name": "a", "logicalType": "date", "logicalTypeOptions": {"minimum": "2013-02-28", "maximum": "2013-03-01"}},
    {"name": "a", "logicalType": "date", "logicalTypeOptions": {"maximum": "1999-12-31"}, "unique": True},
    {"name": "a", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True, "minimum": "2013-01-01"}},
    {"name": "a", "logicalType": "timestamp", "logicalTypeOptions": {"exclusiveMaximum": "2013-01-01T00:00:00"}},
    {"name": "a", "logicalType": "time", "logicalTypeOptions": {"minimum": "08:00:00", "maximum": "08:00:01"}},
    {"name": "a", "logicalType": "boolean", "required": True},
    {"name": "a", "logicalType": "array", "logicalTypeOptions": {"minItems": 2, "maxItems": 3, "uniqueItems": True},
     "items": {"logicalType": "string", "enum": [{"value": v} for v in "pqrs"]}},
    {"name": "a", "logicalType": "object", "required": True, "properties": [
        {"name": "b", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 5}},
        {"name": "c", "logicalType": "array", "items": {"logicalType": "date"}}]},
    {"name": "a", "logicalType": "object", "logicalTypeOptions": {"required": ["b"], "maxProperties": 1},
     "properties": [
        {"name": "b", "logicalType": "string"}, {"name": "c", "logicalType": "string"}]},
    {"name": "a", "logicalType": "map", "map": {"key": {"logicalType": "string"},
     "value": {"logicalType": "integer", "logicalTypeOptions": {"maximum": 3}}}},
    {"name": "a", "logicalType": "vector", "logicalTypeOptions": {"dimensions": 3}},
    {"name": "a", "logicalType": "string", "quality": [
        {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "", "N/A"]}},
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["N/A", "no", "yes"]}}]},
    {"name": "a", "logicalType": "string", "quality": [
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "[0-9]{4}"}},
        {"metric": "nullValues", "mustBeBetween": [2, 5]}, {"metric": "duplicateValues", "mustBe": 0}]},
    {"name": "a", "logicalType": "integer",
     "quality": [{"metric": "nullValues", "mustBeGreaterThan": 50, "unit": "percent"}]},
]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str({**column, "name": ""})[12:70])
def test_a_sample_satisfies_the_rules_of_its_column(column: dict) -> None:
    contract = contract_of(column)
    table = synthesise(contract)
    assert table.num_rows > 0
    assert broken(contract, table) == set()
    assert synthesise(contract) == table


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_real_contracts_have_samples(path: Path) -> None:
    contract = load_contract(path)
    table = synthesise(contract)
    made_up = made_up_references(contract, table)
    names = {name if "/" in name else f"{HOME}/{name}": table for name, table in made_up.items()}
    with_sql = {check for check in broken(contract, table, names) if "wind" not in check and "cancelled" not in check}
    assert with_sql == set()


def test_seeds_differ_and_a_new_column_leaves_the_others_alone() -> None:
    number = {"name": "n", "logicalType": "integer"}
    one, other = synthesise(contract_of(number)), synthesise(contract_of(number), seed=1)
    assert one != other
    wider = synthesise(contract_of(number, {"name": "m", "logicalType": "string", "required": True}))
    assert sorted(wider["n"].drop_null().to_pylist()) == sorted(one["n"].drop_null().to_pylist())


def test_composite_keys_of_narrow_columns_use_every_combination_once() -> None:
    enum = [{"value": value} for value in ("x", "y", "z")]
    contract = contract_of(
        {"name": "a", "logicalType": "string", "enum": enum, "primaryKey": True, "primaryKeyPosition": 1},
        {"name": "b", "logicalType": "boolean", "primaryKey": True, "primaryKeyPosition": 2},
    )
    table = synthesise(contract, rows=20)
    assert table.num_rows == 6
    assert len(set(zip(table["a"].to_pylist(), table["b"].to_pylist(), strict=True))) == 6


def test_keys_point_into_the_tables_given() -> None:
    contract = contract_of(
        {"name": "c", "logicalType": "integer", "relationships": [{"to": "customers.id"}]},
        {"name": "x", "logicalType": "string", "required": True},
        {"name": "y", "logicalType": "integer", "required": True},
        relationships=[{"from": ["orders.x", "orders.y"], "to": ["geo.places.x", "geo.places.y"]}],
    )
    references = {
        "customers": pyarrow.table({"id": [7, 8, None]}),
        "geo/places": pyarrow.table({"x": ["p", "q"], "y": [1, 2]}),
    }
    table = synthesise(contract, references=references)
    assert set(table["c"].to_pylist()) == {7, 8, None}
    assert set(zip(table["x"].to_pylist(), table["y"].to_pylist(), strict=True)) == {("p", 1), ("q", 2)}
    assert broken(contract, table, references) == set()


def test_keys_into_the_dataset_itself_point_to_its_own_rows() -> None:
    contract = contract_of(
        {"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1},
        {"name": "parent", "logicalType": "integer", "relationships": [{"to": "orders.id"}]},
    )
    assert broken(contract, synthesise(contract)) == set()


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"mustBeGreaterThan": 1000}, 1001),
        ({"mustBe": 3}, 3),
        ({"mustBeBetween": [30, 40]}, 30),
        ({"mustBeLessThan": 9}, 8),
    ],
)
def test_row_count_rules_decide_how_many_rows(rule: dict, rows: int) -> None:
    contract = contract_of({"name": "n", "logicalType": "integer"}, quality=[{"metric": "rowCount", **rule}])
    assert synthesise(contract, rows=20).num_rows == rows


IMPOSSIBLE = [
    ({"name": "a", "logicalType": "integer", "logicalTypeOptions": {"minimum": 5, "maximum": 4}}, "leave no value"),
    ({"name": "a", "logicalType": "string", "logicalTypeOptions": {"minLength": 5, "pattern": "[a-z]"}}, "no value"),
    ({"name": "a", "logicalType": "string", "logicalTypeOptions": {"pattern": r"\p{Lu}"}}, "pattern cannot be read"),
    ({"name": "a", "logicalType": "integer", "enum": [{"value": 9}], "logicalTypeOptions": {"maximum": 3}}, "no value"),
    ({"name": "a", "logicalType": "date", "logicalTypeOptions": {"minimum": "soon"}}, "soon"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "why"), IMPOSSIBLE, ids=lambda value: value if isinstance(value, str) else "")
def test_rules_that_leave_nothing_are_findings_with_their_place(column: dict, why: str) -> None:
    fine = {"name": "b", "logicalType": "integer"}
    with pytest.raises(FindingsError) as refused:
        synthesise(contract_of(fine, column))
    (finding,) = refused.value.findings
    assert finding.subject == "orders.a"
    assert why in finding.message
    assert finding.fix and finding.where


def test_a_row_count_that_keys_cannot_reach_is_a_finding() -> None:
    key = {"name": "b", "logicalType": "boolean", "unique": True, "required": True}
    contract = contract_of(key, quality=[{"metric": "rowCount", "mustBeGreaterThan": 2}])
    with pytest.raises(FindingsError, match="its keys leave 2 different rows"):
        synthesise(contract)


@pytest.mark.parametrize(
    "pattern", [r"[[:alpha:]]+\z", r"^\d{4}-\d\d$", r"[^a-c]\w\S", r"(?:a|bc)*x?", r"\.\[\]\\", "é+"]
)
def test_patterns_make_text_they_match(pattern: str) -> None:
    from random import Random

    assert all(fits(pattern, make(pattern, Random(seed))) for seed in range(20))
