"""A dbt project as a location has it: which models it publishes, what those read, what must be built to make them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from platform_core.components.dbt.nodes import Manifest, Model, Test
from platform_core.errors import Where
from platform_core.names import AssetId

__all__ = ["DbtModel", "Plan", "Project"]


@dataclass(frozen=True)
class Plan:
    """What one private build does, by unique ids in graph order.

    `built` are the models that dbt builds, `tests` those it runs on them, `lent` what they read as it is published
    (sources and models), `kept` those of `built` that go on from what is published of them.
    """

    built: tuple[str, ...]
    tests: tuple[str, ...]
    lent: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """The project that one defs.yaml points to.

    `chosen` are the unique ids of the models that are assets, `contracted` those of them under contract: the others are
    internal, built in private whenever one of these needs them. `sources` says which dataset a source is.
    `fingerprints` change with what makes the rows of a model, by unique id. `variables` are dbt's --vars, as JSON.
    """

    name: str
    location: str
    where: Where
    manifest: Manifest = field(repr=False)
    chosen: frozenset[str] = field(repr=False)
    contracted: frozenset[str] = field(repr=False)
    sources: Mapping[str, AssetId] = field(repr=False)
    fingerprints: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: str = ""
    pool: str = ""
    state: str = ""  # the fingerprint of its files as they were read

    @property
    def folder(self) -> Path:
        return self.manifest.folder

    def asset(self, unique_id: str) -> AssetId:
        """Return the dataset that a chosen model or a source is."""
        if unique_id in self.sources:
            return self.sources[unique_id]
        return AssetId(self.location, self.manifest.models[unique_id].dataset)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All models, each after those it reads."""
        return tuple(model.unique_id for model in self.manifest.in_order())

    @cached_property
    def internal(self) -> tuple[str, ...]:
        """The chosen models without a contract, in graph order. Ephemeral ones are nothing anyone can see."""
        models = self.manifest.models
        return tuple(
            name
            for name in self.order
            if name in self.chosen - self.contracted and models[name].materialized != "ephemeral"
        )

    @cached_property
    def reads(self) -> Mapping[str, tuple[str, ...]]:
        """What each model reads of what is published: sources and models, also through internal models."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.order:
            near: dict[str, None] = {}
            for parent in self.manifest.models[name].depends_on:
                if parent in self.contracted or parent in self.sources:
                    near[parent] = None
                else:
                    near.update(dict.fromkeys(found.get(parent, ())))
            found[name] = tuple(near)
        return found

    @cached_property
    def behind(self) -> Mapping[str, tuple[str, ...]]:
        """The models without a published version that each model is made of, in graph order."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.order:
            near: dict[str, None] = {}
            for parent in self.manifest.models[name].depends_on:
                if parent in self.manifest.models and parent not in self.contracted:
                    near.update(dict.fromkeys((*found.get(parent, ()), parent)))
            found[name] = tuple(near)
        return found

    @cached_property
    def tests(self) -> Mapping[str, tuple[Test, ...]]:
        """The tests that judge each model or source: those attached to it, and queries of their own over several.

        Such a query judges the last of its models in graph order: before that is built, it cannot be run.
        """
        place = {name: number for number, name in enumerate(self.order)}
        found: dict[str, list[Test]] = {}
        for test in self.manifest.tests.values():
            models = [name for name in test.depends_on if name in place]
            judged = test.attached or (max(models, key=place.__getitem__) if models else "")
            found.setdefault(judged, []).append(test)
        return {name: tuple(sorted(tests, key=lambda test: test.unique_id)) for name, tests in found.items()}

    def published_behind(self, test: Test) -> tuple[str, ...]:
        """What a test reads of what is published: sources and models, also through internal models."""
        found: dict[str, None] = {}
        for name in test.depends_on:
            if name in self.contracted or name in self.sources:
                found[name] = None
            else:
                found.update(dict.fromkeys(self.reads.get(name, ())))
        return tuple(found)

    def plan(self, wanted: Collection[str]) -> Plan:
        """Return how to make the models `wanted`: with the internal ones they and their tests need."""
        built = {part for name in wanted for part in (*self.behind[name], name)}
        tests = {test.unique_id: test for name in built for test in self.tests.get(name, ())}
        for test in tests.values():
            needed = [name for name in test.depends_on if name in self.manifest.models and name not in self.contracted]
            built |= {part for name in needed for part in (*self.behind[name], name)}
        parents = [parent for name in built for parent in self.manifest.models[name].depends_on]
        parents += [parent for test in tests.values() for parent in test.depends_on]
        lent = {name for name in parents if name in self.sources or (name in self.contracted and name not in built)}
        tests |= {test.unique_id: test for name in lent & set(self.sources) for test in self._of_source(name)}
        ordered = tuple(name for name in self.order if name in built)
        kept = tuple(name for name in ordered if name in self.contracted and self.manifest.models[name].lasting)
        return Plan(ordered, tuple(sorted(tests)), tuple(sorted(lent)), kept)

    def gone_on_from(self, plan: Plan, full_refresh: bool) -> tuple[str, ...]:
        """Return what a build goes on from: not what a full refresh makes from nothing."""
        return tuple(name for name in plan.kept if not (full_refresh and self.manifest.models[name].refreshable))

    def _of_source(self, name: str) -> Iterable[Test]:
        return (test for test in self.tests.get(name, ()) if set(test.depends_on) == {name})


@dataclass(frozen=True)
class DbtModel:
    """How a dataset is made: by a model of a dbt project."""

    project: Project
    unique_id: str

    @property
    def model(self) -> Model:
        return self.project.manifest.models[self.unique_id]

    @property
    def tests(self) -> tuple[Test, ...]:
        return self.project.tests.get(self.unique_id, ())
