"""What the person watching sees: numbered steps with their times, what a long step waits for, and where logs are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Progress", "StepFailed"]


class StepFailed(Exception):
    """A step did not do what it should; `log` says where to look."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


class Progress:
    """Prints steps as they happen and keeps their times. Logs of child processes go to `logs`."""

    def __init__(self, logs: Path, total: int) -> None:
        self.logs = logs
        self.total = total
        self.times: list[tuple[str, float]] = []
        self.started = time.monotonic()
        logs.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and say how long it took when it succeeded."""
        print(f"[{len(self.times) + 1}/{self.total}] {title}", flush=True)
        begin = time.monotonic()
        yield
        self.times.append((title, time.monotonic() - begin))
        print(f"      done in {self.times[-1][1]:.1f} s", flush=True)

    def note(self, text: str) -> None:
        print("      " + text.replace("\n", "\n      "), flush=True)

    def run(
        self,
        command: Sequence[str | Path],
        log: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        fine: Sequence[int] = (0,),
    ) -> str:
        """Run a command to its end and return what it printed; its output also goes to the log `log`.

        Raises StepFailed when the command's exit code is not one of `fine`.
        """
        path = self.logs / f"{log}.log"
        result = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        shown = " ".join(str(part) for part in command)
        path.write_text(f"$ {shown}\n{result.stdout}{result.stderr}")
        if result.returncode not in fine:
            tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
            raise StepFailed(f"'{shown}' ended with exit code {result.returncode}:\n{tail}", path)
        return result.stdout

    def wait(self, what: str, done: Callable[[], bool], seconds: float = 180) -> None:
        """Look every second until `done()`; every 10 seconds say what is waited for.

        Raises StepFailed after `seconds`.
        """
        begin = said = time.monotonic()
        while not done():
            now = time.monotonic()
            if now - begin > seconds:
                raise StepFailed(f"waited {seconds:.0f} s for {what}, in vain", self.logs)
            if now - said >= 10:
                self.note(f"waiting for {what} ({now - begin:.0f} s)")
                said = now
            time.sleep(1)

    def summary(self) -> None:
        """Print the times by step."""
        width = max((len(title) for title, _ in self.times), default=0)
        print("\nTimes", file=sys.stdout)
        for title, seconds in self.times:
            print(f"  {title:<{width}}  {seconds:6.1f} s")
        print(f"  {'total':<{width}}  {time.monotonic() - self.started:6.1f} s", flush=True)
