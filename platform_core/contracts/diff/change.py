"""A change of a contract, as a fact: what it was, what it is, and in which direction it went."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from platform_core.documents import Keys

__all__ = ["Change", "Changes", "Place"]


@dataclass(frozen=True)
class Change:
    """One difference between two contracts of a dataset.

    `kind` says what happened and in which direction (`type-widened`, `enum-value-added`); a rule of that id judges
    it. `path` is written `amount`, `address.street`, `tags[]`, `prices{key}`, `prices{value}`; empty for the contract
    as a whole. `column` is the top-level column it happened in, by its old name (its only name, when it was added);
    empty when it concerns none alone. `before` and `after` are as the contracts say it, None where they say nothing.
    `old_keys` and `new_keys` are the places in the two documents (for file:line), None where there is none. `name` is
    what the entry of a list is called, where it is no column: a service level, a quality rule, a role, a value.
    """

    area: str
    kind: str
    path: str
    before: Any
    after: Any
    column: str = ""
    old_keys: Keys | None = None
    new_keys: Keys | None = None
    name: str = ""


@dataclass(frozen=True)
class Place:
    """Where the walk stands: the same element in both contracts."""

    path: str = ""
    column: str = ""
    old_keys: Keys | None = ()
    new_keys: Keys | None = ()

    def down(self, *keys: str | int) -> Place:
        """Return the place of what stands at `keys` of this element in both documents."""
        return replace(
            self,
            old_keys=None if self.old_keys is None else (*self.old_keys, *keys),
            new_keys=None if self.new_keys is None else (*self.new_keys, *keys),
        )

    def at(self, key: str, old: int | None, new: int | None) -> Place:
        """Return the place of two entries of the list `key`, which stand at different indexes; None: in one only."""
        below = self.down(key)
        return replace(
            self,
            old_keys=None if old is None or below.old_keys is None else (*below.old_keys, old),
            new_keys=None if new is None or below.new_keys is None else (*below.new_keys, new),
        )


@dataclass
class Changes:
    """The changes found so far, and what of the contracts has to be known everywhere.

    `reserved` are the paths, in lower case, that no new column may take; `ends` the columns whose last day is announced
    ('': that of all); `keys` the primary keys, old and new; `location` whose contracts they are, if known.
    """

    reserved: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    keys: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    location: str = ""
    found: list[Change] = field(default_factory=list)

    def add(self, area: str, kind: str, place: Place, before: Any, after: Any, *, name: Any = "") -> None:
        keys = place.old_keys, place.new_keys
        self.found.append(Change(area, kind, place.path, before, after, place.column, *keys, str(name)))
