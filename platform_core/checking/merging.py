"""What a registration in the workspace would meet: asked with its own functions, in this process, and not written."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from platform_core.findings import Finding
from platform_core.formats.report import Change, Merge, Told
from platform_core.workspace import Registered, Workspace, load_registry
from platform_core.workspace.plan import plan_of
from platform_core.workspace.register import decide

__all__ = ["judge_merge"]


def judge_merge(
    described: dict[str, Any], root: Path, workspace: Workspace, allow_pending: bool
) -> tuple[tuple[Finding, ...], Merge]:
    """Return what stands against registering a described location, and what that would change."""
    plan = plan_of(described, root, workspace, sys.executable)
    outcome = decide(plan, workspace, allow_pending, dry_run=True)
    return outcome.findings, Merge(outcome.verdict, _changes(outcome), _told(outcome, workspace), outcome.waiting_for)


def _changes(outcome: Registered) -> tuple[Change, ...]:
    what: dict[tuple[str, str], list[str]] = {}
    for change in outcome.changes:
        what.setdefault((change.kind, change.key), []).append(change.field)
    return tuple(Change(kind, key, tuple(filter(None, fields))) for (kind, key), fields in what.items())


def _told(outcome: Registered, workspace: Workspace) -> tuple[Told, ...]:
    changed = {change.key for change in outcome.changes if change.kind != "added"}
    others = (one for name, one in load_registry(workspace).items() if name != outcome.registration.name)
    return tuple(
        Told(one.name, one.owner, one.contact, tuple(sorted(reads)))
        for one in others
        if (reads := _reads(one.graph.external, changed))
    )


def _reads(external: Iterable[str], changed: set[str]) -> set[str]:
    return changed.intersection(external)
