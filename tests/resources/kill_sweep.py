"""Writers killed at any moment while a reader reads, until every trace that a kill can leave was seen often enough."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from patience import PATIENCE
from warehouse_children import CONTEXT

__all__ = ["sweep"]

KILLS, FINISHED = 120, 60  # at least
MOST = 2000  # writers; some 250 will do, and what a kill leaves is a matter of where it falls
_SPARED = 20  # one writer in so many is left alone, to know how long one takes on this machine just now


def sweep(
    work: Callable[..., None],
    place: Any,
    reader: Sequence[str],
    traces: Callable[[], Iterable[str]],
    often: Mapping[str, int],
    *,
    log: Path,
    variables: Mapping[str, str] | None = None,
) -> int:
    """Kill processes that do `work(place, number, started)`; return the last number.

    `reader` is the program, with its arguments, that reads all the while and must never see anything torn. It goes on
    until `traces`, asked after each writer, has named each of `often` so many times.
    """
    chance, number, kills, finished = random.Random(1), 0, 0, 0
    left: Counter[str] = Counter()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **(variables or {})}
    with log.open("wb") as output:
        reading = subprocess.Popen([sys.executable, *reader], stdout=output, env=environment)
        try:
            durations = deque((_one(work, place, seed)[1] for seed in range(1, 6)), maxlen=9)
            number = 5
            while kills < KILLS or finished < FINISHED or any(left[trace] < least for trace, least in often.items()):
                number += 1
                assert number < MOST, f"{kills} kills, {finished} finished; left: {dict(left)}"
                if number % _SPARED == 0:
                    durations.append(_one(work, place, number)[1])
                    continue
                # Into all of the work, and a little beyond.
                moment = chance.uniform(0, 1.3 * statistics.median(durations))
                killed, _ = _one(work, place, number, moment)
                kills += killed
                finished += not killed
                left.update(traces())
                assert reading.poll() is None, "a torn read"
            reading.terminate()
            assert reading.wait(PATIENCE) == 0
        finally:
            reading.kill()
    sys.stdout.write(f"{kills} kills, {finished} finished, {log.read_text()}left: {dict(left)}")
    return number


def _one(work: Callable[..., None], place: Any, number: int, moment: float | None = None) -> tuple[bool, float]:
    """Let a process work, until it is killed at a moment of its work; return whether it was, and how long it took."""
    started, send = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=work, args=(place, number, send))
    child.start()
    started.recv()
    began = time.monotonic()
    child.join(PATIENCE if moment is None else moment)
    if moment is not None and child.is_alive():
        child.kill()
    child.join(PATIENCE)
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode != 0, time.monotonic() - began
