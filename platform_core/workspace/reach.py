"""Which of the places others run answer: code servers of the `server` profile, and Dagster's database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from platform_core.adapters.code_server import accepts_connections

__all__ = ["Reach"]

_EVERY = 2.0  # seconds between two looks
_MISSES = 2  # looks in a row before a place counts as silent: a restart is no news


class Reach:
    """Looks at places (`name -> (host, port)`) in a thread of its own. `say` is told of every change, in one line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._places: dict[str, tuple[str, int]] = {}
        self._misses: dict[str, int] = {}
        self._reasons: dict[str, str] = {}
        self._returns: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reach", daemon=True)

    def watch(self, places: Mapping[str, tuple[str, int]]) -> None:
        """Say what to look at from now on."""
        self._places = dict(places)
        if self._places and not self._thread.is_alive() and not self._stop.is_set():
            self._look()
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def silent(self) -> dict[str, str]:
        """What does not answer, each with the reason."""
        return {name: reason for name, reason in dict(self._reasons).items() if name in self._places}

    @property
    def answering(self) -> set[str]:
        """What answers."""
        return self._places.keys() - self._reasons.keys()

    @property
    def returns(self) -> dict[str, int]:
        """How often each place began to answer after it had not."""
        return {name: self._returns.get(name, 0) for name in self._places}

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        for name, (host, port) in dict(self._places).items():
            if self._stop.is_set():
                return
            reason = accepts_connections(host, port, timeout=2)
            if not reason:
                self._misses.pop(name, None)
                if self._reasons.pop(name, None) is not None:
                    self._returns[name] = self._returns.get(name, 0) + 1
                    self._say(f"{name}: {host}:{port} answers")
                continue
            self._misses[name] = self._misses.get(name, 0) + 1
            first = name not in self._returns and self._misses[name] == 1  # never seen: said at once
            if name not in self._reasons and (first or self._misses[name] >= _MISSES):
                self._reasons[name] = reason
                self._returns.setdefault(name, 0)
                self._say(f"{name}: nothing answers at {host}:{port} ({reason}); looking on")
