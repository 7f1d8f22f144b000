"""Violations: for every rule data that breaks it, and the audit notices. Contracts at random, by hypothesis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from any_contract import contracts
from hypothesis import HealthCheck, assume, given, settings
from making import HOME

from platform_core.findings import FindingsError
from platform_core.testing.matching import meant_by
from platform_core.testing.proof import Bench, prove
from platform_core.testing.samples import made_up_references, synthesise
from platform_core.testing.violations import HELD, violations


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
