"""When Dagster asks for a derived dataset: after what it reads was published, never by a clock.

Not `AutomationCondition.eager()`: that one looks at the latest time partition only, and never fires for an
unpartitioned dataset while any partition of an input is missing. And no clause on the blocking checks of the inputs:
refused data is never materialized here, while one refused month, checked last, would hold back all the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import and_
from typing import Any

import dagster as dg

from platform_core.names import AssetId

__all__ = ["follow", "on_new_code"]

A = dg.AutomationCondition


def follow(
    inputs: Iterable[AssetId],
    references: Iterable[AssetId] = (),
    *,
    partitioned: bool,
    skip_missing: bool = False,
    uneven: Iterable[AssetId] = (),
    other_deps: bool = False,
) -> Any:
    """Return the condition of a dataset that reads `inputs` and is audited against `references`.

    A partitioned dataset waits for all partitions of its inputs that belong to its own; with `skip_missing` for one of
    each input, and every further one makes it anew. One without partitions takes what is there, once each input has
    published anything. Of the inputs that are `uneven` (cut in another way) a partition may have no counterpart yet:
    nothing of it is missing then, and nothing is there. A new publication of a mere reference triggers nothing (it
    changes no row), but one that was never published is waited for. `other_deps`: Dagster knows of further ones, of
    which nothing is published.
    """
    read = tuple(sorted(set(inputs)))
    judged = tuple(sorted(set(references) - set(read)))
    return _follow(read, judged, partitioned, skip_missing, tuple(sorted(set(uneven) & set(read))), other_deps)


def on_new_code() -> Any:
    """Return the condition of a dataset that reads nothing published: made once, and again when its code changes."""
    return (A.newly_missing() | A.code_version_changed()).since(
        A.newly_requested() | A.newly_updated()
    ) & ~A.in_progress()


@cache
def _follow(  # noqa: PLR0917 - by place, for the cache
    inputs: tuple[AssetId, ...],
    references: tuple[AssetId, ...],
    partitioned: bool,
    skip_missing: bool,
    uneven: tuple[AssetId, ...],
    other_deps: bool,
) -> Any:
    updated, missing = A.any_deps_updated(), A.any_deps_missing()
    if references or other_deps:
        read = _selection(*inputs)
        updated, missing = updated.allow(read), missing.allow(read)
    trigger = (A.newly_missing() | updated).since(A.newly_requested() | A.newly_updated())
    waits = partitioned and not skip_missing
    # One clause an input: 'any of them has data' would let a total run before its second input ever published.
    once = (*uneven, *references) if waits else (*inputs, *references)
    ready = [~missing] if waits else []
    ready += [A.any_deps_match(~A.missing()).allow(_selection(asset)) for asset in once]
    quiet = ~A.any_deps_in_progress() & ~A.in_progress()
    return reduce(and_, [trigger, *ready, quiet])


def _selection(*assets: AssetId) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(asset.path) for asset in assets))
