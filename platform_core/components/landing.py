"""The landing sensor: asks for a dataset when a delivery stands still that was neither published nor refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import dagster as dg

from platform_core.adapters.instance_activity import unfinished_run
from platform_core.components.dataset import Dataset
from platform_core.components.files.landing import Delivery, Landed, content_hash, deliveries, look
from platform_core.components.files.spec import FileSpec
from platform_core.components.requests import ASK_TAG, RETRY_SECONDS, most_tries, partition_ranges, request
from platform_core.components.staleness import judged_otherwise, table_state
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

__all__ = ["Look", "take_look"]


@dataclass
class Look:
    """What one look found: runs to ask for, what is waited for and why, and what the next look must know."""

    requests: list[dg.RunRequest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cursor: str = ""


@dataclass(frozen=True)
class _Memory:
    """What is remembered of one delivery between two looks.

    `stands` are its sizes and times, `hash` its content once it stood still. `settled` is the state of the tables in
    which it was found published or refused: while they stay as they are, nothing has to be asked of them. `tries`
    counts the runs asked for, `ask` finds the last of them, `at` is when (seconds since 1970).
    """

    stands: str
    hash: str = ""
    settled: str = ""
    tries: int = 0
    ask: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class _Ready:
    dataset: Dataset
    delivery: Delivery
    memory: _Memory
    state: str  # of the tables when it was judged ready


def take_look(
    datasets: Sequence[Dataset], catalog: Catalog, instance: dg.DagsterInstance, cursor: str | None, now: float
) -> Look:
    """Look at the landing folder of a location's file datasets once.

    `cursor` is that of the look before (None at first), `now` the time in seconds since 1970.
    """
    looking = _Looking(catalog, instance, now, json.loads(cursor or "{}"))
    folder = catalog.landing_folder(datasets[0].asset.location)
    landed = look(folder)
    expected: set[str] = set()
    ready: list[_Ready] = []
    for dataset in datasets:
        for partition, delivery in _deliveries(dataset, landed).items():
            expected.update(file.name for file in delivery.files)
            if _known(dataset, partition):
                ready += looking.consider(dataset, delivery)
            else:
                looking.notes.append(f"{delivery.names}: {dataset.asset} has no partition '{partition}'.")
    looking.notes += [
        f"{file.name}: {file.problem or 'no dataset expects this file'}."
        for file in landed
        if file.name not in expected and not file.is_folder
    ]
    requests = looking.ask(ready)
    return Look(requests, looking.notes, json.dumps(looking.after, sort_keys=True))


def _deliveries(dataset: Dataset, landed: list[Landed]) -> Mapping[str | None, Delivery]:
    recipe = dataset.declaration.recipe
    return deliveries(recipe, landed) if isinstance(recipe, FileSpec) else {}


def _known(dataset: Dataset, partition: str | None) -> bool:
    if partition is None or dataset.partitions is None:
        return partition is None and dataset.partitions is None
    return dataset.partitions.definition().has_partition_key(partition)


class _Looking:
    """One look: what was remembered, and what is to be."""

    def __init__(self, catalog: Catalog, instance: dg.DagsterInstance, now: float, before: dict[str, Any]) -> None:
        self.catalog, self.instance, self.now, self.before = catalog, instance, now, before
        self.after: dict[str, Any] = {}
        self.notes: list[str] = []

    def consider(self, dataset: Dataset, delivery: Delivery) -> Iterator[_Ready]:
        """Yield the delivery when a run must be asked for; remember it either way."""
        place = _place(dataset, delivery.partition)
        stands = ";".join(f"{file.name}:{file.size}:{file.changed}:{file.problem}" for file in delivery.files)
        memory = _Memory(**self.before[place]) if place in self.before else _Memory("")
        if memory.stands != stands:
            # Not yet standing still: a copy may be under way.
            self.after[place] = asdict(replace(memory, stands=stands, settled="", hash=""))
            self.notes.append(f"{delivery.names}: seen; taken if it stands still until the next look.")
            return
        if not memory.hash:
            try:
                found = content_hash(self.catalog.landing_folder(dataset.asset.location), delivery)
            except OSError as error:
                self.after[place] = asdict(memory)
                self.notes.append(f"{delivery.names}: it cannot be read: {error.strerror}.")
                return
            memory = replace(memory, hash=found)
        memory, ask = self._decide(dataset, delivery, memory)
        self.after[place] = asdict(memory)
        if ask:
            yield _Ready(dataset, delivery, memory, table_state(self.catalog, dataset, dataset.references))

    def _decide(self, dataset: Dataset, delivery: Delivery, memory: _Memory) -> tuple[_Memory, bool]:
        state = table_state(self.catalog, dataset, dataset.references)
        if memory.settled == state:
            return memory, False
        table = self.catalog.table(dataset.asset)
        standing = table.current().get(delivery.partition)
        refusal = table.standing_refusals().get(delivery.partition)
        if standing is not None and (memory.hash == standing.input_hash or standing.withholds(memory.hash)):
            return replace(memory, settled=state, tries=0, ask=""), False
        if (
            refusal is not None
            and refusal.input_hash == memory.hash
            and not judged_otherwise(dataset, self.catalog, refusal)
        ):
            return replace(memory, settled=state, tries=0, ask=""), False
        if missing := [str(asset) for asset in dataset.references if not self.catalog.table(asset).current()]:
            self.notes.append(f"{delivery.names}: {dataset.asset} is waiting for {', '.join(missing)}.")
            return memory, False
        return memory, self._may_ask(dataset, delivery, memory)

    def _may_ask(self, dataset: Dataset, delivery: Delivery, memory: _Memory) -> bool:
        if not memory.ask:
            return True
        if unfinished_run(self.instance, ASK_TAG, memory.ask):
            return False
        # The run ended, and neither published nor refused: it died, or stopped before it could judge.
        if memory.tries >= most_tries(dataset):
            ended = "1 run" if memory.tries == 1 else f"{memory.tries} runs"
            why = f" It is not asked for again, as a re-run is unsafe: {dataset.unsafe}" if dataset.unsafe else ""
            self.notes.append(f"{delivery.names}: {ended} ended without a verdict; see the logs.{why}")
            return False
        return self.now - memory.at >= RETRY_SECONDS * 2 ** (memory.tries - 1)

    def ask(self, ready: Sequence[_Ready]) -> list[dg.RunRequest]:
        """Return as few runs as will do: one for all datasets without partitions, one for each range of the others."""
        requests = []
        for group, keys in _groups(ready):
            identity = " ".join(f"{item.memory.hash}:{item.memory.tries}:{item.state}" for item in group)
            datasets = list({item.dataset.asset: item.dataset for item in group}.values())
            made, ask = request(datasets, keys, identity)
            requests.append(made)
            for item in group:
                asked = replace(item.memory, tries=item.memory.tries + 1, ask=ask, at=self.now)
                self.after[_place(item.dataset, item.delivery.partition)] = asdict(asked)
        return requests


def _groups(ready: Sequence[_Ready]) -> Iterator[tuple[list[_Ready], list[str]]]:
    whole = [item for item in ready if item.delivery.partition is None]
    assets = {item.dataset.asset for item in whole}
    # One that is audited against another of the same run would fail with it.
    together = [item for item in whole if not assets & set(item.dataset.references)]
    if together:
        yield together, []
    yield from (([item], []) for item in whole if item not in together)
    by_dataset: dict[AssetId, dict[str, _Ready]] = {}
    for item in ready:
        if item.delivery.partition is not None:
            by_dataset.setdefault(item.dataset.asset, {})[item.delivery.partition] = item
    for items in by_dataset.values():
        for keys in partition_ranges(next(iter(items.values())).dataset, items):
            yield [items[key] for key in keys], keys


def _place(dataset: Dataset, partition: str | None) -> str:
    return f"{dataset.asset.dataset}|{partition or ''}"
