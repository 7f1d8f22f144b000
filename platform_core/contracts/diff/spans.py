"""Sets of allowed values as spans, and whether one set lies within another: this decides looser and tighter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal

__all__ = ["Direction", "Spans", "anything", "direction", "number", "spans", "union", "within"]

Direction = Literal["equal", "looser", "tighter", "moved"]
# An end is (-1, 0, 0) or (1, 0, 0) for no limit, else (0, value, step): the step is 1 just above the value (an open
# lower end), -1 just below it (an open upper end) and 0 for the value itself. So ends compare as they lie on the line.
End = tuple[int, Any, int]
Spans = tuple[tuple[End, End], ...]  # sorted, apart from each other
_BELOW, _ABOVE = (-1, 0, 0), (1, 0, 0)

anything: Spans = ((_BELOW, _ABOVE),)


def spans(low: Any = None, high: Any = None, *, above: Any = None, below: Any = None, whole: bool = False) -> Spans:
    """Return the values from `low` to `high`, both included, that lie above `above` and below `below`.

    None is no limit; `whole`: the values are whole numbers. Empty when no value is left.
    """
    least = max(_lower(low, 0, whole), _lower(above, 1, whole))
    most = min(_upper(high, 0, whole), _upper(below, -1, whole))
    return ((least, most),) if least <= most else ()


def union(parts: Iterable[Spans], *, whole: bool = False) -> Spans:
    """Return the values that are in any of `parts`."""
    joined: list[tuple[End, End]] = []
    for low, high in sorted(span for part in parts for span in part):
        if joined and _touch(joined[-1][1], low, whole):
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def within(inner: Spans, outer: Spans) -> bool:
    """Say whether every value of `inner` is one of `outer`; both as `spans` and `union` give them."""
    return all(any(low <= start and end <= high for low, high in outer) for start, end in inner)


def direction(old: Spans, new: Spans) -> Direction:
    """Say how the values allowed by `new` stand to those allowed by `old`."""
    grown, shrunk = within(old, new), within(new, old)
    if grown and shrunk:
        return "equal"
    return "looser" if grown else "tighter" if shrunk else "moved"


def number(value: Any) -> Fraction | None:
    """Return a number of YAML exactly as it is written (0.1 is a tenth); None when it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return Fraction(value) if isinstance(value, int) else Fraction(str(value))


def _lower(value: Any, step: int, whole: bool) -> End:
    if value is None:
        return _BELOW
    if whole:
        return (0, math.floor(value) + 1 if step else math.ceil(value), 0)
    return (0, value, step)


def _upper(value: Any, step: int, whole: bool) -> End:
    if value is None:
        return _ABOVE
    if whole:
        return (0, math.ceil(value) - 1 if step else math.floor(value), 0)
    return (0, value, step)


def _touch(high: End, low: End, whole: bool) -> bool:
    """Say whether a span that begins at `low` goes on where one ended at `high`, or before."""
    if low <= high:
        return True
    if high[0] or low[0]:
        return False
    if whole:
        return bool(low[1] == high[1] + 1)
    return bool(low[1] == high[1] and low[2] - high[2] == 1)
