"""Contract rules as asset checks: what blocks, what only warns, and what their results may say."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from platform_core.audit import Check, Outcome, plan
from platform_core.checks import check_result, check_specs, door_checks
from platform_core.contracts import load_contract

CONTRACTS = Path(__file__).parents[1] / "cases" / "location" / "contracts"
KEY = dg.AssetKey(["shop", "orders"])


def test_each_rule_is_a_check_of_its_own_and_errors_block():
    contract = load_contract(CONTRACTS / "orders.odcs.yaml")
    specs = check_specs([*door_checks(contract), *plan(contract, "shop")], KEY)
    assert len({spec.name for spec in specs}) == len(specs) > 8
    assert all(spec.blocking for spec in specs)
    (warning,) = check_specs([Check("late", "row_count", severity="warning")], KEY)
    assert not warning.blocking


@pytest.mark.parametrize(
    ("outcome", "passed", "severity"),
    [
        (Outcome(Check("a", "enum"), False, "3 of 9 rows", 3, 9), False, dg.AssetCheckSeverity.ERROR),
        (
            Outcome(Check("a", "enum", severity="warning"), False, "3 of 9 rows", 3, 9),
            False,
            dg.AssetCheckSeverity.WARN,
        ),
        # Nobody knows what it would have said: that is an error, whatever the rule's severity.
        (
            Outcome(Check("a", "enum", severity="warning"), False, "?", error="it broke"),
            False,
            dg.AssetCheckSeverity.ERROR,
        ),
        (Outcome(Check("a", "enum"), True, "0 of 9 rows", 0, 9), True, dg.AssetCheckSeverity.ERROR),
    ],
)
def test_a_result_says_the_verdict_the_counts_and_the_partition(outcome, passed, severity):
    result = check_result(outcome, KEY, "2026-01")
    assert (result.passed, result.severity, result.check_name) == (passed, severity, "a")
    assert result.metadata["partition"].value == "2026-01"
    assert ("violations" in result.metadata) == (outcome.violations is not None)


def test_an_empty_delivery_is_a_check_unless_the_contract_allows_it(tmp_path):
    text = (CONTRACTS / "orders.odcs.yaml").read_text()
    allowing = text.replace(
        "status: active", "status: active\ncustomProperties: [{property: platformAllowEmpty, value: true}]"
    )
    file = tmp_path / "orders.odcs.yaml"
    for written, names in ((text, ["delivery", "not_empty"]), (allowing, ["delivery"])):
        file.write_text(written)
        assert [check.name for check in door_checks(load_contract(file))] == names
