"""Register into a git workspace: fetch, plan, gate, commit the own folder, push; again when somebody was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from platform_core.documents import read_document
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.formats.changes import headline, plan_lines
from platform_core.workspace.atomic import remove_leftovers
from platform_core.workspace.folder import FILE
from platform_core.workspace.identity import is_newer, origin_of, same_repository, uncommitted
from platform_core.workspace.layout import Workspace
from platform_core.workspace.plan import Plan, make_plan
from platform_core.workspace.private_clone import PrivateClone, private_clone
from platform_core.workspace.register import Registered, decide, placed
from platform_core.workspace.registration import Registration
from platform_core.workspace.registry import load_registry, write_registration
from platform_core.workspace.remote import Remote, remote_of
from platform_core.workspace.render import render

__all__ = ["Pushed", "attempts", "onboarding_branch", "push_registration"]

ATTEMPTS = 60  # each means that another registration went in meanwhile
_PATIENCE = 600.0  # seconds
_LINES = 40  # of changes in the message of a commit


@dataclass(frozen=True)
class Pushed:
    """Where a change of the workspace went: `commit` on `branch` of the repository `address`.

    `commit` is empty where there was nothing to push. `said` is what the remote answered.
    """

    address: str
    branch: str
    commit: str = ""
    attempts: int = 1
    said: str = ""


def onboarding_branch(name: str) -> str:
    """Return the branch on which the first registration of a location is proposed."""
    return f"onboard/{name}"


def push_registration(
    root: Path,
    place: Path | str,
    python: str = "",
    allow_pending: bool = False,
    dry_run: bool = False,
    *,
    host: str = "",
    port: int = 0,
    make: Callable[[Path, Workspace, str], Plan] = make_plan,
) -> tuple[Registered, Pushed]:
    """Register the location in `root` in the git workspace that `place` is a clone of, or the URL of.

    A location that is not there yet is proposed on a branch of its own (verdict `proposed`): its merge is the
    platform team's approval. `make` describes the location, once. Raises PlatformError when git, the remote or the
    location's environment cannot do it, FindingsError when the location itself has problems.
    """
    remote = remote_of(place)
    with private_clone(remote, root) as clone:
        workspace = clone.fetch()
        render(workspace)  # describing a location asks the catalog for what others promise
        plan = placed(make(root, workspace, python), _with_folders_of(remote, workspace), host, port)
        plan = Plan(plan.registration, (*plan.findings, *_demands(root, plan.registration)))
        first = load_registry(workspace).get(plan.registration.name)
        for attempt in attempts(clone):
            if attempt > 1 and _is_superseded(plan.registration, first, workspace):
                superseded = Registered("superseded", plan.registration, (), ())
                return superseded, Pushed(remote.address, clone.branch, attempts=attempt)
            outcome = decide(plan, workspace, allow_pending, dry_run)
            if outcome.verdict in ("refused", "unchanged", "would-update"):
                return outcome, Pushed(remote.address, clone.branch, attempts=attempt)
            if outcome.verdict in ("registered", "would-register"):
                done = _propose(clone, workspace, outcome, attempt, dry_run)
            else:
                done = _update(clone, workspace, outcome, attempt)
            if done:
                return done
    raise AssertionError("attempts() raises when it ends")


def _with_folders_of(remote: Remote, workspace: Workspace) -> Workspace:
    """Return the workspace with its folders where the named checkout has them: a private clone holds no data.

    Named by URL it has none: a folder that starts at the workspace stays a relative path, which nobody takes for one.
    """
    places = {
        engine: (remote.clone or Path()) / place.relative_to(workspace.root)
        if isinstance(place, Path) and place.is_relative_to(workspace.root)
        else place
        for engine, place in workspace.settings.places.items()
    }
    return replace(workspace, settings=replace(workspace.settings, places=places))


def attempts(clone: PrivateClone) -> Iterator[int]:
    """Yield the number of each attempt, the state of the remote fetched anew before each but the first.

    Raises PlatformError after the last one.
    """
    until = time.monotonic() + _PATIENCE
    for attempt in range(1, ATTEMPTS + 1):
        yield attempt
        if time.monotonic() > until:
            break
        # Those who met here must not meet again: the more often it happened, the longer they spread.
        time.sleep(random.uniform(0, min(0.1 * 2**attempt, 5.0)))  # noqa: S311 - no secret
        clone.fetch()
    message = f"others were faster {attempt} times: {clone.remote.address} changes all the time."
    raise PlatformError(message, hint="Nothing was pushed. Run the command again.")


def _is_superseded(new: Registration, first: Registration | None, workspace: Workspace) -> bool:
    """Whether a newer commit of the location went in while this one waited: two builds of one location met.

    An older commit that is registered again on purpose finds the newer one there from the start.
    """
    now = load_registry(workspace).get(new.name)
    same = now is None or (first is not None and first.commit == now.commit)
    return not same and now is not None and is_newer(new.home, now.commit, new.commit)


def _update(
    clone: PrivateClone, workspace: Workspace, outcome: Registered, attempt: int
) -> tuple[Registered, Pushed] | None:
    commit = _commit(clone, workspace, outcome, new=False)
    answer = clone.push(commit, clone.branch)
    if answer.state == "behind":
        return None
    return outcome, Pushed(clone.remote.address, clone.branch, commit, attempt, answer.said)


def _propose(
    clone: PrivateClone, workspace: Workspace, outcome: Registered, attempt: int, dry_run: bool
) -> tuple[Registered, Pushed] | None:
    """Put a first registration on its branch: on top of what was proposed there before, never over it."""
    name = outcome.registration.name
    branch = onboarding_branch(name)
    before = clone.tip(branch)
    pushed = Pushed(clone.remote.address, branch, attempts=attempt)
    if before and (finding := _proposed_by_another(clone, before, outcome.registration)):
        return replace(outcome, verdict="refused", findings=(*outcome.findings, finding)), pushed
    if dry_run:
        return replace(outcome, verdict="would-propose"), pushed
    proposed = replace(outcome, verdict="proposed")
    commit = _commit(clone, workspace, outcome, new=True, on=before)
    if not commit:
        return proposed, pushed
    answer = clone.push(commit, branch)
    if answer.state == "behind":
        return None
    return proposed, replace(pushed, commit=commit, said=answer.said)


def _commit(clone: PrivateClone, workspace: Workspace, outcome: Registered, new: bool, on: str = "") -> str:
    remove_leftovers(workspace.locations)
    write_registration(workspace, outcome.registration)
    return clone.commit(f"locations/{outcome.registration.name}", _message(outcome, new), on)


def _message(outcome: Registered, new: bool) -> str:
    one = outcome.registration
    lines = list(plan_lines(outcome.changes, outcome.notices))
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"and {len(lines) - _LINES} more"]
    source = f"Source: {one.repository}" + (f" at {one.commit[:12]}" if one.commit else "")
    about = [f"Owner: {one.owner}", source]
    return "\n".join([headline(one.name, outcome.changes, new), "", *lines, *([""] if lines else []), *about]) + "\n"


def _demands(root: Path, new: Registration) -> Iterator[Finding]:
    """What a registration that is pushed must have, beyond one into a folder: a source that others can find."""
    where = new.where("repository")
    origin = origin_of(new.home)
    if new.repository == new.home.absolute().as_uri() and not origin:
        message = "where does the source of this location live? It has no git remote, and names no repository."
        why = "The name is bound to its repository: nobody else may register under it."
        fix = "Push it to a repository (git remote add origin URL), or write repository: URL."
        yield Finding("repository-missing", "error", new.name, message, why, fix, where, owner=new.owner)
    elif origin and not same_repository(origin, new.repository):
        message = f"location.yaml says repository: {new.repository}, and this is a checkout of {origin}."
        why = "A copy of a location would speak in its name."
        fix = "Correct `repository`, or leave it out: it is then git's origin."
        yield Finding("repository-differs", "error", new.name, message, why, fix, where, owner=new.owner)
    if uncommitted(new.home):
        message = f"files of the location differ from its commit {new.commit[:12] or '(none yet)'}."
        why = "The commit that is registered would not be what was registered."
        yield Finding("uncommitted", "warning", new.name, message, why, "Commit first.", where, owner=new.owner)


def _proposed_by_another(clone: PrivateClone, tip: str, new: Registration) -> Finding | None:
    """Whether another repository or owner has proposed this name, and waits for its merge."""
    raw = clone.read(tip, f"locations/{new.name}/{FILE}")
    data: Any = read_document(new.home / FILE, raw).data if raw else {}
    repository, owner = str(data.get("repository", "")), str(data.get("owner", ""))
    if not repository or (same_repository(repository, new.repository) and owner == new.owner):
        return None
    message = f"{ascii(repository)[1:-1]} ({ascii(owner)[1:-1]}) has proposed the name '{new.name}' already."
    fix = f"Choose another name, or have the branch {onboarding_branch(new.name)} of the workspace removed."
    return Finding("name-proposed", "error", new.name, message, "A name is given once.", fix, owner=new.owner)
