"""Going back: a new commit of old files. History is never rewritten, and what was rolled away from stays readable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.resources.warehouse.commit import add_actions, commit, remove_actions
from platform_core.resources.warehouse.log import publications
from platform_core.resources.warehouse.records import NEVER, CheckRecord, Publication
from platform_core.resources.warehouse.refused import NotValid, SchemaChange, room
from platform_core.resources.warehouse.schema import Settled
from platform_core.resources.warehouse.snapshot import Restored, Snapshot, open_delta, read_snapshot, snapshot_of

if TYPE_CHECKING:
    from platform_core.resources.warehouse.table import Table

__all__ = ["Audit", "release", "rollback"]


Audit = Callable[[Restored], Iterable[CheckRecord]]


def rollback(
    table: Table, partition: str | None, to: int | None, *, by: str, contract: tuple[str, str], audit: Audit
) -> list[Publication]:
    """See `Table.rollback`."""
    with room(), table.lock():
        delta = open_delta(table.path)
        if delta is None:
            raise PlatformError(f"{table.asset} was never published: there is nothing to go back to.")
        now = snapshot_of(table.path, delta)
        then = _earlier(table, now, _previous(table, now, partition) if to is None else to, partition)
        keys = _differing(table, now, then, partition)
        after = {**now.files, **{key: then.files_of(key) for key in keys}}
        records = []
        for key in keys:
            checks = _audited(table, then, key, after, audit)
            record = _record(table, now, then, key, by)
            records.append(replace(record, checks=checks, contract_version=contract[0], contract_hash=contract[1]))
        settled = _settled(table, delta, then)
        actions = [
            action
            for key in keys
            for action in (
                *([] if settled.replaced else remove_actions(table.path, key, now.files_of(key))),
                *add_actions(table.path, key, then.files_of(key)),
            )
        ]
        return commit(table.path, settled, now.partitions, records, actions)


def release(table: Table, partition: str | None, by: str) -> list[Publication]:
    """See `Table.release`."""
    with room(), table.lock():
        delta = open_delta(table.path)
        standing = snapshot_of(table.path, delta).partitions if delta else {}
        held = [key for key, value in standing.items() if value.held]
        keys = [key for key in held if partition is None or key == partition]
        if delta is None or not keys:
            raise PlatformError(f"{table.asset} is not held.", hint="Only a dataset that was rolled back is held.")
        records = [Publication(-1, key, "release", NEVER, by=by) for key in keys]
        return commit(table.path, Settled(delta, delta.schema()), standing, records, [])


def _previous(table: Table, now: Snapshot, partition: str | None) -> int:
    """Find the newest kept version, older than what stands, at which the partition (or the table) had other files.

    After a rollback the search starts below what it restored: going back twice goes further back.
    """
    standing = [value for key, value in now.partitions.items() if partition in (None, key)]
    newest = max(standing, key=lambda publication: publication.version, default=None)
    start = now.version if newest is None else _origin(newest)
    for publication in table.history():
        if publication.version >= start or not (publication.brings_files and publication.readable):
            continue
        standing_files = tuple(_relative(table, file) for file in now.files_of(publication.partition))
        if partition in (None, publication.partition) and publication.files != standing_files:
            return publication.version
    what = f"{table.asset}" if partition is None else f"Partition '{partition}' of {table.asset}"
    raise PlatformError(f"{what} has no earlier version.", hint=f"See: platformctl history {table.asset}")


def _relative(table: Table, file: str) -> str:
    return Path(file).relative_to(table.path).as_posix()


def _origin(publication: Publication) -> int:
    """Return the version that first published what this publication put in place."""
    if publication.kind == "rollback" and publication.source_version is not None:
        return publication.source_version
    return publication.version


def _earlier(table: Table, now: Snapshot, version: int, partition: str | None) -> Snapshot:
    then = read_snapshot(table.path, version, partition) if 0 <= version < now.version else None
    if then is None:
        raise PlatformError(
            f"{table.asset} has no earlier version {version}; the newest is {now.version}.",
            hint=f"See: platformctl history {table.asset}",
        )
    return then


def _differing(table: Table, now: Snapshot, then: Snapshot, partition: str | None) -> list[str | None]:
    if partition is not None and partition not in then.files:
        raise PlatformError(
            f"Partition '{partition}' of {table.asset} was not published at version {then.version}.",
            hint=f"See: platformctl history {table.asset}",
        )
    keys = [key for key in then.files if partition in (None, key) and then.files[key] != now.files_of(key)]
    if not keys:
        raise PlatformError(f"{table.asset} already has the content of version {then.version}.")
    return keys


def _audited(
    table: Table, then: Snapshot, key: str | None, after: Mapping[str | None, tuple[str, ...]], audit: Audit
) -> tuple[CheckRecord, ...]:
    others = tuple(file for other, files in after.items() if other != key for file in files)
    present = then.partitions[key].columns or tuple(then.columns)
    checks = tuple(audit(Restored(key, then.files[key], present, others)))
    failed = [check.name for check in checks if not check.passed and check.severity == "error"]
    if failed:
        what = "" if key is None else f", partition '{key}',"
        raise NotValid(
            f"Version {then.version} of {table.asset}{what} does not satisfy today's contract: {', '.join(failed)}.",
            hint="Go back to a version that does, or correct the data and publish it.",
        )
    return checks


def _record(table: Table, now: Snapshot, then: Snapshot, key: str | None, by: str) -> Publication:
    old, left = then.partitions[key], now.partitions.get(key)
    away = set(left.withheld) if left else set()
    for publication in publications(table.path, left.version if left else -1):
        if publication.version <= _origin(old):
            break
        if publication.brings_files and publication.partition == key:
            away.add(publication.input_hash)
    withheld = tuple(sorted(away - {"", old.input_hash}))
    files = tuple(_relative(table, file) for file in then.files[key])
    return replace(
        old,
        kind="rollback",
        run_id="",
        by=by,
        source_version=_origin(old),
        held=True,
        withheld=withheld,
        unchanged=False,
        files=files,
    )


def _settled(table: Table, delta: Any, then: Snapshot) -> Settled:
    """Bring the old schema back with a whole table; refuse partitions whose types are no longer the table's."""
    old = open_delta(table.path, then.version)
    have = {field.name: field.type for field in delta.schema().fields}
    same = old is not None and all(have.get(field.name) == field.type for field in old.schema().fields)
    if same or old is None:
        return Settled(delta, delta.schema())
    if None not in then.files:
        raise SchemaChange(
            f"Version {then.version} of {table.asset} has other column types than the table has today.",
            hint="Correct the data and publish it.",
        )
    return Settled(delta, old.schema(), replaced=True)
