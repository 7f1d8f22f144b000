"""Every kind of check, broken and unbroken, on files of each Parquet writer and on tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from auditing import WRITERS, column_of, contract_of, outcome, run

from platform_core.audit.columns import RULES
from platform_core.audit.duckdb.engine import KINDS
from platform_core.audit.quality import METRICS

CASES = sorted((Path(__file__).parents[1] / "cases" / "audit").glob("*.yaml"))


def _load(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    return case


def _contract(case: dict[str, Any]) -> Any:
    return contract_of({"name": "value", **case["property"]}, quality=case.get("quality") or [])


@pytest.mark.parametrize("where", [*WRITERS, "table"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, where: str, tmp_path: Path) -> None:
    """Good values pass everything; bad ones break the one rule, by exactly so many rows."""
    case = _load(path)
    contract = _contract(case)
    for quality in ("good", "bad"):
        table = column_of(case["type"], case[quality])
        try:
            staged = table if where == "table" else WRITERS[where](table, tmp_path / f"{quality}.parquet")
        except Exception as error:
            pytest.skip(f"{where} does not write {case['type']}: {type(error).__name__}")
        result = run(contract, staged)
        messages = [f"{each.check.name}: {each.message}" for each in result.outcomes if not each.passed]
        if quality == "good":
            assert not messages
        else:
            assert [each.check.name for each in result.outcomes if not each.passed] == [case["breaks"]], messages
            assert outcome(result, case["breaks"]).violations == case["violations"]
            assert not outcome(result, case["breaks"]).error, messages


def test_every_kind_has_a_case() -> None:
    """A check kind without a case is a promise nobody has seen broken."""
    from platform_core.audit import plan

    kinds = {check.kind for path in CASES for check in plan(_contract(_load(path)), "shop")}
    elsewhere = {"foreign_key", "unsupported"}  # test_references, test_outcomes
    assert set(RULES) <= kinds
    assert set(KINDS) - elsewhere == kinds
    metrics = {
        rule.get("metric")
        for path in CASES
        for rule in [*(_load(path)["property"].get("quality") or ()), *(_load(path).get("quality") or ())]
    }
    assert set(METRICS) <= metrics
