"""Check a location: each stage says what it finds, whatever the others found."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from platform_core import clock
from platform_core.checking.files import name_of
from platform_core.checking.merging import judge_contracts, judge_merge
from platform_core.checking.places import with_places
from platform_core.components.loading import kept, load_datasets
from platform_core.components.location import LoadedLocation
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError
from platform_core.formats.report import Merge, Report, Unjudged
from platform_core.onboarding.checking import check_dbt, check_definitions, check_files, check_loaded
from platform_core.workspace import Workspace, find_workspace
from platform_core.workspace.describe import describe
from platform_core.workspace.exempting import after_exemptions
from platform_core.workspace.plan import describing_environment, findings_of, undescribed

__all__ = ["check_location"]

Judged = tuple[tuple[Finding, ...], Merge | None, tuple[Unjudged, ...]]
_WORKSPACE = "the workspace"
_NOT_NAMED = Unjudged(
    _WORKSPACE,
    "no workspace is named: unknown are what other teams publish and need, and what a change would do to them.",
    "Name a copy of it, with --workspace DIR or PLATFORM_WORKSPACE; nothing is written there.",
)
_NOT_LOADED = Unjudged(
    f"all of {_WORKSPACE}'s gate but contracts and needs",
    "the definitions do not load, so nobody knows which datasets there would be.",
    "Mend what is said above.",
)


def check_location(root: Path, folder: Path | None = None, *, allow_pending: bool = False) -> Report:
    """Return everything that stands against merging the location in `root` as it is now.

    `folder` is the workspace, or a copy of it: what a registration there would meet is said, too; it is read and never
    written. `allow_pending` as for a registration. Raises PlatformError when the location cannot be read at all.
    """
    name, found = name_of(root), check_files(root)
    opened, unjudged = _opened(folder)
    # What the team's code prints while it is imported is no part of the answer.
    with contextlib.redirect_stdout(sys.stderr), _variables(opened), kept():
        described = describe(root)
        told = findings_of(described)
        found += told
        merge, loads = None, not undescribed(described)
        loaded = _loaded(root, name)
        # Definitions that load without build_definitions() are plain Dagster, and fit together in their own way.
        fitting = partial(check_loaded, loaded) if loaded else tuple if loads else partial(check_definitions, root)
        for what, ask in (("how the datasets fit together", fitting), ("the dbt project", partial(check_dbt, root))):
            more, failed = _asked(what, ask)
            found, unjudged = [*found, *more], (*unjudged, *failed)
        if opened is not None:
            judge = partial(judge_merge, described, root, opened, allow_pending) if loads else None
            more, merge, failed = _judged(judge, name, root, opened)
            found, unjudged = [*found, *more], (*unjudged, *failed)
        found = _once(with_places(found, loaded, root))
    after = after_exemptions(found, name, clock.today(), root=root, workspace=opened, every_rule=loads)
    return Report(name, _once(after), merge, unjudged)


def _asked(what: str, ask: Callable[[], Iterable[Finding]]) -> tuple[tuple[Finding, ...], tuple[Unjudged, ...]]:
    """Ask one stage; when it cannot answer, the others still do."""
    try:
        return tuple(ask()), ()
    except FindingsError as error:
        return error.findings, ()
    except PlatformError as error:
        return (), (_failed(what, error),)


def _judged(judge: Callable[[], Judged] | None, name: str, root: Path, workspace: Workspace) -> Judged:
    """Ask the workspace; without definitions, of what files alone say."""
    try:
        return judge() if judge else (tuple(judge_contracts(name, root, workspace)), None, (_NOT_LOADED,))
    except PlatformError as error:
        return (), None, (_failed(_WORKSPACE, error),)


def _opened(folder: Path | None) -> tuple[Workspace | None, tuple[Unjudged, ...]]:
    if folder is None:
        return None, (_NOT_NAMED,)
    try:
        return find_workspace(folder), ()
    except PlatformError as error:
        return None, (_failed(_WORKSPACE, error),)


def _failed(what: str, error: PlatformError) -> Unjudged:
    said = str(error).removesuffix(f"\n  {error.hint}")
    return Unjudged(what, said, error.hint, failed=True)


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


def _loaded(root: Path, name: str) -> LoadedLocation | None:
    try:
        return load_datasets(root / "src" / name)
    except (PlatformError, SystemExit):
        return None


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each once: what the files say, the gate may say again, with whom it is for."""
    found = dict.fromkeys(findings)
    owned = {replace(finding, owner="") for finding in found if finding.owner}
    return [finding for finding in found if finding.owner or finding not in owned]
