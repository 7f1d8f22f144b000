"""A domain: the values a column may take, and how one gets out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

__all__ = ["Domain", "Values", "identity"]

_PATIENCE = 50  # values looked at, for each one wanted, before a domain is said to hold no more
Values = Callable[[Random], Iterator[Any]]


def identity(value: Any) -> Any:
    """Return something hashable that is equal exactly when two values are."""
    if isinstance(value, dict):
        return tuple((key, identity(item)) for key, item in value.items())
    return tuple(identity(item) for item in value) if isinstance(value, (list, tuple)) else (type(value), value)


@dataclass(frozen=True)
class Domain:
    """`candidates` yields values (never null, perhaps some again, perhaps without end) for `rules` to judge.

    `rules` are named as in the contract (`minimum`, `pattern`, `enum`). `edges` yields values of the right type that
    are likely to break one of them.
    """

    candidates: Values
    rules: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    edges: Values = field(default=lambda random: iter(()))

    def accepts(self, value: Any) -> bool:
        """Say whether `value` satisfies every rule."""
        return all(rule(value) for rule in self.rules.values())

    def pool(self, random: Random, wanted: int) -> list[Any]:
        """Return up to `wanted` different values that satisfy every rule: fewer when no more were found."""
        found: dict[Any, Any] = {}
        for seen, value in enumerate(self.candidates(random)):
            if self.accepts(value):
                found.setdefault(identity(value), value)
            if len(found) >= wanted or seen > _PATIENCE * (wanted + 4):
                break
        return list(found.values())

    def breaking(self, rule: str, random: Random, wanted: int = 1) -> list[Any]:
        """Return up to `wanted` different values that break `rule`, and no other rule where that can be."""
        alone: dict[Any, Any] = {}
        others: dict[Any, Any] = {}
        for values in (self.edges(random), self.candidates(random)):
            for seen, value in enumerate(values):
                if not self.rules[rule](value):
                    fine = all(test(value) for name, test in self.rules.items() if name != rule)
                    (alone if fine else others).setdefault(identity(value), value)
                if len(alone) >= wanted or seen > _PATIENCE * (wanted + 4):
                    break
        return [*alone.values(), *others.values()][:wanted]
