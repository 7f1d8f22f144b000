"""One Dagster for all: the locations of a workspace are loaded by one webserver and one daemon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from platform_core.findings import Finding
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration

__all__ = ["dagster_versions"]

_MINOR = re.compile(r"(\d{1,6})\.(\d{1,6})")


def dagster_versions(new: Registration, world: World) -> Iterator[Finding]:
    """Yield a Dagster that is not of the same minor as that of the others.

    The neighbouring minor is a warning, or nobody could ever go first when the platform moves on to the next.
    """
    own = _minor(new)
    if own is None:
        return
    others: dict[tuple[int, int], list[str]] = {}
    for one in world.registry.values():
        if one.name != new.name and (version := _minor(one)) is not None and version != own:
            others.setdefault(version, []).append(one.name)
    for version, names in sorted(others.items()):
        near = version[0] == own[0] and abs(version[1] - own[1]) == 1
        who = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        message = f"it runs Dagster {new.versions['dagster']}; {who} run {version[0]}.{version[1]}."
        why = "Dagster promises that webserver, daemon and code locations understand one another within one minor."
        fix = "Stay with the others until they can follow."
        if version > own:
            fix = f"Take the platform's release that brings Dagster {version[0]}.{version[1]}."
        yield Finding("dagster-versions", "warning" if near else "error", new.name, message, why, fix)


def _minor(one: Registration) -> tuple[int, int] | None:
    found = _MINOR.match(str(one.versions.get("dagster", "")))
    return (int(found[1]), int(found[2])) if found else None
