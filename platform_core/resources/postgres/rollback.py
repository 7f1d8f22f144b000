"""Going back: a new version of old tables. History is never rewritten, and what was rolled away from stays readable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.contracts.postgres_types import postgres_type
from platform_core.errors import PlatformError
from platform_core.resources.decisions import differing, no_such_version, passed, previous_version, rolled_back
from platform_core.resources.postgres.connection import connect
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.log import append, history_of
from platform_core.resources.postgres.place import Place
from platform_core.resources.postgres.publish import commit, locked, swap
from platform_core.resources.postgres.snapshot import Restored, Snapshot, read_snapshot, refuse_missing
from platform_core.resources.postgres.views import show
from platform_core.resources.schema_changes import not_gone_back_to
from platform_core.resources.warehouse.records import NEVER, Publication

if TYPE_CHECKING:
    from psycopg import Connection

    from platform_core.resources.engine import Audit

__all__ = ["release", "rollback"]


def rollback(
    place: Place, partition: str | None, to: int | None, *, by: str, contract: tuple[str, str], audit: Audit
) -> list[Publication]:
    """See `engine.Table.rollback`."""
    with connect(place.address) as connection, explained(place.address), locked(connection, place):
        now = read_snapshot(connection, place)
        if now is None:
            raise PlatformError(f"{place.asset} was never published: there is nothing to go back to.")
        history = history_of(connection, place)
        then = _earlier(connection, now, previous_version(place.asset, now, history, partition) if to is None else to)
        keys = differing(place.asset, now, then, partition)
        refuse_missing(connection, then, partition)
        types, restored = _types(now, then), {key: then.names_of(key) for key in keys}
        records = []
        for key in keys:
            left = now.partitions.get(key)
            since = (item for item in history if left is not None and item.version <= left.version)
            record = rolled_back(then.partitions[key], left, since, by, restored[key])
            checks = passed(place.asset, then.version, key, audit(Restored(now, key, restored)))
            made = {"checks": checks, "contract_version": contract[0], "contract_hash": contract[1]}
            records.append(replace(record, version=now.version + 1, **made))  # type: ignore[arg-type]
        after = {**now.partitions, **{record.partition: record for record in records}}
        swap(connection, place, lambda: show(connection, place, types, after, changed=keys))
        found = append(connection, place, records, types)
        commit(connection)
    return found


def release(place: Place, partition: str | None, by: str) -> list[Publication]:
    """See `engine.Table.release`."""
    with connect(place.address) as connection, explained(place.address), locked(connection, place):
        now = read_snapshot(connection, place)
        held = [key for key, value in now.partitions.items() if value.held] if now else []
        keys = [key for key in held if partition is None or key == partition]
        if now is None or not keys:
            raise PlatformError(f"{place.asset} is not held.", hint="Only a dataset that was rolled back is held.")
        records = [Publication(now.version + 1, key, "release", NEVER, by=by) for key in keys]
        found = append(connection, place, records, now.columns)
        commit(connection)
    return found


def _earlier(connection: Connection[Any], now: Snapshot, version: int) -> Snapshot:
    then = read_snapshot(connection, now.place, version) if 0 <= version < now.version else None
    if then is None:
        raise no_such_version(now.place.asset, version, now.version)
    return then


def _types(now: Snapshot, then: Snapshot) -> dict[str, str]:
    """Bring the old columns back with a whole table; refuse partitions whose types are no longer the table's."""
    if None in then.partitions:
        return dict(then.columns)
    for name, kind in then.columns.items():
        if postgres_type(now.columns.get(name, kind)) != postgres_type(kind):
            raise not_gone_back_to(now.place.asset, then.version)
    return dict(now.columns)
