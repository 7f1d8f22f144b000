"""What must hold before a location may stand in the workspace. Pure: it reads registrations and writes nothing.

The same gate judges a registration, a team's `check`, and, for everybody, `workspace check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from platform_core import clock
from platform_core.findings import Finding
from platform_core.lineage.comparison import ENDS_OF_LIFE
from platform_core.workspace.deprecation import DEFAULT, Deprecation
from platform_core.workspace.gate import assets, deprecations, identity, removal, upstreams
from platform_core.workspace.gate.changing import contract_changes
from platform_core.workspace.gate.needs import needs
from platform_core.workspace.gate.versions import dagster_versions
from platform_core.workspace.gate.world import Case, Use, World
from platform_core.workspace.registry import Registration

__all__ = ["Case", "Use", "World", "gate"]

Registry = Mapping[str, Registration]


def gate(
    new: Registration,
    registry: Registry,
    allow_pending: bool = False,
    *,
    today: date | None = None,
    deprecation: Deprecation = DEFAULT,
    world: World | None = None,
) -> tuple[Finding, ...]:
    """Return everything that stands against registering `new` beside the others of `registry`.

    With `allow_pending` an upstream that nobody publishes yet is a warning: the location waits for it. `today` is the
    day that deprecations are judged on, `deprecation` the grace that the workspace asks for. `world` is made of the
    registry, with `new` in it; hand over one that is already there when many are judged. A finding names in `owner`
    who has to act: mostly the location's own.
    """
    world = world or World({**registry, new.name: new})
    case = Case(new, registry.get(new.name), world, today or clock.today(), deprecation, allow_pending)
    # Under another team's name nothing else can be compared: it would speak of that team's assets.
    found = list(identity.identity(new, case.registered)) or list(_everything(case))
    return tuple(finding if finding.owner else replace(finding, owner=new.owner) for finding in found)


def _everything(case: Case) -> Iterator[Finding]:
    new, world = case.new, case.world
    yield from assets.owners(new)
    yield from identity.keys(new, world)
    yield from assets.contracts(new)
    yield from assets.readable(new, case.registered)
    yield from assets.automation(new)
    yield from assets.checks(new, world)
    yield from dagster_versions(new, world)
    yield from upstreams.upstreams(new, world, case.allow_pending)
    yield from upstreams.partitions(new, world)
    yield from needs(new, world)
    for change in contract_changes(new, case.registered, world):
        # What ends is judged more strictly than the rules do, which look at registered readers alone.
        yield from (one for one in change.telling if one.id not in ENDS_OF_LIFE or one.subject != change.subject)
    yield from removal.removals(case.registered, new, world, case.today)
    yield from deprecations.announcements(case)
    yield from deprecations.successors(case)
    yield from deprecations.due(case)
    yield from deprecations.deprecated_upstreams(case)
    yield from upstreams.cycles(new, world)
