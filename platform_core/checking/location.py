"""Check a location: each stage says what it finds, whatever the others found."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platform_core.checking.merging import judge_merge
from platform_core.components.loading import kept
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.formats.report import Merge, Report, Unjudged
from platform_core.onboarding.checking import check_dbt, check_definitions, check_files
from platform_core.workspace import Workspace
from platform_core.workspace.describe import describe
from platform_core.workspace.plan import describing_environment, findings_of

__all__ = ["check_location"]

NO_WORKSPACE = Unjudged(
    "the workspace",
    "no workspace is named: unknown are what other teams publish and need, and what a change would do to them.",
    "Name a copy of it, with --workspace DIR or PLATFORM_WORKSPACE; nothing is written there.",
)


def check_location(
    root: Path, workspace: Workspace | None = None, *, fast: bool = False, allow_pending: bool = False
) -> Report:
    """Return everything that stands against merging the location in `root` as it is now.

    With `fast`, only what files say: no Dagster is imported. With a `workspace`, what a registration there would meet:
    it is read and never written. `allow_pending` as for a registration. Raises PlatformError when the location or the
    workspace cannot be read at all.
    """
    found = _Found(check_files(root))
    if fast:
        return Report(root.name, found.all)
    # What the team's code prints while it is imported is no part of the answer.
    with contextlib.redirect_stdout(sys.stderr), _variables(workspace), kept():
        described = describe(root)
        found.add(findings_of(described))
        found.add(check_definitions(root))
        found.add(check_dbt(root))
        merge, unjudged = _merge(found, described, root, workspace, allow_pending)
    name = described["location"]["name"] if described["location"] else root.name
    return Report(name, found.all, merge, unjudged)


@contextlib.contextmanager
def _variables(workspace: Workspace | None) -> Iterator[None]:
    """Give the location the platform's variables that its registration gives it: which engine it is on, for one."""
    before = dict(os.environ)
    if workspace is not None:
        given = describing_environment(workspace)
        for name in [name for name in before if name.startswith("PLATFORM_") and name not in given]:
            del os.environ[name]
        os.environ.update({name: value for name, value in given.items() if name.startswith("PLATFORM_")})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _merge(
    found: _Found, described: dict[str, Any], root: Path, workspace: Workspace | None, allow_pending: bool
) -> tuple[Merge | None, tuple[Unjudged, ...]]:
    if workspace is None:
        return None, (NO_WORKSPACE,)
    if described["graph"] is None:
        why = "the definitions do not load: nobody knows which datasets there would be."
        return None, (Unjudged("the workspace", why, "Mend what stands above."),)
    try:
        findings, merge = judge_merge(described, root, workspace, allow_pending)
    except PlatformError as error:
        return None, (Unjudged("the workspace", str(error), error.hint, failed=True),)
    found.add(findings)
    return merge, ()


class _Found:
    """Findings in the order in which they were found, each once."""

    def __init__(self, findings: list[Finding]) -> None:
        self.all: list[Finding] = []
        self.add(findings)

    def add(self, findings: Any) -> None:
        self.all += [one for one in dict.fromkeys(findings) if one not in self.all]
