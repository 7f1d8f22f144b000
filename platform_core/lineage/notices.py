"""What a registration adds, changes and removes of what teams promise and rely on, and who is told: facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from platform_core.contracts.compatibility import Bump

__all__ = ["ContractNotice", "Kind", "NeedNotice", "Notices", "Told"]

Kind = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class ContractNotice:
    """A contract that comes, changes or goes. `before` and `after` are its versions, empty where there is none.

    `reader_safe`, `writer_safe` (None: nobody can tell; with `words`, because of words alone), `bump` and
    `required_version` are the verdict after the evidence; `why` are its proofs and reasons, a sentence each.
    """

    kind: Kind
    key: str
    before: str = ""
    after: str = ""
    reader_safe: bool | None = True
    writer_safe: bool | None = True
    bump: Bump = "none"
    required_version: str = ""
    why: tuple[str, ...] = ()
    words: bool = False


@dataclass(frozen=True)
class NeedNotice:
    """A needs file that comes, changes or goes; `key` is the dataset of another location that it is about."""

    kind: Kind
    key: str


@dataclass(frozen=True)
class Told:
    """A location that reads something that changes: whom to tell, and of which datasets; `hurt` are those that would
    break it."""

    location: str
    owner: str
    contact: str
    datasets: tuple[str, ...]
    hurt: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notices:
    """All of it, each in the order of its keys."""

    contracts: tuple[ContractNotice, ...] = ()
    needs: tuple[NeedNotice, ...] = ()
    told: tuple[Told, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contracts or self.needs)
