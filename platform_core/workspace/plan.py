"""What a registration would write: the location, described by its own Python environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core import clock
from platform_core.contracts.files import contract_path
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.lineage import Graph
from platform_core.locations import FILE_NAME, find_root, own_exemptions
from platform_core.workspace.describe import FORMAT
from platform_core.workspace.environment import workspace_environment
from platform_core.workspace.identity import commit_of, repository_of, source_hash
from platform_core.workspace.layout import Workspace
from platform_core.workspace.registry import Registration, read_needs

__all__ = ["Plan", "describing_environment", "findings_of", "location_python", "make_plan", "plan_of", "undescribed"]

TIMEOUT = 300  # seconds for the import of the team's code
_DESCRIBED = {"sql-column-unknown"}  # errors of a location that can be described all the same
_DESCRIBE = "import sys; from platform_core.workspace.describe import main; main(*sys.argv[1:])"


@dataclass(frozen=True)
class Plan:
    """The registration as it would be written (its port still 0), and what its own environment found worth saying."""

    registration: Registration
    findings: tuple[Finding, ...] = ()


def location_python(root: Path, option: str = "") -> str:
    """Return the interpreter of the location's environment: `option`, else <root>/.venv, else the one running now."""
    if option:
        found = Path(option).absolute()  # not resolved: the link in a venv is what makes it that venv
        if not os.access(found, os.X_OK) or not found.is_file():
            raise PlatformError("is not a Python interpreter.", Where(found), "Name one with --python.")
        return str(found)
    for place in (".venv/bin/python", ".venv/Scripts/python.exe"):
        if (root / place).is_file():
            return str(root / place)
    return sys.executable


def make_plan(root: Path, workspace: Workspace, python: str = "") -> Plan:
    """Load the location at `root`, or the nearest above it, in its own environment; return what would be registered.

    Raises PlatformError when there is none or that environment cannot run, FindingsError with everything wrong in it.
    """
    root = find_root(root.absolute())
    before = source_hash(root)
    interpreter = location_python(root, python)
    data = _described(root, workspace, interpreter)
    plan = plan_of(data, root, workspace, interpreter)
    if plan.registration.source_hash != before:
        raise PlatformError("the location's files changed while it was read.", Where(root), "Register it again.")
    return plan


def plan_of(data: dict[str, Any], root: Path, workspace: Workspace, interpreter: str) -> Plan:
    """Return what would be registered of the location in `root`; `data` is what `describe` answered.

    Raises FindingsError with everything wrong in it, when the description holds errors that leave it `undescribed`.
    """
    findings = findings_of(data)
    if undescribed(data):
        raise FindingsError("The location cannot be registered:", findings)
    location = data["location"]
    served = workspace.settings.server is not None  # by a code server that others start
    contracts = {dataset: contract_path(root, dataset).read_bytes() for dataset in data["contracts"]}
    needs = read_needs(root)  # as the contracts, before the hash that says what was read
    registration = Registration(
        name=location["name"],
        owner=location["owner"],
        repository=repository_of(root, location["repository"]),
        package=location["name"],
        python="" if served else interpreter,
        root="" if served else str(root),
        description=location["description"],
        contact=location["contact"],
        secrets=_secrets(location),
        engine=location["engine"],  # empty: as it is registered, else the workspace's
        commit=commit_of(root),
        source_hash=source_hash(root),
        versions=data["versions"],
        graph=Graph.from_data(data["graph"]),
        contracts=contracts,
        needs=needs,
        exemptions=own_exemptions(root, clock.today()).exemptions,
        home=root,
        lines={str(key[0]): line for key, line in load_document(root / FILE_NAME).lines.items() if len(key) == 1},
    )
    return Plan(registration, findings)


def undescribed(data: dict[str, Any]) -> bool:
    """Whether so much is wrong that nobody knows what would be registered. Other errors stand beside the gate's."""
    wrong = {finding.id for finding in findings_of(data) if finding.level == "error"}
    return data["graph"] is None or bool(wrong - _DESCRIBED)


def findings_of(data: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what `describe` found, from its answer."""
    return tuple(_finding(item) for item in data["findings"])


def _secrets(location: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({*location["secrets"], *([location["webhook_secret"]] if location["webhook_secret"] else [])}))


def describing_environment(workspace: Workspace) -> dict[str, str]:
    """Return the variables with which a location is described; the workspace need not be rendered."""
    environment = workspace_environment(workspace)
    if not workspace.catalog.is_file():  # not rendered since it was cloned
        del environment["PLATFORM_CATALOG"]
    return environment


def _described(root: Path, workspace: Workspace, python: str) -> dict[str, Any]:
    environment = describing_environment(workspace)
    with tempfile.TemporaryDirectory(prefix="platformctl-") as folder:
        answer = Path(folder) / "answer.json"
        command = [python, "-c", _DESCRIBE, str(root), str(answer)]
        try:
            done = subprocess.run(
                command, cwd=root, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except OSError as error:
            raise PlatformError(f"cannot be run: {error.strerror}.", Where(Path(python))) from error
        except subprocess.TimeoutExpired as error:
            hint = "Something waits at import: a connection, a prompt?"
            raise PlatformError(f"its definitions did not load in {TIMEOUT} seconds.", Where(root), hint) from error
        if not answer.is_file():
            raise PlatformError(
                _why_silent(python, done), Where(root), "Sync the environment, or name it with --python."
            )
        data: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if data["format"] != FORMAT:
        message = f"its platform_core ({data['versions']['platform_core']}) does not match this platformctl."
        raise PlatformError(message, Where(root), "Run platformctl from the location's own environment.")
    return data


def _why_silent(python: str, done: subprocess.CompletedProcess[str]) -> str:
    if "No module named 'platform_core'" in done.stderr or "No module named platform_core" in done.stderr:
        return f"the environment of {python} has no platform_core."
    last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
    return f"the location could not be read in the environment of {python}: {last}"


def _finding(data: dict[str, Any]) -> Finding:
    where = Where(Path(data["where"][0]), data["where"][1]) if data["where"] else None
    return Finding(**{**data, "where": where})
