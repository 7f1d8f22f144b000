"""Going back: a new commit of old files. History is never rewritten, and what was rolled away from stays readable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.resources.decisions import differing, no_such_version, passed, previous_version, rolled_back
from platform_core.resources.schema_changes import not_gone_back_to
from platform_core.resources.warehouse.commit import add_actions, commit, remove_actions
from platform_core.resources.warehouse.log import publications
from platform_core.resources.warehouse.records import NEVER, CheckRecord, Publication
from platform_core.resources.warehouse.refused import room
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
        version = previous_version(table.asset, now, table.history(), partition) if to is None else to
        then = _earlier(table, now, version, partition)
        keys = differing(table.asset, now, then, partition)
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


def _earlier(table: Table, now: Snapshot, version: int, partition: str | None) -> Snapshot:
    then = read_snapshot(table.path, version, partition) if 0 <= version < now.version else None
    if then is None:
        raise no_such_version(table.asset, version, now.version)
    return then


def _audited(
    table: Table, then: Snapshot, key: str | None, after: Mapping[str | None, tuple[str, ...]], audit: Audit
) -> tuple[CheckRecord, ...]:
    others = tuple(file for other, files in after.items() if other != key for file in files)
    present = then.partitions[key].columns or tuple(then.columns)
    return passed(table.asset, then.version, key, audit(Restored(key, then.files[key], present, others)))


def _record(table: Table, now: Snapshot, then: Snapshot, key: str | None, by: str) -> Publication:
    left = now.partitions.get(key)
    history = publications(table.path, left.version if left else -1)
    return rolled_back(then.partitions[key], left, history, by, then.names_of(key))


def _settled(table: Table, delta: Any, then: Snapshot) -> Settled:
    """Bring the old schema back with a whole table; refuse partitions whose types are no longer the table's."""
    old = open_delta(table.path, then.version)
    have = {field.name: field.type for field in delta.schema().fields}
    same = old is not None and all(have.get(field.name) == field.type for field in old.schema().fields)
    if same or old is None:
        return Settled(delta, delta.schema())
    if None not in then.files:
        raise not_gone_back_to(table.asset, then.version)
    return Settled(delta, old.schema(), replaced=True)
