"""How long `platformctl --help` takes, against a Python process that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

__all__ = ["run"]


def _best(command: list[str], rounds: int = 10) -> float:
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    return min(times)


def run() -> dict[str, float]:
    """Seconds, best of ten."""
    floor = _best([sys.executable, "-c", "pass"])
    ours = _best([str(Path(sys.executable).with_name("platformctl")), "--help"])
    return {"help_seconds": ours, "python_seconds": floor, "help_ratio": ours / floor}
