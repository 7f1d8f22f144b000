"""What a dataset is made of in the proof: its partitions, and the samples of its inputs, as they are and shuffled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from platform_core.components.files.spec import FileSpec
from platform_core.testing.inputs import Inputs, cut_of
from platform_core.testing.rerun.deliveries import write_delivery
from platform_core.testing.runs import keys_read, upstream_partitions

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset

__all__ = ["LaidOut", "lay_out", "shuffled_places"]

_KEYS = 2  # own partitions that are made: one to change, one that must not
_MOST = 40  # partitions of the inputs: where two need more, one partition must do


@dataclass
class LaidOut:
    """`keys` are the partitions to make. `inputs` are files by asset, then partition; `shuffled` the same rows anew."""

    keys: tuple[str | None, ...]
    landing: Path
    landing_shuffled: Path
    inputs: dict[str, dict[str | None, str]] = field(default_factory=dict)
    shuffled: dict[str, dict[str | None, str]] = field(default_factory=dict)


def lay_out(dataset: Dataset, samples: Inputs, folder: Path) -> LaidOut:
    """Write the samples that `dataset` is made from below `folder`."""
    keys, reads = _keys(dataset, samples)
    laid = LaidOut(keys, folder / "landing", folder / "landing-shuffled")
    if isinstance(dataset.declaration.recipe, FileSpec):
        if cut := cut_of(dataset.partitions, keys):
            samples.cuts[dataset.asset] = cut
        for key, rows in samples.parts(dataset.asset).items():
            write_delivery(dataset.declaration.recipe, rows, laid.landing, key)
            write_delivery(dataset.declaration.recipe, _shuffled(rows), laid.landing_shuffled, key)
        return laid
    for asset in sorted(set(dataset.inputs.values())):
        if cut := cut_of(upstream_partitions(dataset, samples, asset), reads[asset]):
            samples.cuts[asset] = cut
    for place, asset in enumerate(sorted(set(dataset.inputs.values()))):
        parts = samples.parts(asset)
        laid.inputs[str(asset)] = _written(parts, folder / "samples" / str(place))
        anew = {key: _shuffled(parts[key]) for key in reversed(list(parts))}
        laid.shuffled[str(asset)] = _written(anew, folder / "samples" / f"{place}-shuffled")
    return laid


def _keys(dataset: Dataset, samples: Inputs) -> tuple[tuple[str | None, ...], dict[object, list[str | None]]]:
    """Return the partitions to make, and those of each input that they read."""
    own: list[str | None] = [None]
    if dataset.partitions is not None:
        own = list(dataset.partitions.known_keys()[:_KEYS])
    while True:
        reads: dict[object, list[str | None]] = {}
        for asset in set(dataset.inputs.values()):
            upstream = upstream_partitions(dataset, samples, asset)
            needed = [read for key in own for read in keys_read(dataset, key, upstream)]
            reads[asset] = list(dict.fromkeys(needed))
        if len(own) == 1 or max((len(keys) for keys in reads.values()), default=0) <= _MOST:
            return tuple(own), reads
        own = own[:1]


def shuffled_places(count: int) -> pyarrow.Array:
    """Return the places of `count` rows in another order, the same each time."""
    import pyarrow as pa

    places = list(range(count))
    Random(count).shuffle(places)
    return pa.array(places, pa.int64())  # of none, too, Arrow has to know that they are numbers


def _shuffled(rows: pyarrow.Table) -> pyarrow.Table:
    return rows.take(shuffled_places(rows.num_rows))


def _written(parts: Mapping[str | None, pyarrow.Table], folder: Path) -> dict[str | None, str]:
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for place, (key, rows) in enumerate(parts.items()):
        path = folder / f"{place}.parquet"
        parquet.write_table(rows, path)
        files[key] = str(path)
    return files
