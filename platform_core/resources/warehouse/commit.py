"""The moment of publishing: files move into the table's folder, then one metadata-only Delta commit names them.

Until that commit the files are strangers in the folder, which no reader sees. The Delta log is the only truth.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from platform_core.errors import PlatformError
from platform_core.names import NO_KEY
from platform_core.resources.warehouse.log import INDEX_KEY, METADATA_KEY, index_of, publications
from platform_core.resources.warehouse.records import Publication, records_to_json
from platform_core.resources.warehouse.refused import Conflict
from platform_core.resources.warehouse.schema import Settled
from platform_core.resources.warehouse.statistics import file_statistics
from platform_core.resources.warehouse.storage import PARTITION_COLUMN

__all__ = ["add_actions", "commit", "is_committed", "partition_folder", "place", "remove_actions"]

SUM_UP_EVERY = 50  # versions
MAX_KEY = 200  # a folder name has at most 255 bytes
# Without these Delta's defaults would drop the log after 30 days and, with another tool's vacuum, old files after 7.
_CONFIGURATION = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}


def partition_folder(partition: str | None) -> str:
    """Return the folder of a partition's files, relative to the table: the key percent-encoded, as Delta writers do.

    Readers such as Polars take the key from there. A key is untrusted text: encoded, 'a/b' and '*' are plain names.
    Raises PlatformError for a key that no folder can be named after.
    """
    if partition is None:
        return "data"
    if partition == NO_KEY:
        raise PlatformError(f"{NO_KEY} cannot be a partition key: to readers it means none.", hint="Use another key.")
    try:
        name = quote(partition, safe="")
    except UnicodeEncodeError:
        name = ""
    if not 0 < len(name) <= MAX_KEY:
        raise PlatformError(
            "A partition key is empty, too long, or not text.",
            hint=f"Use keys of at most {MAX_KEY} characters; others than letters, digits and _.-~ count three or more.",
        )
    return f"{PARTITION_COLUMN}={name}"


def place(staged: Path, target: Path) -> None:
    """Move a staged file into the table's folder, durable and read-only; a move within one file system is atomic."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sync(staged)  # the log must never name data that a power cut can take back
    staged.chmod(0o444)
    staged.rename(target)
    _sync(target.parent)


def add_actions(table: Path, partition: str | None, files: Iterable[str | Path]) -> list[Any]:
    """Return the Delta actions that make `files` the content of a partition."""
    from deltalake.transaction import AddAction

    values = {} if partition is None else {PARTITION_COLUMN: partition}
    actions = []
    for file in map(Path, files):
        about = file.stat()
        path, at = file.relative_to(table).as_posix(), int(about.st_mtime * 1000)
        actions.append(AddAction(path, about.st_size, values, at, True, json.dumps(file_statistics(file))))
    return actions


def remove_actions(table: Path, partition: str | None, files: Iterable[str | Path]) -> list[Any]:
    """Return the Delta actions that take `files` out of the table; they stay on disk for older versions."""
    from deltalake.transaction import RemoveAction

    values: Mapping[str, str | None] = {} if partition is None else {PARTITION_COLUMN: partition}
    now = int(time.time() * 1000)
    return [RemoveAction(Path(file).relative_to(table).as_posix(), True, now, None, dict(values)) for file in files]


def commit(
    table: Path,
    settled: Settled,
    standing: Mapping[str | None, Publication],
    records: list[Publication],
    actions: list[Any],
) -> list[Publication]:
    """Commit `actions` on top of exactly the version the table was opened at. `standing` is what was live in it.

    Returns the records as they are now read. Raises Conflict when somebody else committed first.
    """
    from deltalake import CommitProperties
    from deltalake.exceptions import DeltaError

    delta, schema = settled.delta, settled.schema
    version = 0 if delta is None else delta.version() + 1
    # No retries inside deltalake: it would rebase on a version whose rows no rule has seen.
    metadata: dict[str, Any] = {METADATA_KEY: records_to_json(records)}
    if version and version % SUM_UP_EVERY == 0:
        metadata[INDEX_KEY] = index_of(standing)
    properties = CommitProperties(custom_metadata=metadata, max_commit_retries=0)
    partition_by = [PARTITION_COLUMN] if PARTITION_COLUMN in {field.name for field in schema.fields} else []
    try:
        if delta is None:
            _create(table, schema, actions, partition_by, properties)
        else:
            # `append` with explicit removals leaves the schema alone; `overwrite` brings the one it is given.
            mode = "overwrite" if settled.replaced else "append"
            delta.create_write_transaction(
                actions,
                mode,
                schema,
                partition_by=partition_by,
                commit_properties=properties,
                post_commithook_properties=_no_hooks(),
            )
    except DeltaError as error:
        if "No space left" in str(error):
            raise
        if not (table / "_delta_log" / f"{version:020}.json").exists():
            raise PlatformError(f"{table.parent.name}/{table.name} could not be committed: {error}.") from error
        if not is_committed(table, version, metadata[METADATA_KEY]):
            raise Conflict(f"{table.parent.name}/{table.name}", error) from None
    _settle_log(table, version)
    return [record for record in islice(publications(table, version), len(records)) if record.version == version]


def is_committed(table: Path, version: int, text: str) -> bool:
    """Whether the commit of `version` is there and holds `text`: an error after a commit does not undo it."""
    try:
        log = (table / "_delta_log" / f"{version:020}.json").read_text("utf-8")
    except FileNotFoundError:
        return False
    return text in log or json.dumps(text)[1:-1] in log


def _settle_log(table: Path, version: int) -> None:
    """Make the commit survive a power cut, and now and then sum the log up for readers (no reader needs it to)."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    log = table / "_delta_log"
    _sync(log / f"{version:020}.json")
    _sync(log)
    if version and version % SUM_UP_EVERY == 0:
        with suppress(DeltaError, OSError):
            DeltaTable(table).create_checkpoint()


def _create(table: Path, schema: Any, actions: list[Any], partition_by: list[str], properties: Any) -> None:
    from deltalake.transaction import create_table_with_add_actions

    table.mkdir(parents=True, exist_ok=True)
    create_table_with_add_actions(
        str(table),
        schema,
        actions,
        partition_by=partition_by,
        name=table.name,
        configuration=_CONFIGURATION,
        commit_properties=properties,
        post_commithook_properties=_no_hooks(),
    )


def _no_hooks() -> Any:
    """A checkpoint that fails inside the commit would look like a commit that failed; we write our own after it."""
    from deltalake import PostCommitHookProperties

    return PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
