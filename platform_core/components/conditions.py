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

__all__ = ["follow"]

A = dg.AutomationCondition


def follow(inputs: Iterable[AssetId], references: Iterable[AssetId] = (), *, partitioned: bool) -> Any:
    """Return the condition of a dataset that reads `inputs` and is audited against `references`.

    A partitioned dataset waits for the partitions of its inputs that belong to its own. One without partitions takes
    what is there, once each input has published anything. A new publication of a mere reference triggers nothing (it
    changes no row), but one that was never published is waited for.
    """
    return _follow(tuple(sorted(inputs)), tuple(sorted(set(references) - set(inputs))), partitioned)


@cache
def _follow(inputs: tuple[AssetId, ...], references: tuple[AssetId, ...], partitioned: bool) -> Any:
    updated, missing = A.any_deps_updated(), A.any_deps_missing()
    if references:
        read = _selection(*inputs)
        updated, missing = updated.allow(read), missing.allow(read)
    trigger = (A.newly_missing() | updated).since(A.newly_requested() | A.newly_updated())
    # One clause an input: 'any of them has data' would let a total run before its second input ever published.
    once = references if partitioned else (*inputs, *references)
    ready = [~missing] if partitioned else []
    ready += [A.any_deps_match(~A.missing()).allow(_selection(asset)) for asset in once]
    quiet = ~A.any_deps_in_progress() & ~A.in_progress()
    return reduce(and_, [trigger, *ready, quiet])


def _selection(*assets: AssetId) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(asset.path) for asset in assets))
