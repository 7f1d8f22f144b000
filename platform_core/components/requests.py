"""Runs that the platform's own sensors ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import dagster as dg

from platform_core.components.dataset import Dataset

__all__ = ["ASK_TAG", "MAX_TRIES", "RETRY_SECONDS", "most_tries", "partition_ranges", "request"]

ASK_TAG = "platform/ask"
MAX_TRIES = 3
RETRY_SECONDS = 60.0  # before a run that died is asked for again; doubled each time
_START, _END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def most_tries(dataset: Dataset) -> int:
    """Return how many runs are asked for when they end without a verdict: one where a re-run is unsafe."""
    return 1 if dataset.unsafe else MAX_TRIES


def partition_ranges(dataset: Dataset, keys: Iterable[str], registered: Sequence[str] = ()) -> list[list[str]]:
    """Group partitions that follow one another, so that each group is one run: its start is most of its cost.

    No group is larger than the dataset's `partitions_per_run`. Each partition stands alone where a re-run is unsafe:
    one that breaks off must not make others run again. `registered` are the keys of dynamic partitions, in their order.
    """
    most = 1 if dataset.unsafe else dataset.declaration.partitions_per_run
    wanted = set(keys)
    groups: list[list[str]] = []
    previous = None
    for key in dataset.partitions.known_keys(registered) if dataset.partitions else ():
        if key in wanted and previous in wanted and not (most and len(groups[-1]) >= most):
            groups[-1].append(key)
        elif key in wanted:
            groups.append([key])
        previous = key
    return groups


def request(datasets: Sequence[Dataset], partitions: Sequence[str], identity: str) -> tuple[dg.RunRequest, str]:
    """Return the request of one run, and the value of its ASK_TAG, by which it is found again.

    `partitions` follow one another; none for datasets without. `identity` says why it is asked for: the same one is
    never requested twice.
    """
    names = ",".join(str(dataset.asset) for dataset in datasets)
    ask = hashlib.sha256(f"{names}:{','.join(partitions)}:{identity}".encode()).hexdigest()[:20]
    keys = [dataset.key for dataset in datasets]
    tags = {ASK_TAG: ask}
    if len(partitions) <= 1:
        only = next(iter(partitions), None)
        return dg.RunRequest(run_key=ask, asset_selection=keys, partition_key=only, tags=tags), ask
    tags.update({_START: partitions[0], _END: partitions[-1]})
    return dg.RunRequest(run_key=ask, asset_selection=keys, tags=tags), ask
