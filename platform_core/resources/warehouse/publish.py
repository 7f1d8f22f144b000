"""Publishing: what must hold under the lock, and what is done again when somebody else was faster."""

from __future__ import annotations

import filecmp
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.resources.decisions import new_publication, refuse_empty, refuse_moved, still_withheld
from platform_core.resources.warehouse.commit import (
    add_actions,
    commit,
    is_committed,
    partition_folder,
    place,
    remove_actions,
)
from platform_core.resources.warehouse.records import Publication, PublicationRecord
from platform_core.resources.warehouse.refused import Conflict, room
from platform_core.resources.warehouse.schema import Settled, settle_schema
from platform_core.resources.warehouse.snapshot import Snapshot
from platform_core.resources.warehouse.stage import Stage
from platform_core.resources.warehouse.storage import delta_schema
from platform_core.resources.warehouse.write import parquet_rows

if TYPE_CHECKING:
    from platform_core.resources.warehouse.table import Table

__all__ = ["publish"]

TRIES = 8


def publish(
    table: Table, stage: Stage, record: PublicationRecord, verify: Callable[[Snapshot | None], bool] | None
) -> Publication:
    """See `Table.publish`."""
    if stage.contract is None or not stage.files:
        raise PlatformError(f"Nothing was staged for {table.asset}.", hint="Write the delivery to the stage first.")
    stage.rows = parquet_rows([Path(file) for file in stage.files])
    refuse_empty(table.asset, stage)
    with room(), table.lock():
        for attempt in range(TRIES):
            try:
                return _try(table, stage, record, verify)
            except Conflict:
                # Only a writer that does not take our lock gets us here: look at the table anew, then decide again.
                if attempt == TRIES - 1:
                    raise
                time.sleep(random.uniform(0.01, 0.1) * 2**attempt)  # noqa: S311 - spreads retries, guards nothing
    raise AssertionError("unreachable")


def _try(table: Table, stage: Stage, record: PublicationRecord, verify: Any) -> Publication:
    delta, now = table.newest()
    refuse_moved(table.asset, stage, now, verify)
    standing = now.partitions.get(stage.partition) if now else None
    withheld = still_withheld(table.asset, stage.partition, record, standing)
    wanted = delta_schema(stage.columns, partitioned=stage.partition is not None)
    settled = settle_schema(table.asset, table.path, delta, wanted, record)
    publication = new_publication(stage, record, standing, withheld)
    old = now.files_of(stage.partition) if now else ()
    if old and not settled.replaced and _same(old, stage.files):
        return commit(
            table.path,
            settled,
            now.partitions if now else {},
            [replace(publication, unchanged=True, files=now.names_of(stage.partition) if now else ())],
            [],
        )[0]
    removed = [] if settled.replaced else remove_actions(table.path, stage.partition, old)
    folder = partition_folder(stage.partition)
    publication = replace(publication, files=tuple(f"{folder}/{Path(file).name}" for file in stage.files))
    with _placed(table, stage, publication, settled) as files:
        return commit(
            table.path,
            settled,
            now.partitions if now else {},
            [publication],
            removed + add_actions(table.path, stage.partition, files),
        )[0]


@contextmanager
def _placed(table: Table, stage: Stage, publication: Publication, settled: Settled) -> Iterator[list[Path]]:
    """Move the staged files into the table's folder, and back when nothing was committed: another try needs them."""
    staged = [Path(file) for file in stage.files]
    files = [table.path / file for file in publication.files]
    version = 0 if settled.delta is None else settled.delta.version() + 1
    try:
        for source, target in zip(staged, files, strict=True):
            place(source, target)
        yield files
    except BaseException:
        if not is_committed(table.path, version, stage.id):
            for source, target in zip(staged, files, strict=True):
                if target.exists():
                    target.rename(source)
        raise


def _same(published: tuple[str, ...], staged: tuple[str, ...]) -> bool:
    """Whether a delivery equals what stands, byte for byte; sizes are compared first."""
    if len(published) != len(staged) or not all(Path(file).exists() for file in published):
        return False
    return all(filecmp.cmp(old, new, shallow=False) for old, new in zip(published, staged, strict=True))
