"""Whether every text that one pattern matches is matched by another: decided for plain patterns, never guessed.

Both become machines that read a character at a time; the first is followed together with all states the second can be
in. Patterns match the whole value, as the audit has it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from platform_core.contracts.diff.spans import Direction
from platform_core.contracts.expressions import Alternatives, Anchor, Characters, Node, Repeat, Sequence, read

__all__ = ["compared"]

_MOST_STATES = 2000
_MOST_WORK = 500_000  # states looked at: some tenths of a second
# Classes of Unicode and both cases of letters are what the engine says they are: it is not asked here.
_ASKING = re.compile(r"\\[pP]|\[:|\(\?[msU]*i")


class _Unclear(Exception):
    """The patterns are too large, or use what is not compared here."""


@lru_cache(maxsize=1024)
def compared(old: str, new: str) -> Direction | None:
    """Say how the texts that `new` matches stand to those that `old` matches; None when that was not found out."""
    if _ASKING.search(old) or _ASKING.search(new):
        return None
    try:
        one, other = _Machine(old), _Machine(new)
        grown, shrunk = _included(one, other), _included(other, one)
    except (_Unclear, ValueError, RecursionError):
        return None
    if grown and shrunk:
        return "equal"
    return "looser" if grown else "tighter" if shrunk else "moved"


class _Machine:
    """States with steps on ranges of characters (`steps`) and without reading (`free`); it ends in `end`."""

    def __init__(self, pattern: str) -> None:
        self.steps: list[list[tuple[int, int, int]]] = []
        self.free: list[list[int]] = []
        self.start, self.end = self._state(), self._state()
        self._add(_unanchored(_unanchored(read(pattern), "start"), "end"), self.start, self.end)

    def closed(self, states: frozenset[int]) -> frozenset[int]:
        """Return the states that are reached from `states` without reading."""
        seen, ahead = set(states), list(states)
        while ahead:
            for state in self.free[ahead.pop()]:
                if state not in seen:
                    seen.add(state)
                    ahead.append(state)
        return frozenset(seen)

    def after(self, states: frozenset[int], char: int) -> frozenset[int]:
        """Return the states that are reached from `states` by reading `char`."""
        met = {to for state in states for low, high, to in self.steps[state] if low <= char <= high}
        return self.closed(frozenset(met))

    def ranges(self, states: frozenset[int]) -> list[tuple[int, int]]:
        return [(low, high) for state in states for low, high, _ in self.steps[state]]

    def _state(self) -> int:
        if len(self.steps) >= _MOST_STATES:
            raise _Unclear
        self.steps.append([])
        self.free.append([])
        return len(self.steps) - 1

    def _add(self, node: Node, start: int, end: int) -> None:
        if isinstance(node, Characters):
            self.steps[start] += [(low, high, end) for low, high in node.ranges]
        elif isinstance(node, Sequence):
            self._in_turn(node.parts, start, end)
        elif isinstance(node, Alternatives):
            for part in node.parts:
                self._add(part, start, end)
        elif isinstance(node, Repeat):
            self._repeated(node, start, end)
        else:
            raise _Unclear  # an anchor inside

    def _in_turn(self, parts: tuple[Node, ...], start: int, end: int) -> None:
        for part in parts:
            after = self._state()
            self._add(part, start, after)
            start = after
        self.free[start].append(end)

    def _repeated(self, node: Repeat, start: int, end: int) -> None:
        for _ in range(node.least):
            after = self._state()
            self._add(node.part, start, after)
            start = after
        if node.most is None:
            loop = self._state()
            self.free[start].append(loop)
            back = self._state()
            self._add(node.part, loop, back)
            self.free[back].append(loop)
            start = loop
        for _ in range((node.most or node.least) - node.least):
            self.free[start].append(end)
            after = self._state()
            self._add(node.part, start, after)
            start = after
        self.free[start].append(end)


def _included(inner: _Machine, outer: _Machine) -> bool:
    """Say whether all that `inner` accepts is accepted by `outer`."""
    first = (inner.closed(frozenset({inner.start})), outer.closed(frozenset({outer.start})))
    seen, ahead, work = {first}, [first], 0
    while ahead:
        ours, theirs = ahead.pop()
        if inner.end in ours and outer.end not in theirs:
            return False
        for char in _samples(inner.ranges(ours), outer.ranges(theirs)):
            both = (inner.after(ours, char), outer.after(theirs, char))
            work += len(ours) + len(theirs) + len(both[0]) + len(both[1])
            if work > _MOST_WORK:
                raise _Unclear
            if both[0] and both not in seen:
                seen.add(both)
                ahead.append(both)
    return True


def _samples(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> list[int]:
    """Return one character for each way in which the ranges can be met: the first one after every edge."""
    edges = {edge for low, high in [*ours, *theirs] for edge in (low, high + 1)}
    return [edge for edge in edges if any(low <= edge <= high for low, high in ours)]


def _unanchored(node: Node, side: str) -> Node:
    """Take away the anchors at one side: the whole value is matched anyway."""
    if node == Anchor(side):  # type: ignore[arg-type]
        return Sequence(())
    if isinstance(node, Alternatives):
        return Alternatives(tuple(_unanchored(part, side) for part in node.parts))
    if isinstance(node, Sequence) and node.parts:
        place = 0 if side == "start" else len(node.parts) - 1
        parts = list(node.parts)
        parts[place] = _unanchored(parts[place], side)
        return Sequence(tuple(parts))
    return node
