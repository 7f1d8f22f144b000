"""What must hold of engines before a location may stand in the workspace. Pure, as the gate is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from platform_core.components.copies import WHY_A_COPY, copy_hint
from platform_core.findings import Finding
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.workspace.identity import same_repository
from platform_core.workspace.registry import Registration

__all__ = ["engine_findings"]


def engine_findings(
    new: Registration, registry: Mapping[str, Registration], engines: Collection[str]
) -> Iterator[Finding]:
    """Yield what stands against registering `new` on its engine; `engines` are those the workspace has."""
    before = registry.get(new.name)
    if before is not None and not same_repository(before.repository, new.repository):
        return  # under another team's name nothing else can be compared
    if new.engine not in engines:
        message = f"the location is on {new.engine}, and the workspace has no such warehouse (it has {_and(engines)})."
        settings = {DUCKDB_DELTA: "{root: warehouse}", POSTGRES: '{url: "postgresql://role@host:5432/database"}'}
        fix = f"Add `warehouses: {{{new.engine}: {settings.get(new.engine, '...')}}}` to platform.yaml, "
        fix += "or name another engine in location.yaml."
        yield Finding("engine-missing", "error", new.name, message, fix=fix)
    elif before is not None and before.engine != new.engine:
        message = f"the location's data is on {before.engine}; location.yaml now says {new.engine}."
        why = "Nothing of what is published would be there: its readers would find every dataset empty."
        fix = f"Change `engine` in locations/{new.name}/location.yaml of the workspace, reviewed by the platform team, "
        fix += "and publish everything again there; or take the change back."
        yield Finding("engine-changed", "error", new.name, message, why, fix)
    for key, asset in new.graph.assets.items():
        for dep in asset.deps if "copy" not in asset.kinds else ():
            other = registry.get(dep.split("/")[0])
            if other is None or other.name == new.name or other.engine == new.engine:
                continue
            message = f"{key} is on {new.engine} and reads {dep}, which is on {other.engine}."
            node = other.graph.assets.get(dep)
            hint = copy_hint(dep, new.name, node.partitions if node else None)
            yield Finding("other-engine", "error", key, message, WHY_A_COPY, hint)


def _and(engines: Collection[str]) -> str:
    return " and ".join(sorted(engines)) or "none"
