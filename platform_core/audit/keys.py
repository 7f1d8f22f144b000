"""Keys, on any engine: which columns must be unique, or be found elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from platform_core.audit.check import Check, Path
from platform_core.audit.outcome import NotAudited

__all__ = ["KeyColumns"]

K = TypeVar("K", bound="KeyColumns")


@dataclass(frozen=True)
class KeyColumns:
    """One or more columns; or one field of a nested column. A key with a NULL in it is no key and breaks no rule."""

    path: Path = ()
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls: type[K], check: Check) -> K:
        return cls(path=check.path) if check.path else cls(columns=check.columns)

    @property
    def single(self) -> str:
        """The name of the only, top-level column; an empty string when there is none."""
        names = self.columns or self.path
        return str(names[0]) if len(names) == 1 else ""

    @property
    def names(self) -> list[str]:
        """What a query of the keys calls their columns."""
        return [f"key_{number}" for number in range(1, len(self.columns or (0,)) + 1)]

    @property
    def steps(self) -> list[str]:
        """The fields that lead from the top-level column to the key. Raises NotAudited inside an array or a map."""
        found = [step for step in self.path[1:] if isinstance(step, str)]
        if len(found) < len(self.path[1:]):
            raise NotAudited("a key inside an array or a map cannot be audited")
        return found
