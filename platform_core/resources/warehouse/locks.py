"""The per-table lock. Taken by every commit, rollback and vacuum; the kernel frees it when its process dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platform_core.errors import PlatformError

__all__ = ["WAIT_SECONDS", "table_lock"]

WAIT_SECONDS = 600.0  # a verification of a large table happens under the lock


@contextmanager
def table_lock(file: Path, name: str, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of table `name` while the block runs, waiting at most `wait` seconds for it.

    Raises PlatformError when another process holds it for longer.
    """
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file, timeout=wait, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise PlatformError(
            f"Another process has been publishing {name} for more than {wait:.0f} seconds.",
            hint="Wait for it, or find and stop that run; then run again.",
        ) from error
    try:
        yield
    finally:
        lock.release()
