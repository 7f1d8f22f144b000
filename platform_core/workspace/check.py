"""The whole workspace judged at once: everybody by the gate against everybody, and what came in by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from platform_core import clock
from platform_core.exemptions import Exemption
from platform_core.findings import Finding
from platform_core.workspace.deployed import Asked, ask_deployed, deployed_findings
from platform_core.workspace.drift import file_findings, port_findings, rendered_findings, upstream_finding
from platform_core.workspace.engines import engine_findings
from platform_core.workspace.exempting import whole_workspace
from platform_core.workspace.gate import World, gate
from platform_core.workspace.layout import Workspace
from platform_core.workspace.placement import barred, placement
from platform_core.workspace.registration import Registration
from platform_core.workspace.registry import Registry, read_registry, waiting_for

__all__ = ["Checked", "check_workspace"]


@dataclass(frozen=True)
class Checked:
    """What `workspace check` found. `pending` are the locations that wait, each with what for; `asked` says who told
    what runs now, empty for nobody; `exemptions` are all that work today.
    """

    findings: tuple[Finding, ...]
    locations: int
    datasets: int
    pending: Mapping[str, tuple[str, ...]]
    exemptions: tuple[Exemption, ...]
    asked: str = ""


def check_workspace(
    workspace: Workspace, today: date | None = None, *, every_file: bool = False, servers: bool = True
) -> Checked:
    """Judge the workspace. With `every_file` contracts are read anew though their seals hold; without `servers` nobody
    is asked what runs.
    """
    today = today or clock.today()
    found = read_registry(workspace)
    registry = found.locations
    asked = ask_deployed(workspace, registry) if servers else Asked()
    world = World(registry)
    by_location = {
        name: tuple(_of_location(one, found, world, workspace, asked, today=today, every_file=every_file))
        for name, one in registry.items()
    }
    by_location |= found.unreadable
    for finding in port_findings(registry, workspace):
        by_location[finding.subject] = (*by_location[finding.subject], finding)
    own = [replace(exempt, location=name) for name, one in registry.items() for exempt in one.exemptions]
    exempted = whole_workspace(workspace, by_location, today, own)
    findings = [finding for name in sorted(by_location) for finding in exempted.findings[name]]
    findings += [*rendered_findings(workspace, registry), *exempted.about, *_unasked(asked)]
    return Checked(
        tuple(_once(findings)),
        len(registry) + len(found.unreadable),
        sum(len(one.graph.assets) for one in registry.values()),
        {name: waits for name in registry if (waits := waiting_for(name, registry))},
        exempted.standing,
        "" if asked.problem else asked.who,
    )


def _of_location(
    one: Registration,
    found: Registry,
    world: World,
    workspace: Workspace,
    asked: Asked,
    *,
    today: date,
    every_file: bool,
) -> Iterator[Finding]:
    settings, registry = workspace.settings, found.locations
    edited = tuple(file_findings(one, found.folders[one.name], every_file))
    gated = gate(one, registry, True, today=today, deprecation=settings.deprecation, world=world)
    if any(finding.id == "terms-edited" for finding in edited):
        # It says whom the assets still name: a change of owner that is reviewed here comes before their registration.
        gated = tuple(finding for finding in gated if finding.id != "asset-owner")
    judged = [
        *edited,
        *gated,
        *engine_findings(one, registry, settings.places),
        *placement(one, registry, settings),
        *_left_out(one, workspace),
        *deployed_findings(one, asked, settings.server is not None),
    ]
    for finding in judged:
        waits = finding.id == "pending-upstream"
        said = upstream_finding(finding, one, found.unreadable) if waits else finding
        yield said if said.owner else replace(said, owner=one.owner)


def _left_out(one: Registration, workspace: Workspace) -> Iterator[Finding]:
    if workspace.settings.server is not None:
        return  # placement says why
    for reason in barred({one.name: one}, workspace.settings).values():
        message = f"{one.name} is left out of every deployment: {reason}"
        yield Finding("left-out", "error", one.name, message, fix=f"Register {one.name} again.", where=None)


def _unasked(asked: Asked) -> Iterator[Finding]:
    if asked.problem:
        message = f"{asked.who} was not heard: {asked.problem}"
        yield Finding("not-heard", "warning", "deployment", message, "What runs there is not known.")


def _once(findings: list[Finding]) -> list[Finding]:
    """Two locations that collide are told once each, never twice."""
    return list(dict.fromkeys(findings))
