"""How other commands learn of the deployment that serves a workspace on this machine.

The deployment holds a lock for as long as it lives (the kernel drops it with the process, however that ends) and tells
in a file where it answers and which state of each location its code servers run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from filelock import FileLock, Timeout

from platform_core.errors import PlatformError
from platform_core.workspace.atomic import replace_file
from platform_core.workspace.layout import Workspace

__all__ = ["Announcement", "Running", "running_deployment"]

_LOCK, _FILE = "deployment.lock", "deployment.json"


@dataclass(frozen=True)
class Running:
    """A deployment that runs now. `serving` is the version each code server runs, by location."""

    address: str
    pid: int
    serving: Mapping[str, str] = field(default_factory=dict)


def running_deployment(workspace: Workspace) -> Running | None:
    """Return the deployment that serves this workspace; None when there is none."""
    path = workspace.state / _FILE
    if not path.is_file() or not _is_held(workspace):
        return None
    try:
        return Running(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # it is just going
        return None


class Announcement:
    """One deployment's own announcement."""

    def __init__(self, workspace: Workspace, address: str) -> None:
        self._workspace = workspace
        self._address = address
        self._lock = FileLock(workspace.state / _LOCK)
        self._path = workspace.state / _FILE

    def claim(self) -> None:
        """Take the workspace. Raises PlatformError when another deployment serves it."""
        self._workspace.state.mkdir(exist_ok=True)
        try:
            # Another command may hold the lock for the blink it takes to ask.
            self._lock.acquire(timeout=1)
        except Timeout as error:
            other = running_deployment(self._workspace)
            at = f" at {other.address} (process {other.pid})" if other else ""
            hint = "Use that one, or stop it first."
            raise PlatformError(f"the workspace is being served already{at}.", hint=hint) from error
        self.update({})

    def update(self, serving: Mapping[str, str]) -> None:
        """Tell what the code servers run now."""
        told = {"address": self._address, "pid": os.getpid(), "serving": dict(serving)}
        replace_file(self._path, json.dumps(told, indent=2).encode())

    def withdraw(self) -> None:
        """Give the workspace free."""
        self._path.unlink(missing_ok=True)
        self._lock.release()


def _is_held(workspace: Workspace) -> bool:
    try:
        with FileLock(workspace.state / _LOCK, timeout=0):
            return False
    except Timeout:
        return True
