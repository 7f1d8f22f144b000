"""A process that forks others: it has imported everything and used nothing, so that each starts in milliseconds.

Nothing of DuckDB, Delta or a team's code has run in it, for their threads would be missing in a fork. Run as
`python -m platform_core.testing.rerun.server <read> <write>`, with the descriptors of two pipes: a task comes as a line
of JSON, how its process ended goes back as another.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

from platform_core.testing.rerun.task import Task
from platform_core.testing.rerun.work import do

__all__ = ["main"]

_NEEDED = (
    "platform_core.checks",
    "platform_core.components.loading",
    "platform_core.components.passage",
    "platform_core.components.production",
    "platform_core.resources.bridge",
    "platform_core.resources.catalog",
    "platform_core.testing.computed",
    "platform_core.testing.inputs",
    "deltalake.transaction",
    "filelock",
    "pyarrow.parquet",
)


def main(read: int, write: int, preload: list[str]) -> None:
    """Serve tasks until the other end of the pipe is closed. `preload` are libraries of the team's, to import first."""
    for name in (*_NEEDED, *preload):
        import_module(name)
    with os.fdopen(read, encoding="utf-8") as tasks, os.fdopen(write, "w", encoding="utf-8") as endings:
        for line in tasks:
            pid = os.fork()
            if pid == 0:
                _child(json.loads(line), tasks, endings)
            _, status = os.waitpid(pid, 0)
            endings.write(json.dumps({"ended": os.waitstatus_to_exitcode(status)}) + "\n")
            endings.flush()


def _child(data: Any, *pipes: Any) -> NoReturn:
    """Do the task and end at once: nothing of the parent's is to be cleared up here."""
    for pipe in pipes:
        os.close(pipe.fileno())
    try:
        do(Task.of(data))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
