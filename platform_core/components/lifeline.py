"""A run ends with the code server that started it.

Killed outright, a code server leaves its runs behind: they go on where nobody can stop them, while the server started
in its place does not know them. Then the same work may be at it twice. So a process that was started by another one
through `multiprocessing`, as a run is by its code server, watches that one. What it had not published is not lost:
staged data of a dead process is cleared away, and Dagster starts a run that crashed again.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import sys
import threading

__all__ = ["tie_to_parent"]

_LOST = 75  # the exit code: a failure that may pass (EX_TEMPFAIL)
_NAME = "lifeline"


def tie_to_parent() -> None:
    """End this process when the process that started it is gone. Does nothing in a process that nobody spawned."""
    parent = multiprocessing.parent_process()
    if parent is None or any(thread.name == _NAME for thread in threading.enumerate()):
        return
    threading.Thread(target=_watch, args=(parent.sentinel,), name=_NAME, daemon=True).start()


def _watch(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    # A parent that leaves in order waits for its children first: here it was killed.
    sys.stderr.write("The code server that started this run is gone: the run ends with it.\n")
    sys.stderr.flush()
    os._exit(_LOST)
