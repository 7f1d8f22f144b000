"""The one error a user is shown without a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["PlatformError", "Where"]


@dataclass(frozen=True, order=True)
class Where:
    """A place in a file. `line` counts from 1; 0 stands for the file as a whole."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class PlatformError(Exception):
    """Something the user can mend: what is wrong, where, and what to do next.

    `message` is one sentence, `hint` the next step. `where` is None when no file is at fault.
    """

    def __init__(self, message: str, where: Where | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}" + (f"\n  {self.hint}" if self.hint else "")
