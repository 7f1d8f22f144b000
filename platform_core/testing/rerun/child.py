"""The other end of a fork server: hands out tasks, and says how each of them ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError
from platform_core.testing.rerun.task import Task

__all__ = ["ForkServer", "Outcome"]

_PATIENCE = 600.0  # seconds for one task, on a busy machine
_PRELOADED = ("numpy", "pandas", "polars")  # slow to import, in every fork otherwise


class Outcome(list[dict[str, Any]]):
    """The answers to the steps of one task. `signal` is what killed its process, 0 when it ended by itself."""

    signal: int = 0

    @property
    def error(self) -> dict[str, Any] | None:
        return next((answer for answer in self if "error" in answer), None)

    def all(self, word: str) -> list[Any]:
        """Return what the answers of one kind say."""
        return [answer for answer in self if word in answer]


class ForkServer:
    """A process of its own that runs tasks one after the other, with Python's hash seed `seed`."""

    def __init__(self, root: Path, seed: int) -> None:
        there, self._write = os.pipe()
        self._read, back = os.pipe()
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        preload = [name for name in _PRELOADED if name in sys.modules]
        command = [sys.executable, "-m", "platform_core.testing.rerun.server", str(there), str(back), *preload]
        self._process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            pass_fds=(there, back),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(there)
        os.close(back)
        self._pending = b""

    def run(self, task: Task) -> Outcome:
        """Run a task to its end. Raises PlatformError when the process is gone, or does not end."""
        try:
            os.write(self._write, (json.dumps(task.as_data()) + "\n").encode())
        except OSError as error:
            raise self._lost() from error
        ended = int(json.loads(self._line())["ended"])
        path = Path(task.answers)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        outcome = Outcome(json.loads(line) for line in lines)
        outcome.signal = max(-ended, 0)
        if ended > 0:
            outcome.append({"error": f"its process ended with exit code {ended}"})
        return outcome

    def close(self) -> None:
        """End the process."""
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # what it forked, too
            self._process.wait()

    def _line(self) -> bytes:
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE)
            block = os.read(self._read, 1 << 16) if ready else b""
            if not block:
                raise self._lost()
            self._pending += block
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _lost(self) -> PlatformError:
        text = "the process that proves re-runs is gone, or did not end within ten minutes."
        return PlatformError(text, hint="Run pytest with --skip-rerun to leave the proof out.")
