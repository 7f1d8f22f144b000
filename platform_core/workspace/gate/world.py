"""Everybody who stands in the workspace, with what one gate after another asks of them worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from platform_core.lineage import Asset, Graph
from platform_core.workspace.deprecation import DEFAULT, Deprecation
from platform_core.workspace.registry import Registration

__all__ = ["Case", "Use", "World"]


@dataclass(frozen=True)
class Use:
    """What one location has to do with a dataset of another: the assets that read it, and its need, by file name."""

    registration: Registration
    assets: tuple[Asset, ...]
    need: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(asset.key for asset in self.assets)


@dataclass(frozen=True)
class Case:
    """What a gate judges: `new` against what is registered of it (None: nothing), in the world, on a day.

    `grace` is what the workspace gives readers of a dataset that ends; with `allow_pending` what is not there yet may
    still come.
    """

    new: Registration
    registered: Registration | None
    world: World
    today: date
    grace: Deprecation = DEFAULT
    allow_pending: bool = False


class World:
    """The workspace as it would be: `registry` holds the location that is judged as it wants to be registered.

    Make one for many gates when nothing changes between them: `workspace check` judges everybody against everybody.
    """

    def __init__(self, registry: Mapping[str, Registration]) -> None:
        self.registry = registry

    @cached_property
    def graph(self) -> Graph:
        return Graph.union(one.graph for one in self.registry.values())

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        return self.graph.cycles()

    @cached_property
    def holders(self) -> Mapping[str, tuple[Registration, ...]]:
        """The locations in whose graph an asset key stands, by key."""
        found: dict[str, tuple[Registration, ...]] = {}
        for one in self.registry.values():
            for key in one.graph.assets:
                found[key] = (*found.get(key, ()), one)
        return found

    @cached_property
    def readers(self) -> Mapping[str, tuple[Asset, ...]]:
        """The assets that read a key, of whichever location, by key."""
        found: dict[str, list[Asset]] = {}
        for asset in self.graph.assets.values():
            for dep in dict.fromkeys(asset.deps):
                found.setdefault(dep, []).append(asset)
        return {key: tuple(assets) for key, assets in found.items()}

    @cached_property
    def _uses(self) -> Mapping[str, Mapping[str, Use]]:
        found: dict[str, dict[str, Use]] = {}
        for one in self.registry.values():
            for asset in one.graph.assets.values():
                for dep in dict.fromkeys(asset.deps):
                    if not dep.startswith(f"{one.name}/"):
                        of = found.setdefault(dep, {})
                        before = of.get(one.name, Use(one, ()))
                        of[one.name] = Use(one, (*before.assets, asset))
            for name in one.needs:
                key = name.replace(".", "/", 1)
                of = found.setdefault(key, {})
                of[one.name] = Use(one, of[one.name].assets if one.name in of else (), name)
        return found

    def uses(self, key: str) -> Iterator[Use]:
        """Yield who reads a dataset, or says that it needs it, by the name of the location; not its own location."""
        for name, use in sorted(self._uses.get(key, {}).items()):
            if name != key.split("/", maxsplit=1)[0]:
                yield use
