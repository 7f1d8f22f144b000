"""Two contracts of a dataset, from the top down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.contracts.diff.change import Change, Changes, Place
from platform_core.contracts.diff.columns import columns
from platform_core.contracts.model import Contract

__all__ = ["Cut", "diff"]

Cut = Mapping[str, Any]


def diff(
    old: Contract | None, new: Contract | None, partitions: tuple[Cut | None, Cut | None] = (None, None)
) -> tuple[Change, ...]:
    """Return what is different in `new`, in an order that depends on nothing but the contracts.

    None stands for a contract that is not there (yet, or any more). `partitions` are how the dataset is cut before and
    after, in the words of defs.yaml and graph.json, None without partitions. Contracts of one `hash` have no changes;
    two of different hash always have at least one. Both must have passed the lint.
    """
    found = Changes()
    if old is None or new is None:
        if old is not new:
            kind = "dataset-removed" if new is None else "dataset-added"
            found.add("contract", kind, Place(), old and old.dataset, new and new.dataset)
        return tuple(found.found)
    if old.hash != new.hash:
        columns(found, Place(), old.columns, new.columns)
    return tuple(found.found)
