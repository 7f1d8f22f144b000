"""Every finding of the gate in a case of its own: a workspace, a location it speaks against, a mirror that passes.

`workspace` are the registrations before, `location` the one that wants in, `mirror` the same one with the fix made.
`expected` are all findings, as `level id owner subject`.
"""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from gate_cases import CASES, registered

import platform_core
from platform_core.findings import Finding
from platform_core.workspace.gate import gate

FILES = sorted(CASES.glob("*.yaml"))
SOURCES = [
    *Path(platform_core.__file__).parent.glob("workspace/gate/*.py"),
    Path(platform_core.__file__).parent / "lineage" / "need_use.py",
    Path(platform_core.__file__).parent / "workspace" / "terms.py",
    Path(platform_core.__file__).parent / "lineage" / "judgement.py",
]


def judged(case: dict[str, Any], which: str) -> tuple[Finding, ...]:
    registry = {said["name"]: registered(said) for said in case.get("workspace", [])}
    today = case.get("today", datetime.date(2026, 3, 1))
    return gate(registered(case[which]), registry, case.get("allow_pending", False), today=today)


def short(finding: Finding) -> str:
    return f"{finding.level} {finding.id} {finding.owner} {finding.subject}"


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_case(file: Path) -> None:
    case = yaml.safe_load(file.read_text())
    found = judged(case, "location")
    assert [short(finding) for finding in found] == case["expected"]
    assert file.stem in [finding.id for finding in found]
    for words in case.get("says", []):
        assert any(words in f"{finding.message} {finding.fix} {finding.where}" for finding in found), words
    mirror = judged(case, "mirror")
    assert file.stem not in [finding.id for finding in mirror if finding.level != "info"]
    assert [short(finding) for finding in mirror if finding.level == "error"] == []


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_every_error_says_what_to_do_and_who(file: Path) -> None:
    for finding in judged(yaml.safe_load(file.read_text()), "location"):
        assert finding.owner
        assert finding.message.endswith((".", "?")), finding.message
        assert finding.fix or finding.id == "need-format" or finding.level == "info", finding


def test_every_finding_of_the_gate_has_a_case() -> None:
    """An id stands in the source as the first argument of Finding."""
    ids = {id for path in SOURCES for id in re.findall(r'Finding\(\s*"([a-z-]+)"', path.read_text())}
    assert ids - {path.stem for path in FILES} == set()
