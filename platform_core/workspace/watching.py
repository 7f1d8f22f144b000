"""Notices that registrations changed: by `platformctl register`, or by a `git pull` of the workspace."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from platform_core.workspace.layout import Workspace
from platform_core.workspace.settings import FILE_NAME

__all__ = ["RegistrationWatch"]

_EVERY = 1.0  # seconds between two looks at every file
_Stamp = list[tuple[str, int, int]]


class RegistrationWatch:
    """Ask `changed` again and again; it is true the first time.

    A registration is put in its place whole, and seen at once by its location.yaml. A pull writes one file after the
    other: all of them are looked at once a second, and news when they then stand still.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._quick: _Stamp | None = None
        self._all: _Stamp = []
        self._moving: _Stamp | None = None
        self._looked = 0.0

    def changed(self) -> bool:
        if (now := _stamps(self._workspace.locations.glob("*/location.yaml"))) != self._quick:
            if self._quick is None:
                self._all = self._everything()
            self._quick = now
            return True
        if time.monotonic() - self._looked < _EVERY:
            return False
        self._looked = time.monotonic()
        everything = self._everything()
        if everything == self._all:
            self._moving = None
            return False
        if everything != self._moving:
            self._moving = everything
            return False
        self._all, self._moving = everything, None
        return True

    def _everything(self) -> _Stamp:
        files = [*self._workspace.locations.rglob("*"), self._workspace.root / FILE_NAME]
        return _stamps(path for path in files if not any(part.startswith(".staged-") for part in path.parts[-3:]))


def _stamps(paths: Iterable[Path]) -> _Stamp:
    found = []
    for path in sorted(paths):
        try:
            status = path.stat()
        except FileNotFoundError:  # replaced at this moment; the next look sees it
            continue
        found.append((str(path), status.st_ino, status.st_mtime_ns))
    return found
