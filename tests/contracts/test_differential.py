"""Our verdicts on changed contracts against those of datacontract-cli. `scripts/differential` makes it available.

Each disagreement is listed in tests/cases/differential.yaml with its reason; one that is not listed fails, and so does
one that is listed and no longer there.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from platform_core.contracts import load_contract
from platform_core.contracts.compatibility import judge
from platform_core.contracts.diff import diff

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / ".oracle" / "bin" / "python"
CASES = sorted(path.parent for path in (ROOT / "tests" / "cases" / "compatibility").glob("*/old.odcs.yaml"))
LISTED: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "tests" / "cases" / "differential.yaml").read_text())
SIDES = {"consumer": "reader_safe", "producer": "writer_safe"}

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not ORACLE.exists(), reason="datacontract-cli is not here: run scripts/differential"),
]


@pytest.fixture(scope="module")
def oracle() -> dict[str, dict[str, list[str]]]:
    child = Path(__file__).with_name("oracle_child.py")
    done = subprocess.run([ORACLE, child, *CASES], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def ours(case: Path, side: str) -> str:
    verdict = judge(diff(*(load_contract(case / f"{name}.odcs.yaml") for name in ("old", "new"))))
    return {True: "safe", False: "breaks", None: "undetermined"}[getattr(verdict, SIDES[side])]


def theirs(said: dict[str, list[str]], side: str) -> str:
    return "breaks" if said[side] else "safe"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_disagreement_has_a_reason(case: Path, oracle: dict[str, dict[str, list[str]]]) -> None:
    said = oracle[case.name]
    differ = {side: f"ours {ours(case, side)}, theirs {theirs(said, side)} {said[side]}" for side in SIDES}
    differ = {side: text for side, text in differ.items() if ours(case, side) != theirs(said, side)}
    reasons = LISTED.get(case.name, {})
    assert differ.keys() == reasons.keys(), differ
    assert all(len(reason) > 20 for reason in reasons.values())


def test_no_reason_is_left_over() -> None:
    assert LISTED.keys() <= {case.name for case in CASES}
