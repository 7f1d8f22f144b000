"""What a registration in the workspace would meet: asked with its own functions, in this process, and not written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from platform_core.contracts.files import FOLDER, SUFFIX, dataset_of
from platform_core.findings import Finding, exit_code
from platform_core.formats.report import Merge, Unjudged
from platform_core.workspace import Workspace
from platform_core.workspace.gate import World
from platform_core.workspace.gate.changing import contract_changes
from platform_core.workspace.gate.needs import unkept
from platform_core.workspace.plan import plan_of
from platform_core.workspace.register import decide, placed
from platform_core.workspace.registry import load_registry, read_needs

__all__ = ["judge_contracts", "judge_merge"]

_NO_SERVER = Unjudged(
    "where its code server answers",
    "it has none registered yet.",
    "The first registration says it: platformctl register --host HOST --port PORT.",
)


def judge_merge(
    described: dict[str, Any], root: Path, workspace: Workspace, allow_pending: bool
) -> tuple[tuple[Finding, ...], Merge, tuple[Unjudged, ...]]:
    """Return what stands against registering a described location, what that would change, and what is not known yet.

    No code server is asked: what it runs is not what the pull request will bring.
    """
    plan = placed(plan_of(described, root, workspace, sys.executable), workspace, "", 0, ask=False)
    outcome = decide(plan, workspace, allow_pending, dry_run=True)
    findings, verdict = outcome.findings, outcome.verdict
    unjudged: tuple[Unjudged, ...] = ()
    if not plan.registration.host and any(one.id == "code-server-missing" for one in findings):
        findings = tuple(one for one in findings if one.id != "code-server-missing")
        unjudged = (_NO_SERVER,)
        verdict = verdict if exit_code(findings) else "would-register"
    return findings, Merge(verdict, outcome.changes, outcome.notices, outcome.waiting_for), unjudged


def judge_contracts(name: str, root: Path, workspace: Workspace) -> Iterator[Finding]:
    """Yield what can be said though the definitions do not load: of the contracts and the needs, by their files."""
    registry = load_registry(workspace)
    before = registry.get(name)
    if before is None:
        return
    files = sorted((root / FOLDER).glob(f"*{SUFFIX}"))
    contracts = {dataset_of(path): path.read_bytes() for path in files}
    new = replace(before, contracts=contracts, needs=read_needs(root), home=root)
    world = World({**registry, name: new})
    for change in contract_changes(new, before, world):
        yield from change.telling
    yield from unkept(new, world)  # what is used, definitions would say
