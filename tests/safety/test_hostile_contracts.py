"""Whatever structure a contract has: findings, or a contract that can be used from end to end. Never a traceback."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hostile_contracts import document, errors_of, lintable, sound_contracts, spoilt, structures
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from platform_core.audit import notes, plan
from platform_core.audit.postgres.foreseen import foreseen
from platform_core.contracts.lint.local import local_findings
from platform_core.contracts.lint.references import outline
from platform_core.contracts.model import Column, Contract
from platform_core.contracts.places import Lint
from platform_core.contracts.types import canonical_type, duckdb_type
from platform_core.formats.findings import render

FEW = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=700)
ANY = st.one_of(spoilt(), spoilt(), structures())


def _judged(data: dict[str, Any]) -> None:
    findings = local_findings(document(data))
    outline(Lint(document(data)))
    for finding in findings:
        assert finding.id and finding.subject and finding.message
        assert len(finding.message) < 2000, "no finding repeats a whole file"
    for form in ("text", "json", "markdown", "github"):
        lines = render(findings, form).encode().decode().split("\n")
        signs = {sign for line in lines for sign in line.replace("\t", "")}
        assert not [sign for sign in signs if unicodedata.category(sign) == "Cc"], "they drive a terminal"
    contract = lintable(data)
    if contract is None:
        assert errors_of(data), "neither a contract nor a word why"
        return
    _used(contract)


def _used(contract: Contract) -> None:
    assert len(contract.hash) == 12
    assert isinstance(contract.description, str) and isinstance(contract.owner, str)
    assert isinstance(contract.allows_empty, bool)
    contract.sla("latency", "freshness")
    assert set(contract.primary_key) <= {column.name for column in contract.columns}
    for column in contract.columns:
        _column(column)
    names = [check.name for check in plan(contract, "shop")]
    assert len(names) == len(set(names))
    notes(contract)
    foreseen(contract, "shop")


def _column(column: Column) -> None:
    assert isinstance(column.description, str) and isinstance(column.classification, str)
    assert isinstance(column.enum, tuple)
    type_ = duckdb_type(column)
    assert canonical_type(type_), type_
    for child in column.children:
        _column(child)


@FEW
@example({})
@example({"schema": []})
@example({"schema": [{"name": "orders", "quality": [{"metric": ["rowCount"]}]}]})
@example({"schema": [{"name": "orders", "quality": [{"metric": {"a": 1}, "type": "library"}]}]})
@given(ANY)
def test_any_structure(data: dict[str, Any]) -> None:
    _judged(data)


@pytest.mark.slow
@MANY
@given(ANY)
def test_many_structures(data: dict[str, Any]) -> None:
    _judged(data)


def test_the_contracts_that_are_spoilt_were_sound() -> None:
    contracts = [lintable(data) for data in sound_contracts()]
    assert len(contracts) > 8
    for contract in contracts:
        assert contract is not None
        _used(contract)
