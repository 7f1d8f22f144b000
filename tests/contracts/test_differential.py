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
from compatibility_cases import CASES as FOLDER
from compatibility_cases import case, names

from platform_core.contracts.compatibility import judge

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / ".oracle" / "bin" / "python"
# Two contracts; how a dataset is cut into partitions is nothing that theirs could see.
CASES = [name for name in names() if case(name).old and case(name).new and case(name).partitions == (None, None)]
LISTED = yaml.safe_load((ROOT / "tests" / "cases" / "differential.yaml").read_text())
SIDES = {"consumer": "reader_safe", "producer": "writer_safe"}

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not ORACLE.exists(), reason="datacontract-cli is not here: run scripts/differential"),
]


@pytest.fixture(scope="module")
def oracle() -> dict[str, dict[str, list[str]]]:
    child = Path(__file__).with_name("oracle_child.py")
    folders = [FOLDER / name for name in CASES]
    done = subprocess.run([ORACLE, child, *folders], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def ours(name: str, side: str) -> str:
    verdict = judge(case(name).changes)
    return {True: "safe", False: "breaks", None: "undetermined"}[getattr(verdict, SIDES[side])]


def theirs(said: dict[str, list[str]], side: str) -> str:
    return "breaks" if said[side] else "safe"


@pytest.mark.parametrize("name", CASES)
def test_every_disagreement_has_a_reason(name: str, oracle: dict[str, dict[str, list[str]]]) -> None:
    said = oracle[name]
    differ = {side: f"ours {ours(name, side)}, theirs {theirs(said, side)} {said[side]}" for side in SIDES}
    differ = {side: text for side, text in differ.items() if ours(name, side) != theirs(said, side)}
    assert differ.keys() == {side for side in SIDES if any(name in group.get(side, ()) for group in LISTED)}, differ


def test_no_reason_is_left_over_and_each_case_has_one() -> None:
    for side in SIDES:
        listed = [name for group in LISTED for name in group.get(side, ())]
        assert set(listed) <= set(CASES)
        assert len(listed) == len(set(listed))
    assert all(len(group["reason"]) > 40 for group in LISTED)
