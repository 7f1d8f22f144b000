"""Processes that a test starts and that end with it, and waiting for what they do."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from patience import PATIENCE

from platform_core.workspace.ports import is_free

__all__ = ["Processes", "quiet_ports"]


def quiet_ports(count: int) -> int:
    """The first of `count` free neighbours, below those that connections take: some are listened on minutes later."""
    while True:
        first = random.randrange(12000, 32000 - count)
        if all(is_free(port) for port in range(first, first + count)):
            return first


class Processes:
    """Named processes, each the head of a group and with a log in `root`. All end with `close`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def spawn(self, name: str, arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        """Start a process with these variables and no others."""
        with self.log_of(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                arguments, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True
            )

    def log_of(self, name: str) -> Path:
        return self.root / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_of(name).read_text("utf-8", "replace") if self.log_of(name).exists() else ""

    def logs(self) -> Iterable[Path]:
        """The files that are shown when a wait was in vain."""
        return self.root.glob("*.log")

    def kill(self, name: str) -> None:
        """Kill -9 the process alone: what it started is left to itself."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """End a process and all that it started."""
        process = self.processes.pop(name)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(60)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break

    def close(self) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)

    def wait(self, done: Callable[[], object], what: str | Callable[[], str]) -> None:
        """Wait until something is so. A process that died meanwhile fails the test, as waiting in vain does."""
        end = time.monotonic() + PATIENCE
        while not done():
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if dead or time.monotonic() > end:
                text = "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.logs())
                why = f"dead: {', '.join(dead)}" if dead else "waited in vain"
                pytest.fail(f"{why}: {what if isinstance(what, str) else what()}\n{text}")
            time.sleep(0.3)
