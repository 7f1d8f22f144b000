"""Where a delivery is written before anyone may read it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract
from platform_core.resources.warehouse.snapshot import Snapshot, select_files
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["LOCK_FILE", "NEW_PREFIX", "Stage", "new_id", "open_stage"]

LOCK_FILE = "owner.lock"
NEW_PREFIX = ".new-"


class Stage:
    """Files of one delivery to one partition (None: the table has none), not yet published.

    `base` is the published version the delivery is audited against; None when there was none. Leaving the `with`
    block removes what was neither published nor refused.
    """

    def __init__(self, folder: Path, partition: str | None, run_id: str, base: Snapshot | None) -> None:
        self.folder = folder
        self.id = folder.name
        self.partition = partition
        self.run_id = run_id
        self.base = base
        self.contract: Contract | None = None
        self.columns: dict[str, str] = {}  # name -> declared DuckDB type
        self.rows = 0
        self._files: list[Path] = []

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(str(path) for path in self._files)

    @property
    def next_path(self) -> Path:
        """The path that `write` uses next: all that a guarded connection may write to."""
        return self.folder / f"{self.id}-{len(self._files)}.parquet"

    def write(self, connection: DuckDBPyConnection, source: Any, contract: Contract) -> None:
        """Write `source` as the delivery (each further call adds to it), its columns cast to the contract's types.

        `source` is a SELECT (text), a DuckDB relation, an Arrow table or stream, or a Polars or pandas frame.
        Raises FindingsError naming every column that is missing, unknown or cannot be cast; never a data value.
        """
        from platform_core.resources.warehouse.write import write_source

        self.contract, path = contract, self.next_path
        self._files.append(path)
        self.columns, rows = write_source(connection, source, contract, path)
        self.rows += rows

    def compute(self, query: str, inputs: Mapping[str, Relation], location: str, contract: Contract) -> None:
        """See `engine.Stage.compute`: DuckDB computes it, on a connection that can reach the inputs' files only."""
        from platform_core.sql import guarded_connection

        with tempfile.TemporaryDirectory(prefix="platform-") as spill:
            connection = guarded_connection(inputs, location, writable=[self.next_path], temp_directory=spill)
            try:
                self.write(connection, query, contract)
            finally:
                connection.close()

    @property
    def relation(self) -> Relation:
        """The staged rows, in the contract's types."""
        return Relation.of(self.files, self.columns)

    def select(self) -> str:
        """Return a SELECT over the staged rows, in the contract's types."""
        return select_files(self.files, self.columns, self.columns)

    @property
    def empty_refused(self) -> bool:
        """Whether there are no rows, though the contract does not allow publishing none."""
        return self.rows == 0 and not (self.contract and self.contract.allows_empty)


def new_id() -> str:
    """Return an identifier that sorts by time and that nobody else has."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"


@contextmanager
def open_stage(parent: Path, partition: str | None, run_id: str, base: Snapshot | None) -> Iterator[Stage]:
    """Make a stage below `parent`, locked by this process for as long as it lives, so that no sweep takes it."""
    from filelock import FileLock

    name = new_id()
    fresh, folder = parent / f"{NEW_PREFIX}{name}", parent / name
    fresh.mkdir(parents=True)
    lock = FileLock(fresh / LOCK_FILE, thread_local=False)
    lock.acquire()
    owner = {"pid": os.getpid(), "run_id": run_id, "partition": partition, "started_at": name.split("-")[0]}
    (fresh / "owner.json").write_text(json.dumps(owner), "utf-8")
    fresh.rename(folder)  # from here on a sweep may look at it, and finds it locked
    try:
        yield Stage(folder, partition, run_id, base)
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)
