"""What a team's pipeline asks of a location, and its pre-commit hook a part of."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from platform_core.contracts import FOLDER, lint_paths
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations import FILE_NAME, check_location
from platform_core.onboarding.engines import check_engines
from platform_core.onboarding.ownership import check_ownership

__all__ = ["check_dbt", "check_definitions", "check_files", "run_tests"]

_FAILED, _NOTHING_COLLECTED = 1, 5  # exit codes of pytest


def check_files(root: Path) -> list[Finding]:
    """Return what the location's files say by themselves: location.yaml, contracts, whose file is whose. No Dagster."""
    document = load_document(root / FILE_NAME)
    whole = document.data or not document.problems
    found = [*document.problems, *(check_location(document) if whole else ())]
    if (root / FOLDER).is_dir():
        found += lint_paths([root / FOLDER])
    return [*found, *check_ownership(root)]


def check_definitions(root: Path) -> list[Finding]:
    """Return what keeps the location's datasets from fitting together: contracts, code and what they read.

    When nothing does, warnings of calls that make a re-run doubtful.
    """
    from platform_core.components.loading import load_datasets
    from platform_core.components.moving_calls import moving_calls

    document = load_document(root / FILE_NAME)
    package = root / "src" / str(document.data.get("name"))
    if not package.is_dir():
        message = f"there is no package src/{package.name}."
        fix = "The package has the location's name. Name both alike."
        return [Finding("package", "error", package.name, message, fix=fix, where=document.where("name"))]
    try:
        loaded = load_datasets(package)
    except FindingsError as error:
        return list(error.findings)
    own = [one for one in loaded.datasets if one.declaration.kind == "python" and not one.unsafe]
    moving = [found for one in own for found in moving_calls(one.declaration.where.path, one.asset.dataset)]
    return [*check_engines(loaded), *moving]


def check_dbt(root: Path) -> list[Finding]:
    """Return where the location's dbt projects disagree with its contracts, or use what other teams do not promise.

    dbt builds the models over empty tables for it, unless nothing has changed. A location without dbt imports none.
    What is only worth knowing, `platformctl contract lint` tells.
    """
    if not any(b"DbtProject" in file.read_bytes() for file in root.glob("src/*/defs/*/defs.yaml")):
        return []
    from platform_core.onboarding.dbt.judging import judge

    return [finding for finding in judge(root, build=True) if finding.level != "info"]


def run_tests(root: Path, output: Any = None) -> list[Finding]:
    """Run pytest in the location: the contract tests every location has, and its own. Return the failed ones.

    `output` is the stream that gets pytest's own words. Raises PlatformError when pytest cannot run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        # xunit1 is the one that says in which file and line a test stands
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "-o", "junit_family=xunit1"]
        code = subprocess.run(command, cwd=root, stdout=output, stderr=output, check=False).returncode
        if code == _NOTHING_COLLECTED:
            message = "pytest found no test, not even the contract tests."
            return [
                Finding("no-tests", "error", root.name, message, fix="Is platform_core's pytest plugin switched off?")
            ]
        if code not in (0, _FAILED) or not report.exists():  # without pytest, Python itself ends with 1
            message = f"the tests could not run (pytest ended with {code}); its output stands above."
            raise PlatformError(message, hint="Mend what it says, then run this again.")
        return list(_failures(root, report))


def _failures(root: Path, report: Path) -> Iterator[Finding]:
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by our own pytest
        for wrong in (*case.iter("failure"), *case.iter("error")):
            file, name = case.get("file") or "", case.get("name") or "test"
            where = Where(root / file, int(case.get("line") or -1) + 1) if file else None
            yield Finding("test", "error", name, f"{name}: {_said(file, wrong)}", where=where)


def _said(file: str, wrong: ElementTree.Element) -> str:
    """The contract tests say all there is to say; of a test in Python, the line that failed is enough here."""
    brief = (wrong.get("message") or "failed").strip().splitlines()
    return brief[0] if file.endswith(".py") and brief else (wrong.text or "failed").strip()
