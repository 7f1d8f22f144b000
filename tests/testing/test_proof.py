"""The proof itself: a rule the audit forgets is noticed, thresholds are really passed, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pytest
from making import HOME, contract_of

from platform_core.contracts import Contract
from platform_core.testing.proof import Bench, Proof, check_sample, prove
from platform_core.testing.sampled import sample_for
from platform_core.testing.samples import made_up_references, rows_of

FOLDER = Path("tests/violations/orders")
NUMBER = {"name": "n", "logicalType": "integer", "logicalTypeOptions": {"minimum": 1, "maximum": 9}, "required": True}


def proof_of(contract: Contract, forget: str = "", cases: dict[str, pyarrow.Table] | None = None) -> Proof:
    references = made_up_references(contract, rows_of(contract, 20))
    with Bench(contract, HOME, references) as bench:
        small = sample_for(bench, Path("nowhere")).small
        bench.checks = tuple(check for check in bench.checks if check.name != forget)
        return prove(bench, small, cases or {}, FOLDER)


@pytest.mark.parametrize("forget", ["required_n", "range_n", "schema_columns", "schema_types"])
def test_a_rule_that_the_audit_forgets_is_noticed(forget: str) -> None:
    assert proof_of(contract_of(NUMBER)).findings == ()
    ids = {finding.id for finding in proof_of(contract_of(NUMBER), forget).findings}
    assert ids == {"not-caught"}


@pytest.mark.parametrize(
    ("threshold", "unit", "rows"), [(15, "percent", 20), (3, "rows", 20), (70, "rows", 20), (0, "rows", 3)]
)
def test_thresholds_are_passed_on_purpose(threshold: int, unit: str, rows: int) -> None:
    properties = [
        {"property": "platformThreshold", "value": threshold},
        {"property": "platformUnit", "value": unit},
        {"property": "platformSeverity", "value": "warning"},
    ]
    link = {"to": "geo.places.id", "customProperties": properties}
    contract = contract_of({"name": "place", "logicalType": "string", "relationships": [link]})
    proof = proof_of(contract)
    assert (proof.proven, proof.findings) == (3, ())


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "nullValues", "mustBeLessThan": 30, "unit": "percent"},
        {"metric": "nullValues", "mustBeBetween": [0, 2]},
        {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": ["n/a"]}},
        {"metric": "invalidValues", "mustBeLessOrEqualTo": 3, "arguments": {"validValues": ["a", "b"]}},
        {"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "[a-z]+"}},
        {"metric": "duplicateValues", "mustBe": 0},
    ],
    ids=lambda rule: "-".join(map(str, rule))[:40] + str(len(str(rule))),
)
def test_metrics_are_broken_by_count(rule: dict[str, Any]) -> None:
    proof = proof_of(contract_of({"name": "s", "logicalType": "string", "quality": [rule]}))
    assert (proof.proven, proof.findings) == (3, ())


def test_composite_rules_of_the_dataset_are_broken_as_a_whole() -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "string", "primaryKey": True, "primaryKeyPosition": 2},
        {"name": "b", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1},
        {"name": "c", "logicalType": "integer"},
        relationships=[{"from": ["orders.a", "orders.c"], "to": ["geo.places.a", "geo.places.c"]}],
        quality=[
            {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["b", "c"]}},
            {"metric": "rowCount", "mustBeBetween": [5, 500]},
        ],
    )
    proof = proof_of(contract)
    assert (proof.proven, proof.findings) == (proof.rules, ())


SQL = {"name": "calm", "type": "sql", "query": "SELECT count(*) FROM ${table} WHERE n > 5", "mustBe": 0}


@pytest.mark.processes
def test_rules_in_sql_are_unproven_without_a_case_and_proven_by_one() -> None:
    contract = contract_of(NUMBER, quality=[SQL, {"type": "custom", "engine": "other", "implementation": "x"}])
    (unproven, note) = proof_of(contract).findings
    assert (unproven.id, unproven.level, unproven.subject) == ("unproven", "error", "orders.calm")
    assert unproven.fix == "Put a few rows that break it in tests/violations/orders/calm.csv."
    assert (note.id, note.level) == ("rule-not-executed", "info")
    cases = {"calm": pyarrow.table({"n": pyarrow.array([7, 3], pyarrow.int64())})}
    proof = proof_of(contract, cases=cases)
    assert (proof.proven, [finding.level for finding in proof.findings]) == (proof.rules, ["info"])
    harmless = {"calm": cases["calm"].slice(1), "clam": cases["calm"]}
    assert [f.id for f in proof_of(contract, cases=harmless).findings][:2] == ["harmless-case", "case-without-rule"]


def test_rows_are_chosen_that_satisfy_rules_in_sql() -> None:
    contract = contract_of(NUMBER, quality=[SQL])
    with Bench(contract, HOME, {}) as bench:
        sample = sample_for(bench, Path("nowhere"))
        assert sample.table.num_rows == 20 and max(sample.table["n"].to_pylist()) <= 5


@pytest.mark.parametrize("own", [False, True])
def test_a_sample_need_not_be_as_large_as_a_delivery(tmp_path: Path, own: bool) -> None:
    contract = contract_of(NUMBER, quality=[{"metric": "rowCount", "mustBeGreaterThan": 5_000_000}])
    if own:
        (tmp_path / "tests" / "samples").mkdir(parents=True)
        (tmp_path / "tests" / "samples" / "orders.csv").write_text("n\n3\n4\n")
    with Bench(contract, HOME, {}) as bench:
        sample = sample_for(bench, tmp_path)
        assert check_sample(bench, sample.table, sample.path, sample.whole) == []
        proof = prove(bench, sample.small, {}, FOLDER)
    assert (proof.proven, proof.findings) == (proof.rules, ())


def test_what_the_type_holds_by_itself_needs_no_violation() -> None:
    column = {"name": "n", "logicalType": "integer", "physicalType": "TINYINT", "logicalTypeOptions": {"minimum": -128}}
    assert proof_of(contract_of(column)).findings == ()


def test_a_pattern_that_matches_everything_is_unproven() -> None:
    column = {"name": "s", "logicalType": "string", "logicalTypeOptions": {"pattern": "(?s).*"}}
    assert [finding.subject for finding in proof_of(contract_of(column)).findings] == ["orders.pattern_s"]
