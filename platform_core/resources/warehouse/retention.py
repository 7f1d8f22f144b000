"""What is kept, and clearing away the rest: old versions, old refusals, what dead processes left behind."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.contracts.model import Contract, custom_property
from platform_core.contracts.sla import UNITS, sla_duration
from platform_core.errors import PlatformError
from platform_core.resources.decisions import kept_contents
from platform_core.resources.warehouse.log import publications
from platform_core.resources.warehouse.quarantine import remove_refusals
from platform_core.resources.warehouse.snapshot import open_delta, snapshot_of
from platform_core.resources.warehouse.stage import LOCK_FILE, NEW_PREFIX

if TYPE_CHECKING:
    from platform_core.resources.warehouse.table import Table

__all__ = ["GRACE", "Cleared", "Retention", "sweep_stages", "vacuum"]

GRACE = timedelta(hours=1)  # a reader that began on the version before the newest may still be at it
DEFAULT_VERSIONS = 10
DEFAULT_QUARANTINE = timedelta(days=30)
_OURS = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}-\d+\.parquet\Z")


@dataclass(frozen=True)
class Retention:
    """How much of the past is kept: of each partition the newest `versions`, and all that stood within `duration`.

    What satisfies either is kept; the current version always is. `quarantine` is the age at which refusals go.
    """

    versions: int = DEFAULT_VERSIONS
    duration: timedelta = timedelta(0)
    quarantine: timedelta = DEFAULT_QUARANTINE

    @classmethod
    def of(cls, contract: Contract) -> Retention:
        """Read the SLA `retention` (value and unit) and the custom property platformVersions of a contract.

        Raises PlatformError when they are not a positive number with a known unit.
        """
        versions = custom_property(contract.data, "platformVersions", DEFAULT_VERSIONS)
        if isinstance(versions, bool) or not isinstance(versions, int) or versions < 1:
            raise PlatformError("platformVersions must be a whole number from 1.", contract.where("customProperties"))
        entry = contract.sla("retention")
        if entry is None:
            return cls(versions)
        kept = sla_duration(entry)
        if kept is None:
            hint = f"Write value: 30 and unit: d (one of {', '.join(UNITS)})."
            raise PlatformError("The SLA retention is not a duration.", contract.where("slaProperties"), hint)
        return cls(versions, kept, kept)


@dataclass(frozen=True)
class Cleared:
    """What vacuum removed, or would remove: files of old versions and their size, dead stages, old refusals."""

    files: int
    size: int  # bytes
    stages: int
    refusals: int


def vacuum(table: Table, retention: Retention, dry_run: bool = False, grace: timedelta = GRACE) -> Cleared:
    """See `Table.vacuum`."""
    now = datetime.now(timezone.utc)
    with table.lock():  # no writer of ours stands between moving its files and committing them
        old = list(_removable(table, retention, now, grace))
        size = sum(file.stat().st_size for file in old)
        for file in () if dry_run else old:
            file.unlink()
    stages = sweep_stages(table.stages, dry_run)
    refusals = remove_refusals(table.quarantine, now - retention.quarantine, dry_run)
    return Cleared(len(old), size, stages, len(refusals))


def sweep_stages(stages: Path, dry_run: bool = False) -> int:
    """Remove the stages whose process is gone (nobody holds their lock); return how many."""
    count = 0
    for folder in stages.iterdir() if stages.is_dir() else ():
        # A stage in the making gets its lock within milliseconds, or never.
        dead = _age(folder) > GRACE if folder.name.startswith(NEW_PREFIX) else _unlocked(folder)
        if dead:
            count += 1
            if not dry_run:
                shutil.rmtree(folder, ignore_errors=True)
    return count


def _removable(table: Table, retention: Retention, now: datetime, grace: timedelta) -> Iterator[Path]:
    """Yield the files no kept version needs. Files that other tools wrote are theirs to remove."""
    delta = open_delta(table.path)
    kept: set[str] = set()
    if delta is not None:
        kept = {Path(file).relative_to(table.path).as_posix() for file in snapshot_of(table.path, delta).all_files}
        kept |= set(
            kept_contents(publications(table.path, delta.version()), retention, now - max(retention.duration, grace))
        )
    for file in table.path.glob("*/*.parquet"):
        if _OURS.match(file.name) and file.relative_to(table.path).as_posix() not in kept:
            yield file


def _unlocked(folder: Path) -> bool:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_FILE, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, OSError):  # held by its owner, or gone meanwhile
        return False
    with suppress(OSError):
        lock.release()
    return True


def _age(folder: Path) -> timedelta:
    try:
        return timedelta(seconds=datetime.now().timestamp() - folder.stat().st_mtime)
    except FileNotFoundError:
        return timedelta(0)
