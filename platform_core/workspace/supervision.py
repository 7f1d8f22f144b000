"""Keep the processes of a deployment as they are wanted: start, restart after a crash, replace after a change.

Used by one thread only. It decides from two things, what is wanted and what runs; it keeps no other state than when a
process may be tried again.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from platform_core.workspace.ports import is_free
from platform_core.workspace.process import Command, Process, stop_all

__all__ = ["Supervisor"]

_BACKOFF = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds before the next try, by crashes in a row
_DRAIN = 300.0  # seconds a replaced code server has to end its runs
_STEADY = 60.0  # seconds of running after which earlier crashes are forgotten


class Supervisor:
    """The processes by name. `say` is told of every restart, in one line."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._running: dict[str, Process] = {}
        self._leaving: dict[Process, float] = {}  # ended or replaced, their runs may go on until that time
        self._crashes: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._silent: dict[str, int] = {}  # ends in a row without ever having answered
        self._last_words: dict[str, str] = {}
        self._waits: set[str] = set()  # for a port, and that was said

    @property
    def processes(self) -> Mapping[str, Process]:
        return self._running

    @property
    def failing(self) -> dict[str, str]:
        """What does not come up (it ended by itself twice or more without ever answering), and its last words."""
        return {name: self._last_words.get(name, "") for name, count in dict(self._silent).items() if count > 1}

    def reconcile(self, wanted: Mapping[str, Command]) -> None:
        """Take one step toward `wanted`; call it again and again."""
        self._see_off()
        for name, process in list(self._running.items()):
            if process.answered:
                self._silent.pop(name, None)
            if process.exit_code is not None:
                self._leave(name)
                self._crashed(name, f"ended with code {process.exit_code}", process.last_lines(), process.age > _STEADY)
            elif wanted.get(name) != process.command:
                self._replace(name, process, "changed, restarting" if name in wanted else "stopping")
        for name, command in wanted.items():
            if name not in self._running and time.monotonic() >= self._not_before.get(name, 0):
                self._start(command)

    def stop(self) -> None:
        """Stop everything that was ever started and still runs."""
        stop_all([*self._running.values(), *self._leaving])
        self._running.clear()
        self._leaving.clear()

    def _see_off(self) -> None:
        for process, until in list(self._leaving.items()):
            if not process.group_alive:
                del self._leaving[process]
            elif time.monotonic() > until:
                process.signal_group(signal.SIGKILL)

    def _leave(self, name: str) -> None:
        self._leaving[self._running.pop(name)] = time.monotonic() + _DRAIN

    def _start(self, command: Command) -> None:
        name = command.name
        if any(one.command.name == name and one.exit_code is None for one in self._leaving):
            return
        # A gRPC server binds a port that another one serves without an error, and the two share the calls.
        if command.port and not is_free(command.port):
            if name not in self._waits:
                self._say(f"{name}: waiting for its port {command.port}, which is in use")
            self._waits.add(name)
            return
        self._waits.discard(name)
        try:
            self._running[name] = Process(command, self._logs / f"{name}.log")
        except OSError as error:  # such as a location whose folder is gone; the others go on
            self._crashed(name, "cannot be started", str(error), False)

    def _replace(self, name: str, process: Process, how: str) -> None:
        self._say(f"{name}: {how}" + (" as soon as its runs have ended" if process.command.port else ""))
        process.end()  # it holds its port until then
        self._leave(name)
        for record in (self._crashes, self._not_before, self._silent):
            record.pop(name, None)

    def _crashed(self, name: str, how: str, last_words: str, steady: bool) -> None:
        count = 0 if steady else self._crashes.get(name, 0)
        delay = _BACKOFF[min(count, len(_BACKOFF) - 1)]
        self._crashes[name] = count + 1
        self._silent[name] = self._silent.get(name, 0) + 1
        self._not_before[name] = time.monotonic() + delay
        self._last_words[name] = last_words
        self._say(f"{name}: {how}, again in {delay:.0f} s; log: {self._logs / name}.log")
