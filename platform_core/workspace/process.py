"""One process of a deployment: started on a leash, in a group of its own, with a log of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platform_core.workspace import leash
from platform_core.workspace.ports import accepts

__all__ = ["Command", "Process", "stop_all"]

GRACE = 15.0  # seconds between asking a process to stop and killing it
_CAME_UP = 10.0  # seconds
_MAX_LOG = 20 * 2**20  # bytes; a longer log is set aside at the next start


@dataclass(frozen=True)
class Command:
    """What to run. Two equal commands need no restart; `version` tells apart two states of the code they run.

    `port` is the TCP port it listens on, 0 for none.
    """

    name: str
    arguments: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)
    port: int = 0
    version: str = ""


class Process:
    """A running `Command`. The thread that makes it must outlive it: the kernel ties the leash to that thread."""

    def __init__(self, command: Command, log: Path) -> None:
        self.command = command
        self.log = log
        self._started = time.monotonic()
        self._ready = command.port == 0
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _MAX_LOG:
            log.replace(log.with_suffix(".old.log"))
        # -I -S: the leash needs nothing that is installed, and must not see what the environment points to.
        prefix = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid())]
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                [*prefix, *command.arguments],
                cwd=command.cwd,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop the group
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; below 0 the number of the signal that ended it."""
        return self._popen.poll()

    @property
    def ready(self) -> bool:
        """Whether it has come to accept connections on its port; at once, when it has none."""
        self._ready = self._ready or accepts(self.command.port)
        return self._ready and self.exit_code is None

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    @property
    def answered(self) -> bool:
        """Whether it ever came up: it accepted a connection or, without a port, ran for a while."""
        return (self._ready and self.command.port != 0) or (self.exit_code is None and self.age > _CAME_UP)

    def end(self) -> None:
        """Ask the process itself to stop: a code server then takes no new runs and ends when its runs have."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(signal.SIGTERM)

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and everything it started, such as runs."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    @property
    def group_alive(self) -> bool:
        """Whether anything of its group still runs, itself included."""
        self._popen.poll()  # collects it, or it would count as running for ever
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def last_lines(self, count: int = 5) -> str:
        """Return the end of its log."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4096))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])


def stop_all(processes: Iterable[Process], grace: float = GRACE) -> None:
    """Stop the processes and all they started; none is left behind.

    They are asked first, and have `grace` seconds to end the runs that are going. A longer run is killed: Dagster
    counts that as a crash and starts it again, where an interrupted run would count as failed for good.
    """
    left = list(processes)
    for process in left:
        process.end()
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        left = [process for process in left if process.group_alive]
        time.sleep(0.05)
    for process in left:
        process.signal_group(signal.SIGKILL)
    # Bounded: where nobody collects orphans, a killed one keeps its group's name for ever.
    deadline = time.monotonic() + 5
    while any(process.group_alive for process in left) and time.monotonic() < deadline:
        time.sleep(0.02)
