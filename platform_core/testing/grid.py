"""Values on a grid of whole steps: a handful at random first, then, when more are wanted, all in order."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

__all__ = ["spread"]

_FIRST = 1000


def spread(random: Random, low: int, high: int, low_open: bool, high_open: bool) -> Iterator[int]:
    """Yield every step from `low` to `high`, different ones, the first thousand in random order.

    An end that no rule sets is open: the values then stay near the other end, where a reader expects them.
    """
    if high < low:
        return
    near, far = low, high
    if high_open:
        far = min(high, low + _FIRST - 1)
    elif low_open:
        near = max(low, high - _FIRST + 1)
    first = random.sample(range(near, far + 1), min(far - near + 1, _FIRST))
    yield from first
    seen = set(first)
    rest = range(high, low - 1, -1) if low_open and not high_open else range(low, high + 1)
    yield from (step for step in rest if step not in seen)
