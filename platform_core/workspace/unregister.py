"""Take a location out of the workspace: refused while anybody needs it, by its own source or the platform team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platform_core import clock
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.lineage import Change, Graph, changes
from platform_core.locations import find_root, load_location
from platform_core.workspace.atomic import remove_leftovers
from platform_core.workspace.exempting import after_exemptions
from platform_core.workspace.gate.removal import removals, said_use
from platform_core.workspace.gate.world import World
from platform_core.workspace.identity import repository_of, same_repository
from platform_core.workspace.layout import Workspace
from platform_core.workspace.private_clone import private_clone
from platform_core.workspace.pushing import Pushed, attempts
from platform_core.workspace.registration import Registration
from platform_core.workspace.registry import Registry, read_registry, remove_registration
from platform_core.workspace.remote import remote_of
from platform_core.workspace.render import render
from platform_core.workspace.unreadable import beside_unreadable

__all__ = ["Unregistered", "push_removal", "unregister"]


@dataclass(frozen=True)
class Unregistered:
    """What became of it: `verdict` is `unregistered`, `would-unregister` or `refused`.

    `registration` is the one that goes; None where it could not be read.
    """

    verdict: str
    name: str
    registration: Registration | None
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] = ()


def unregister(name: str, workspace: Workspace, root: Path | None = None, dry_run: bool = False) -> Unregistered:
    """Take the location `name` out of the workspace and render what is left.

    `root` is a checkout of its source, which shows whose it is; None says that the platform team does it. Raises
    PlatformError when no such location is registered, or the workspace cannot be written.
    """
    if dry_run:
        return _judged(name, workspace, root, dry_run)
    try:
        with workspace.lock():
            remove_leftovers(workspace.locations)
            outcome = _judged(name, workspace, root)
            if outcome.verdict != "refused":
                remove_registration(workspace, name)
                render(workspace)
            return outcome
    except OSError as error:
        place = Where(Path(error.filename)) if error.filename else Where(workspace.root)
        raise PlatformError(f"cannot be written: {error.strerror or error}.", place) from error


def push_removal(
    name: str, place: Path | str, root: Path | None = None, dry_run: bool = False
) -> tuple[Unregistered, Pushed]:
    """Take the location out of the git workspace that `place` is a clone of, or the URL of, and push that."""
    remote = remote_of(place)
    with private_clone(remote, root or Path.cwd()) as clone:
        workspace = clone.fetch()
        for attempt in attempts(clone):
            outcome = _judged(name, workspace, root, dry_run)
            pushed = Pushed(remote.address, clone.branch, attempts=attempt)
            if outcome.verdict != "unregistered":
                return outcome, pushed
            remove_registration(workspace, name)
            commit = clone.commit(f"locations/{name}", _message(outcome, root is None))
            answer = clone.push(commit, clone.branch)
            if answer.state == "pushed":
                return outcome, Pushed(remote.address, clone.branch, commit, attempt, answer.said)
    raise AssertionError("attempts() raises when it ends")


def _judged(name: str, workspace: Workspace, root: Path | None, dry_run: bool = False) -> Unregistered:
    found = read_registry(workspace)
    one = found.locations.get(name)
    if one is None and name not in found.unreadable:
        hint = f"Registered are: {', '.join(found.locations) or 'none'}."
        raise PlatformError(f"no location '{name}' is registered in the workspace.", hint=hint)
    changed = changes(one.graph if one else Graph(), Graph())
    today = clock.today()
    remaining = after_exemptions(_remaining(name, found, changed, today), name, today, workspace=workspace)
    findings = (*_whose(name, one, root), *remaining)
    verdict = "would-unregister" if dry_run else "unregistered"
    if any(finding.level == "error" for finding in findings):
        verdict = "refused"
    return Unregistered(verdict, name, one, findings, changed)


def _whose(name: str, one: Registration | None, root: Path | None) -> Iterator[Finding]:
    """Yield what stands against its being this source's to take away."""
    if root is None:
        return
    fix = f"Run it in a checkout of {one.repository}. " if one else ""
    fix += f"The platform team takes any away: platformctl unregister {name} --platform."
    why = "A location is its source repository's and its owner's."
    if one is None:
        message = f"the registration of {name} cannot be read: whose it is, is not known."
        yield Finding("not-its-own", "error", name, message, why, fix)
        return
    try:
        home = find_root(root.absolute())
    except PlatformError:
        message = f"{name} belongs to {one.repository} ({one.owner}), and this folder is no location."
        yield Finding("not-its-own", "error", name, message, why, fix, owner=one.owner)
        return
    here = load_location(home)
    repository = repository_of(home, here.repository)
    if here.name != name or here.owner != one.owner or not same_repository(repository, one.repository):
        message = f"{name} belongs to {one.repository} ({one.owner}); this is {here.name} of {repository}"
        yield Finding("not-its-own", "error", name, f"{message} ({here.owner}).", why, fix, owner=one.owner)


def _remaining(name: str, found: Registry, changed: tuple[Change, ...], today: date) -> Iterator[Finding]:
    """Yield who still needs it, and what else stands against its going."""
    others = {other: findings for other, findings in found.unreadable.items() if other != name}
    world = World(found.locations)
    one = found.locations.get(name)
    if one is not None:
        yield from beside_unreadable(removals(one, None, world, today), others, name, changed)
        return
    wanted = {key for other in found.locations.values() for key in other.graph.external}
    wanted |= {need.replace(".", "/", 1) for other in found.locations.values() for need in other.needs}
    for key in sorted(key for key in wanted if key.startswith(f"{name}/")):
        for use in world.uses(key):
            fix = f"Wait until {use.registration.name} no longer needs it."
            message = f"{key} would be gone, and {said_use(use)}."
            yield Finding("dataset-in-use", "error", key, message, "Its reader would wait for ever.", fix)


def _message(outcome: Unregistered, by_platform: bool) -> str:
    one = outcome.registration
    lines = [f"- {key}" for key in sorted(one.graph.assets)] if one else []
    by = "By the platform team." if by_platform else f"Source: {one.repository if one else ''}"
    owner = [f"Owner: {one.owner}"] if one else []
    return "\n".join([f"Unregister {outcome.name}", "", *lines, *([""] if lines else []), *owner, by]) + "\n"
