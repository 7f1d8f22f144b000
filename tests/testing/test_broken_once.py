"""Violations: for every rule data that breaks it, and the audit notices. Contracts at random, by hypothesis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from making import HOME, contract_of

from platform_core.findings import FindingsError
from platform_core.testing.matching import meant_by
from platform_core.testing.proof import Bench, prove
from platform_core.testing.samples import made_up_references, synthesise
from platform_core.testing.violations import HELD, violations

METRICS = [
    {"metric": "nullValues", "mustBe": 0},
    {"metric": "nullValues", "mustBeLessThan": 20, "unit": "percent"},
    {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "n/a"]}},
    {"metric": "duplicateValues", "mustBe": 0},
]


@st.composite
def bounds(draw: Any, low: int, high: int) -> dict[str, Any]:
    first = draw(st.integers(low, high - 40))
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = first
    if draw(st.booleans()):
        found[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = first + draw(st.integers(30, 40))
    return found


@st.composite
def scalars(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["string", "integer", "number", "date", "timestamp", "boolean", "enum", "decimal"]))
    if kind == "enum":
        values = draw(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=5, unique=True))
        return {"logicalType": "string", "enum": [{"value": value} for value in values]}
    if kind == "string":
        options = draw(
            st.sampled_from([{}, {"pattern": "[A-Z]{3}[0-9]+"}, {"format": "email"}, {"minLength": 2, "maxLength": 9}])
        )
        return {"logicalType": "string", "logicalTypeOptions": options}
    if kind in ("date", "timestamp"):
        days = draw(bounds(1, 300))
        options = {name: f"20{13 + day // 360}-{day % 12 + 1:02}-{day % 28 + 1:02}" for name, day in days.items()}
        assume(len(options) < 2 or sorted(options.items(), key=lambda pair: pair[1])[0][0].endswith("inimum"))
        return {"logicalType": kind, "logicalTypeOptions": options}
    if kind == "decimal":
        return {"logicalType": "number", "physicalType": "DECIMAL(9,2)", "logicalTypeOptions": draw(bounds(-500, 500))}
    options = draw(bounds(-500, 500)) if kind != "boolean" else {}
    if kind == "integer" and draw(st.booleans()):
        options["multipleOf"] = draw(st.sampled_from([2, 3, 5]))
    return {"logicalType": kind, "logicalTypeOptions": options}


@st.composite
def columns(draw: Any, name: str) -> dict[str, Any]:
    shape = draw(st.sampled_from(["scalar"] * 6 + ["object", "array"]))
    if shape == "object":
        inner = [{"name": f"f{place}", **draw(scalars()), "required": draw(st.booleans())} for place in range(2)]
        return {"name": name, "logicalType": "object", "properties": inner, "required": draw(st.booleans())}
    if shape == "array":
        options = draw(st.sampled_from([{}, {"minItems": 1}, {"maxItems": 3}, {"minItems": 2, "uniqueItems": True}]))
        items = {"logicalType": "integer", "logicalTypeOptions": draw(bounds(0, 100))}
        return {"name": name, "logicalType": "array", "items": items, "logicalTypeOptions": options}
    column = {"name": name, **draw(scalars()), "required": draw(st.booleans())}
    wide = column["logicalType"] != "boolean" and "enum" not in column
    column["unique"] = wide and draw(st.booleans())
    if wide and draw(st.integers(0, 3)) == 0:
        column["relationships"] = [{"to": f"others.{name}"}]
    if draw(st.integers(0, 2)) == 0:
        metric = draw(st.sampled_from(METRICS if wide else METRICS[:2]))
        column["quality"] = [{"name": f"rule_{name}", **metric}]
    return column


@st.composite
def contracts(draw: Any) -> Any:
    found = [draw(columns(f"c{place}")) for place in range(draw(st.integers(1, 5)))]
    if draw(st.booleans()):
        found.append({"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1})
    quality = draw(st.sampled_from([[], [{"metric": "rowCount", "mustBeBetween": [5, 90]}]]))
    return contract_of(*found, quality=quality)


def check(contract: Any) -> None:
    try:
        sample = synthesise(contract)
    except FindingsError:
        assume(False)
    made_up = made_up_references(contract, sample)
    with Bench(contract, HOME, made_up) as bench:
        assert [outcome.message for outcome in bench.audit(sample) if not outcome.passed] == []
        for violation in violations(contract, sample, made_up):
            if violation.table is None:
                assert violation.reason == HELD, violation
                continue
            as_is = violation.rule in ("present", "type")
            failed = [outcome.check for outcome in bench.audit(violation.table, None, as_is) if not outcome.passed]
            meant = {check.name: check for check in meant_by(violation, bench.checks, contract)}
            assert any(check.name in meant for check in failed), (violation.rule, violation.path)
            touched = set(violation.path) | {column for check in meant.values() for column in check.columns}
            beside = {c.name for c in failed if c.name not in meant and not touched & set(c.columns)}
            whole = {"schema_columns", "schema_types"} if violation.rule in ("present", "type") else set()
            assert beside <= whole | ({"row_count"} if violation.rule == "rowCount" else set()), violation
        proof = prove(bench, sample, {}, Path("tests/violations/orders"))
        assert (proof.proven, proof.findings) == (proof.rules, ())


QUICK = settings(
    max_examples=8, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@QUICK
@given(contracts())
@pytest.mark.processes
def test_every_rule_of_a_contract_is_broken_once_and_caught(contract: Any) -> None:
    check(contract)


@pytest.mark.slow
@settings(QUICK, max_examples=80)
@given(contracts())
def test_every_rule_of_many_contracts_is_broken_once_and_caught(contract: Any) -> None:
    check(contract)
