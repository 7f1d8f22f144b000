"""The reconcile sensor: the warehouse is the truth, and what Dagster was told is made to agree with it.

A run killed between its commit and its event leaves data published that nobody was told of; a requested run that dies
is not asked for again by Dagster, for it counts as handled. Both are found here by looking at what is published.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from platform_core.adapters.instance_activity import busy_assets, latest_materialization, run_since
from platform_core.components.announcement import announced_version, publication_metadata
from platform_core.components.dataset import Dataset
from platform_core.components.dbt.project import DbtModel
from platform_core.components.requests import RETRY_SECONDS, most_tries, partition_ranges, request
from platform_core.components.staleness import Stale, stale_partitions, table_state
from platform_core.errors import PlatformError, Where
from platform_core.locations.engines import POSTGRES
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Publication, Unavailable

__all__ = ["FOLLOW_SECONDS", "GRACE_SECONDS", "Reconciled", "reconcile"]

GRACE_SECONDS = 30.0  # a run announces its commit within a second or two
FOLLOW_SECONDS = 120.0  # Dagster's own automation, with its backfill daemon, needs up to 40


@dataclass
class Reconciled:
    """What has to be said and asked for, and what the next look must know.

    `new_keys` are keys of dynamic partitions, by their name, that are published and that Dagster does not know.
    """

    events: list[dg.AssetMaterialization | dg.AssetObservation] = field(default_factory=list)
    requests: list[dg.RunRequest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cursor: str = ""
    new_keys: dict[str, list[str]] = field(default_factory=dict)


def reconcile(
    datasets: Sequence[Dataset], catalog: Catalog, instance: dg.DagsterInstance, cursor: str | None, now: float
) -> Reconciled:
    """Compare the warehouse with Dagster's record once, for all datasets of a location.

    `cursor` is that of the time before (None at first), `now` the time in seconds since 1970.
    """
    return _Reconciling(catalog, instance, now).all(datasets, json.loads(cursor or "{}"))


class _Reconciling:
    """One comparison. Of what is remembered of a dataset, `announced` is the version up to which all is told."""

    def __init__(self, catalog: Catalog, instance: dg.DagsterInstance, now: float) -> None:
        self.catalog, self.instance, self.now = catalog, instance, now
        self.done = Reconciled()
        self.down: set[str] = set()  # engines whose warehouse does not answer
        self.together: dict[Where, list[tuple[Dataset, str]]] = {}  # models of one dbt project, each with its identity

    def all(self, datasets: Sequence[Dataset], before: dict[str, Any]) -> Reconciled:
        after, busy = {}, busy_assets(self.instance)
        for dataset in datasets:
            memory = before.get(dataset.asset.dataset) or {"state": "", "announced": -1, "lost": -1, "asked": {}}
            after[dataset.asset.dataset] = memory
            others = [*sorted(set(dataset.inputs.values())), *dataset.references]
            engines = {self.catalog.table(asset).engine for asset in (dataset.asset, *others)}
            if engines & self.down:
                continue
            try:
                self._one(dataset, memory, others, busy)
            except Unavailable as error:
                # One database is waited for once, and what does not need it goes on.
                self.down.add(POSTGRES)
                self.done.notes.append(f"{error} What needs it is looked at again later.")
            except PlatformError as error:  # a login that is refused, a right that is missing: somebody must mend it
                if str(error) not in self.done.notes:
                    self.done.notes.append(str(error))
        for models in self.together.values():
            identity = " ".join(told for _, told in models)
            self.done.requests.append(request([dataset for dataset, _ in models], [], identity)[0])
        self.done.cursor = json.dumps(after, sort_keys=True)
        return self.done

    def _one(self, dataset: Dataset, memory: Any, others: Sequence[AssetId], busy: Collection[dg.AssetKey]) -> None:
        state = table_state(self.catalog, dataset, others)
        waits_for = {dg.AssetKey(asset.path) for asset in dataset.inputs.values()}
        if memory["state"] == state or {dataset.key, *waits_for} & set(busy):
            return  # nothing moved since all was well, or whoever moves it will speak for itself
        memory["state"] = ""
        self._register(dataset, self.catalog.table(dataset.asset).current())
        settled = self._announce(dataset, memory)
        self._flag(dataset, memory)
        settled = self._ask_again(dataset, memory) and settled
        memory["state"] = state if settled else ""

    def _register(self, dataset: Dataset, keys: Iterable[str | None]) -> list[str]:
        """Return the keys of the dataset's dynamic partitions; Dagster is told of those of `keys` that it lost."""
        cut = dataset.partitions
        if cut is None or cut.type != "dynamic":
            return []
        known = list(self.instance.get_dynamic_partitions(str(cut.name)))
        known += self.done.new_keys.get(str(cut.name), [])
        lost = sorted(str(key) for key in keys if key not in known)
        if lost:
            self.done.new_keys.setdefault(str(cut.name), []).extend(lost)
        return known + lost

    def _announce(self, dataset: Dataset, memory: Any) -> bool:
        """Announce every live publication Dagster was not told of. Returns whether none is left for a later look."""
        current = self.catalog.table(dataset.asset).current()
        fresh = [item for item in current.values() if item.version > memory["announced"]]
        left = []
        for publication in sorted(fresh, key=lambda item: item.version):
            told = latest_materialization(self.instance, dataset.key, publication.partition)
            if announced_version(told) >= publication.version:
                continue
            if self.now - publication.published_at.timestamp() < GRACE_SECONDS:
                left.append(publication.version)
                continue
            self.done.events.append(_announcement(dataset, self.catalog, publication))
            self.done.notes.append(f"{dataset.asset} version {publication.version} was published and not announced.")
        if fresh:
            memory["announced"] = min(left) - 1 if left else max(item.version for item in fresh)
        return not left

    def _flag(self, dataset: Dataset, memory: Any) -> None:
        """Flag, once, an announcement of a version that the warehouse does not have: it was restored, or lost."""
        told = announced_version(latest_materialization(self.instance, dataset.key, None))
        snapshot = self.catalog.table(dataset.asset).snapshot()
        if told > max(memory["lost"], snapshot.version if snapshot else -1):
            memory["lost"] = told
            text = f"Version {told} was announced, and the warehouse does not have it. Publish the dataset again."
            self.done.events.append(dg.AssetObservation(dataset.key, metadata={"platform/warning": text}))
            self.done.notes.append(f"{dataset.asset}: {text}")

    def _ask_again(self, dataset: Dataset, memory: Any) -> bool:
        """Ask for partitions whose inputs moved on without them. Returns whether none is left for a later look.

        Where a re-run is unsafe, only what no run has ever tried: nobody knows here how far one came that broke off.
        """
        if not dataset.inputs:
            return True
        stale = {item.partition or "": item for item in self._stale(dataset)}
        asked = memory["asked"] = {key: value for key, value in memory["asked"].items() if key in stale}
        due = {key: item for key, item in stale.items() if _due(item, asked.get(key), self.now, most_tries(dataset))}
        registered = self._register(dataset, due)
        for group in partition_ranges(dataset, due, registered) if dataset.partitions else [[key] for key in due]:
            identity = " ".join(f"{due[key].identity}:{_tries(due[key], asked.get(key))}" for key in group)
            if (project := _built_together(dataset)) is not None:
                self.together.setdefault(project, []).append((dataset, identity))
            else:
                made, _ = request([dataset], group if dataset.partitions else [], identity)
                self.done.requests.append(made)
            for key in group:
                tries = _tries(due[key], asked.get(key)) + 1
                asked[key] = {"identity": due[key].identity, "tries": tries, "at": self.now}
            self.done.notes.append(f"{dataset.asset} is asked for again: its inputs were published, it did not follow.")
        return all(_tries(item, asked.get(key)) >= most_tries(dataset) for key, item in stale.items())

    def _stale(self, dataset: Dataset) -> list[Stale]:
        found = stale_partitions(dataset, self.catalog)
        if not dataset.unsafe:
            return found
        return [
            item
            for item in found
            if not item.released and not run_since(self.instance, dataset.key, item.partition, item.since)
        ]


def _built_together(dataset: Dataset) -> Where | None:
    """Return what says that a model may be built in one run with others: a start of dbt is most of its cost.

    Not where a re-run is unsafe: another model that breaks off must not be the reason for one.
    """
    recipe = dataset.declaration.recipe
    return recipe.project.where if isinstance(recipe, DbtModel) and not dataset.unsafe else None


def _announcement(dataset: Dataset, catalog: Catalog, publication: Publication) -> dg.AssetMaterialization:
    metadata = {**publication_metadata(dataset, catalog, publication), "platform/announced_by": "reconcile"}
    about = "Announced from the warehouse: the commit stands, and no event had told of it."
    return dg.AssetMaterialization(dataset.key, description=about, metadata=metadata, partition=publication.partition)


def _tries(item: Stale, asked: Any) -> int:
    return int(asked["tries"]) if asked and asked["identity"] == item.identity else 0


def _due(item: Stale, asked: Any, now: float, most: int) -> bool:
    tries = _tries(item, asked)
    if tries == 0:
        return item.released or now - item.since.timestamp() >= FOLLOW_SECONDS
    return tries < most and now - float(asked["at"]) >= RETRY_SECONDS * 2 ** (tries - 1)
