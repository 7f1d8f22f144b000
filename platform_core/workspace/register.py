"""Register a location: plan, gate, write its own folder in one step, render. Refused or killed, it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from platform_core import clock
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.lineage import Change, Graph, changes
from platform_core.lineage.notices import Notices
from platform_core.workspace.atomic import remove_leftovers
from platform_core.workspace.engines import engine_findings
from platform_core.workspace.exempting import after_exemptions
from platform_core.workspace.folder import Folder
from platform_core.workspace.gate import World, gate
from platform_core.workspace.gate.changing import contract_changes, unannounced
from platform_core.workspace.gate.identity import identity
from platform_core.workspace.gate.noticing import notices
from platform_core.workspace.identity import same_repository
from platform_core.workspace.layout import Workspace
from platform_core.workspace.placement import check_code_server, placement
from platform_core.workspace.plan import Plan, make_plan
from platform_core.workspace.ports import is_free
from platform_core.workspace.published import with_published
from platform_core.workspace.registration import registration_files
from platform_core.workspace.registry import (
    Registration,
    load_registry,
    read_registry,
    waiting_for,
    write_registration,
)
from platform_core.workspace.render import render
from platform_core.workspace.settings import Settings
from platform_core.workspace.unreadable import beside_unreadable

__all__ = ["Registered", "decide", "placed", "register"]


@dataclass(frozen=True)
class Registered:
    """What became of a registration.

    `verdict`: `registered` (new), `updated`, `unchanged`, `refused`; pushed for the first time `proposed`, and pushed
    while a newer commit of it went in `superseded`; with a dry run `would-register`, `would-update`, `would-propose`,
    `unchanged`, `refused`. `changes` are against the former registration, `waiting_for` the upstreams still to come,
    `notices` what others are told of it.
    """

    verdict: str
    registration: Registration
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    waiting_for: tuple[str, ...] = ()
    notices: Notices = field(default_factory=Notices)


def register(
    root: Path,
    workspace: Workspace,
    python: str = "",
    allow_pending: bool = False,
    dry_run: bool = False,
    *,
    host: str = "",
    port: int = 0,
) -> Registered:
    """Register the code location in `root`.

    `host` and `port` are those of its code server, in the `server` profile; by default those it has registered.
    Raises PlatformError when its environment cannot run, FindingsError when the location itself has problems; what
    the gate finds is in the answer, and with an error among it nothing is written.
    """
    plan = placed(make_plan(root, workspace, python), workspace, host, port)
    if dry_run:
        return decide(plan, workspace, allow_pending, dry_run)
    try:
        # Gate and writing stand under one lock: what the gate saw is what the registration joins.
        with workspace.lock():
            remove_leftovers(workspace.locations)
            outcome = decide(plan, workspace, allow_pending, dry_run)
            if outcome.verdict in ("registered", "updated"):
                write_registration(workspace, outcome.registration)
            if outcome.verdict != "refused":
                render(workspace)
            return outcome
    except OSError as error:  # a full disk, a folder that may not be written
        place = Where(Path(error.filename)) if error.filename else Where(workspace.root)
        hint = "Mend that, and register again: a registration is there whole or not at all."
        raise PlatformError(f"cannot be written: {error.strerror or error}.", place, hint) from error


def placed(plan: Plan, workspace: Workspace, host: str, port: int, *, ask: bool = True) -> Plan:
    """Add where the code server is, what it says (with `ask`), and what is published that a new contract forbids.

    All that takes its time, and is done before the lock is taken.
    """
    plan = with_published(plan, workspace)
    settings, new = workspace.settings, plan.registration
    if settings.server is None:
        if host or port:
            hint = "Here the deployment starts the code server, and gives it a port."
            raise PlatformError("--host and --port belong to a workspace of the server profile.", hint=hint)
        return plan
    registry = load_registry(workspace)
    before = registry.get(new.name)
    new = replace(new, host=host or (before.host if before else ""), port=port or (before.port if before else 0))
    barred = not ask or any(finding.level == "error" for finding in placement(new, registry, settings))
    return Plan(new, (*plan.findings, *(() if barred else check_code_server(new, settings))))


def decide(plan: Plan, workspace: Workspace, allow_pending: bool = False, dry_run: bool = True) -> Registered:
    """Say what becomes of a plan, with everything that stands against it. Writes nothing: `check` asks this, too."""
    found = read_registry(workspace)
    registry, settings = found.locations, workspace.settings
    before = registry.get(plan.registration.name)
    new = _settled(plan.registration, before, registry, settings)
    changed = changes(before.graph if before else Graph(), new.graph)
    new = replace(new, waits_for=waiting_for(new.name, {**registry, new.name: new}))
    world = World({**registry, new.name: new})
    judged = (
        *gate(new, registry, allow_pending, deprecation=settings.deprecation, world=world),
        *engine_findings(new, registry, settings.places),
        *placement(new, registry, settings),
    )
    judged = (*plan.findings, *beside_unreadable(judged, found.unreadable, new.name, changed))
    home = plan.registration.home
    findings = after_exemptions(judged, new.name, clock.today(), root=home, workspace=workspace)
    if before and findings != judged and not any(identity(new, before)):
        late = (*judged, *unannounced(contract_changes(new, before, world), findings))
        findings = after_exemptions(late, new.name, clock.today(), root=home, workspace=workspace)
    if any(finding.level == "error" for finding in findings):
        verdict = "refused"
    elif before and _stands(found.folders[new.name], new):
        verdict = "unchanged"
    elif dry_run:
        verdict = "would-update" if before else "would-register"
    else:
        verdict = "updated" if before else "registered"
    return Registered(verdict, new, findings, changed, new.waits_for, notices(new, registry, world))


def _settled(
    new: Registration, before: Registration | None, registry: Mapping[str, Registration], settings: Settings
) -> Registration:
    """Fill in what the workspace decides: the engine where none is named, and the port on this machine."""
    new = replace(new, engine=new.engine or (before.engine if before else settings.engine))
    if before and same_repository(before.repository, new.repository):
        new = replace(new, repository=before.repository)  # of several spellings the first stays
    if settings.server is None:
        new = replace(new, port=_port(new.name, registry, settings))
    return new


def _stands(folder: Folder, new: Registration) -> bool:
    """Whether the folder holds these very files: one that was edited by hand is written anew."""
    return not folder.strays and folder.files == registration_files(new)


def _port(name: str, registry: Mapping[str, Registration], settings: Settings) -> int:
    """Keep a location's port for good; a new one takes the first that no other has and nothing listens on now.

    Two that were proposed at once may have the same: the later in the alphabet then takes another.
    """
    if name in registry and name == min(other for other in registry if registry[other].port == registry[name].port):
        return registry[name].port
    taken = {settings.port, *(one.port for one in registry.values())}
    free = (port for port in range(settings.grpc_base_port, 65536) if port not in taken)
    return next((port for port in free if is_free(port)), 0)
