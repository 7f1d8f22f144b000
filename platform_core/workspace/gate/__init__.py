"""What must hold before a location may stand in the workspace. Pure: it reads registrations and writes nothing.

The same gate judges a registration, a team's `check`, and, for everybody, `workspace check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from platform_core import clock
from platform_core.findings import Finding
from platform_core.workspace.gate import assets, identity, removal, upstreams
from platform_core.workspace.gate.world import Use, World
from platform_core.workspace.registry import Registration

__all__ = ["Use", "World", "gate"]

Registry = Mapping[str, Registration]


def gate(
    new: Registration,
    registry: Registry,
    allow_pending: bool = False,
    *,
    today: date | None = None,
    world: World | None = None,
) -> tuple[Finding, ...]:
    """Return everything that stands against registering `new` beside the others of `registry`.

    With `allow_pending` an upstream that nobody publishes yet is a warning: the location waits for it. `today` is the
    day that deprecations are judged on. `world` is made of the registry, with `new` in it; hand over one that is
    already there when many are judged. A finding names in `owner` who has to act: mostly the location's own.
    """
    world = world or World({**registry, new.name: new})
    registered = registry.get(new.name)
    found = list(identity.identity(new, registered))
    # Under another team's name nothing else can be compared: it would speak of that team's assets.
    if not found:
        found += _everything(new, registered, world, allow_pending, today or clock.today())
    return tuple(finding if finding.owner else replace(finding, owner=new.owner) for finding in found)


def _everything(
    new: Registration, registered: Registration | None, world: World, allow_pending: bool, today: date
) -> Iterator[Finding]:
    yield from assets.owners(new)
    yield from identity.keys(new, world)
    yield from assets.contracts(new)
    yield from assets.automation(new)
    yield from assets.checks(new, world)
    yield from upstreams.upstreams(new, world, allow_pending)
    yield from upstreams.partitions(new, world)
    yield from removal.removals(registered, new, world, today)
    yield from upstreams.cycles(new, world)
