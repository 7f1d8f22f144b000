"""The landing sensor: asks for a dataset when a delivery stands still that was neither published nor refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import dagster as dg

from platform_core.adapters.instance_activity import unfinished_run
from platform_core.components.dataset import Dataset
from platform_core.components.delivered import Judges, Memory, Ready
from platform_core.components.files.hashing import Progress, hash_on
from platform_core.components.files.landing import Delivery, deliveries, look
from platform_core.components.files.spec import FileSpec
from platform_core.components.files.strays import Expected, strays
from platform_core.components.partitions import Partitions
from platform_core.components.requests import ASK_TAG, RETRY_SECONDS, most_tries, partition_ranges, request
from platform_core.components.staleness import judged_otherwise
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

__all__ = ["HASH_SECONDS", "Look", "take_look"]

HASH_SECONDS = 15.0  # of one look; Dagster ends a sensor after 60


@dataclass
class Look:
    """What one look found: runs to ask for, what is waited for and why, and what the next look must know.

    `new_keys` and `gone_keys` are keys of dynamic partitions by their name: those that Dagster does not know yet, and
    those whose file went away before anything came of it.
    """

    requests: list[dg.RunRequest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cursor: str = ""
    new_keys: dict[str, list[str]] = field(default_factory=dict)
    gone_keys: dict[str, list[str]] = field(default_factory=dict)


def take_look(
    datasets: Sequence[Dataset], catalog: Catalog, instance: dg.DagsterInstance, cursor: str | None, now: float
) -> Look:
    """Look at the landing folder of a location's file datasets once.

    `cursor` is that of the look before (None at first), `now` the time in seconds since 1970.
    """
    looking = _Looking(catalog, instance, now, json.loads(cursor or "{}"))
    landed = look(catalog.landing_folder(datasets[0].asset.location))
    expected = [one for dataset in datasets if (one := _expected(dataset)) is not None]
    ready: list[Ready] = []
    for dataset, one in zip(datasets, expected, strict=True):
        judges = Judges(dataset, catalog)
        for partition, delivery in deliveries(one.spec, landed).items():
            if one.takes(partition):
                ready += looking.consider(judges, delivery)
        looking.forget(judges)
    looking.notes += [f"{stray.file}: {stray.why}" for stray in strays(expected, landed)]
    done = looking.done
    done.requests = looking.ask(ready)
    done.notes, done.cursor = looking.notes, json.dumps(looking.after, sort_keys=True)
    return done


def _expected(dataset: Dataset) -> Expected | None:
    recipe = dataset.declaration.recipe
    return Expected(dataset.asset, recipe, dataset.partitions) if isinstance(recipe, FileSpec) else None


class _Looking:
    """One look: what was remembered, and what is to be."""

    def __init__(self, catalog: Catalog, instance: dg.DagsterInstance, now: float, before: dict[str, Any]) -> None:
        self.catalog, self.instance, self.now, self.before = catalog, instance, now, before
        self.after: dict[str, Any] = {}
        self.notes: list[str] = []
        self.done = Look()
        self.hash_until = time.monotonic() + HASH_SECONDS

    def consider(self, judges: Judges, delivery: Delivery) -> Iterator[Ready]:
        """Yield the delivery when a run must be asked for; remember it either way."""
        dataset = judges.dataset
        place = _place(dataset, delivery.partition)
        stands = ";".join(f"{file.name}:{file.size}:{file.changed}:{file.problem}" for file in delivery.files)
        memory = Memory(**self.before[place]) if place in self.before else Memory("")
        if memory.stands != stands:
            # Not yet standing still: a copy may be under way.
            self.after[place] = asdict(replace(memory, stands=stands, settled="", hash="", hashed=None, tries=0))
            self.notes.append(f"{delivery.names}: seen; taken if it stands still until the next look.")
            return
        if not memory.hash:
            memory = self._hashed(dataset, delivery, memory)
        ask = False
        if memory.hash:
            memory, ask = self._decide(judges, delivery, memory)
        self.after[place] = asdict(memory)
        if ask:
            yield Ready(dataset, delivery, memory, judges.state)

    def _hashed(self, dataset: Dataset, delivery: Delivery, memory: Memory) -> Memory:
        """Hash the delivery as far as this look has time; the next goes on from there."""
        if time.monotonic() > self.hash_until:
            self.notes.append(f"{delivery.names}: its content is compared in one of the next looks.")
            return memory
        folder = self.catalog.landing_folder(dataset.asset.location)
        before = Progress(*memory.hashed) if memory.hashed else Progress()
        try:
            found, progress = hash_on(folder, delivery, before, lambda: time.monotonic() < self.hash_until)
        except OSError as error:
            self.notes.append(f"{delivery.names}: it cannot be read: {error.strerror}.")
            return memory
        if found:
            return replace(memory, hash=found, hashed=None)
        size = sum(file.size for file in delivery.files)
        share = f"{progress.done(delivery) / 2**30:,.1f} of {size / 2**30:,.1f} GB"
        self.notes.append(f"{delivery.names}: its content is compared, {share} so far.")
        return replace(memory, hashed=(progress.file, progress.offset, progress.digest))

    def _decide(self, judges: Judges, delivery: Delivery, memory: Memory) -> tuple[Memory, bool]:
        dataset = judges.dataset
        if memory.settled == judges.state:
            return memory, False
        standing, refusal = judges.current.get(delivery.partition), judges.refusals.get(delivery.partition)
        settled = replace(memory, settled=judges.state, tries=0, ask="")
        if standing is not None and (memory.hash == standing.input_hash or standing.withholds(memory.hash)):
            return settled, False
        same = refusal is not None and refusal.input_hash == memory.hash
        if refusal is not None and same and not judged_otherwise(dataset, self.catalog, refusal):
            return settled, False
        if judges.missing:
            self.notes.append(f"{delivery.names}: {dataset.asset} is waiting for {', '.join(judges.missing)}.")
            return memory, False
        return memory, self._may_ask(dataset, delivery, memory)

    def forget(self, judges: Judges) -> None:
        """Forget deliveries that went away. A dynamic partition of which nothing came goes with its file."""
        dataset, cut = judges.dataset, judges.dataset.partitions
        if cut is None or cut.type != "dynamic":
            return
        known = set(self._registered(cut))
        for place in [one for one in self.before if one.startswith(_place(dataset, "")) and one not in self.after]:
            key, ask = place.removeprefix(_place(dataset, "")), self.before[place].get("ask")
            if ask and unfinished_run(self.instance, ASK_TAG, ask):
                self.after[place] = self.before[place]
            elif key in known and key not in judges.current and key not in judges.refusals:
                self.done.gone_keys.setdefault(str(cut.name), []).append(key)
                self.notes.append(
                    f"{dataset.asset}: the file of partition '{key}' went away, and with it the partition."
                )

    def _registered(self, cut: Partitions) -> list[str]:
        """Return the keys of dynamic partitions that Dagster knows, in its order, with those this look adds."""
        known = list(self.instance.get_dynamic_partitions(str(cut.name))) if cut.type == "dynamic" else []
        return [*known, *self.done.new_keys.get(str(cut.name), ())]

    def _may_ask(self, dataset: Dataset, delivery: Delivery, memory: Memory) -> bool:
        if not memory.ask:
            return True
        if unfinished_run(self.instance, ASK_TAG, memory.ask):
            return False
        if not memory.tries:  # that run was for what lay there before
            return True
        # The run ended, and neither published nor refused: it died, or stopped before it could judge.
        if memory.tries >= most_tries(dataset):
            ended = "1 run" if memory.tries == 1 else f"{memory.tries} runs"
            why = f" It is not asked for again, as a re-run is unsafe: {dataset.unsafe}" if dataset.unsafe else ""
            self.notes.append(f"{delivery.names}: {ended} ended without a verdict; see the logs.{why}")
            return False
        return self.now - memory.at >= RETRY_SECONDS * 2 ** (memory.tries - 1)

    def ask(self, ready: Sequence[Ready]) -> list[dg.RunRequest]:
        """Return as few runs as will do: one for all datasets without partitions, one for each range of the others."""
        requests = []
        for group, keys in self._groups(ready):
            identity = " ".join(f"{item.memory.hash}:{item.memory.tries}:{item.state}" for item in group)
            datasets = list({item.dataset.asset: item.dataset for item in group}.values())
            made, ask = request(datasets, keys, identity)
            requests.append(made)
            for item in group:
                asked = replace(item.memory, tries=item.memory.tries + 1, ask=ask, at=self.now)
                self.after[_place(item.dataset, item.delivery.partition)] = asdict(asked)
        return requests

    def _groups(self, ready: Sequence[Ready]) -> Iterator[tuple[list[Ready], list[str]]]:
        whole = [item for item in ready if item.delivery.partition is None]
        assets = {item.dataset.asset for item in whole}
        # One that is audited against another of the same run would fail with it.
        together = [item for item in whole if not assets & set(item.dataset.references)]
        if together:
            yield together, []
        yield from (([item], []) for item in whole if item not in together)
        by_dataset: dict[AssetId, dict[str, Ready]] = {}
        for item in ready:
            if item.delivery.partition is not None:
                by_dataset.setdefault(item.dataset.asset, {})[item.delivery.partition] = item
        for items in by_dataset.values():
            dataset = next(iter(items.values())).dataset
            for keys in partition_ranges(dataset, items, self._register(dataset, items)):
                yield [items[key] for key in keys], keys

    def _register(self, dataset: Dataset, keys: Mapping[str, Ready]) -> list[str]:
        """Let Dagster know the keys of dynamic partitions before their runs are asked for; return all there are."""
        cut = dataset.partitions
        if cut is None or cut.type != "dynamic":
            return []
        known = set(self._registered(cut))
        if new := sorted(key for key in keys if key not in known):
            self.done.new_keys.setdefault(str(cut.name), []).extend(new)
        return self._registered(cut)


def _place(dataset: Dataset, partition: str | None) -> str:
    return f"{dataset.asset.dataset}|{partition or ''}"
