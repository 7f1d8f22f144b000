"""Which entries of two lists are the same thing: by stable id where both have one, else by what they are called."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Matched", "matched"]

Entry = Mapping[str, Any]
Key = Callable[[Entry], Hashable]


@dataclass(frozen=True)
class Matched:
    """Pairs of indexes of the old and the new list, in the order of the new; and what stands in one alone."""

    pairs: tuple[tuple[int, int], ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]

    @property
    def reordered(self) -> bool:
        """Whether those in both lists follow each other in another order."""
        olds = [old for old, _ in self.pairs]
        return olds != sorted(olds)


def matched(old: Sequence[Entry], new: Sequence[Entry], *keys: Key) -> Matched:
    """Match two lists by id, then, of what is left, by each of `keys` in turn. A key of None matches nothing.

    Of several entries with one key the first ones are matched, in their order.
    """
    pairs: dict[int, int] = {}  # by new index
    left = dict(enumerate(old))
    for key in (_id, *keys):
        known: dict[Hashable, list[int]] = {}
        for index, entry in left.items():
            value = key(entry)
            if value is not None:
                known.setdefault(value, []).append(index)
        for index, entry in enumerate(new):
            found = known.get(key(entry)) if index not in pairs else None
            if found:
                pairs[index] = found.pop(0)
                del left[pairs[index]]
        if not left:
            break
    added = tuple(index for index in range(len(new)) if index not in pairs)
    return Matched(tuple((pairs[index], index) for index in sorted(pairs)), tuple(left), added)


def _id(entry: Entry) -> Hashable:
    known = entry.get("id")
    return known if isinstance(known, str) else None
