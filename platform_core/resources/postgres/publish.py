"""Publishing: what must hold under the lock, and the one transaction that swaps the new table in."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.contracts.postgres_types import postgres_type
from platform_core.errors import PlatformError
from platform_core.resources.decisions import new_publication, refuse_empty, refuse_moved, still_withheld
from platform_core.resources.postgres.connection import connect, run
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.layout import lock_key
from platform_core.resources.postgres.log import append, newest_version
from platform_core.resources.postgres.place import Place, full
from platform_core.resources.postgres.snapshot import Snapshot, read_snapshot
from platform_core.resources.postgres.stage import Stage
from platform_core.resources.postgres.views import show
from platform_core.resources.schema_changes import refuse_changed, refuse_recut, widening
from platform_core.resources.warehouse.commit import partition_folder
from platform_core.resources.warehouse.records import Publication, PublicationRecord, record_from_data
from platform_core.resources.warehouse.refused import Busy
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["commit", "locked", "publish", "swap"]

LOCK_SECONDS = 600  # a verification of a large table happens under the lock
READER_SECONDS = 60.0  # how long readers of the view may keep a publication waiting
_MOMENT = "1s"  # new readers queue up behind us while we wait for the old ones


def publish(
    place: Place, stage: Stage, record: PublicationRecord, verify: Callable[[Snapshot | None], bool] | None
) -> Publication:
    """See `engine.Table.publish`."""
    if stage.contract is None or not stage.written:
        raise PlatformError(f"Nothing was staged for {place.asset}.", hint="Write the delivery to the stage first.")
    partition_folder(stage.partition)  # a key is untrusted text, and means the same on every engine
    refuse_empty(place.asset, stage)
    with explained(place.address), _certain(place, stage) as done, locked(stage.connection, place):
        done.extend(_within(stage.connection, place, stage, record, verify))
        commit(stage.connection)
    return done[-1]


def commit(connection: Connection[Any]) -> None:
    """The last thing before the database is asked to commit: what is killed before it has published nothing."""


def _within(
    connection: Connection[Any], place: Place, stage: Stage, record: PublicationRecord, verify: Any
) -> list[Publication]:
    now = read_snapshot(connection, place)
    refuse_moved(place.asset, stage, now, verify)
    standing = now.partitions.get(stage.partition) if now else None
    withheld = still_withheld(place.asset, stage.partition, record, standing)
    types, new = _settled(place, now, stage)
    version = newest_version(connection, place) + 1
    publication = replace(new_publication(stage, record, standing, withheld), version=version)
    if now is not None and standing is not None and not new and _same(connection, now, standing, stage):
        unchanged = replace(publication, unchanged=True, files=standing.files)
        return append(connection, place, [unchanged], now.columns, stage.id)
    if new and now is not None and stage.partition is not None:
        append(connection, place, [widening(record, new, version)], types, stage.id)
        publication = replace(publication, version=version + 1)
    name = place.version_table(publication.version)
    publication = replace(publication, files=(name,))
    after = {**(now.partitions if now else {}), stage.partition: publication}

    def action() -> None:
        run(connection, f"ALTER TABLE {stage.table} SET SCHEMA {quoted(place.versions)}")
        run(connection, f"ALTER TABLE {full(place.versions, stage.name)} RENAME TO {quoted(name)}")
        show(connection, place, types, after, changed=[stage.partition], new=[name])

    swap(connection, place, action)
    return append(connection, place, [publication], types, stage.id)


@contextmanager
def locked(connection: Connection[Any], place: Place) -> Iterator[None]:
    """Hold the table against all other writers, in one transaction. Raises Busy when another holds it for too long."""
    from psycopg.errors import LockNotAvailable

    with connection.transaction():
        run(connection, f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        try:
            run(connection, "SELECT pg_advisory_xact_lock(%s)", (lock_key(f"table {place.view}"),))
        except LockNotAvailable:
            message = f"Another process has been publishing {place.asset} for more than {LOCK_SECONDS} seconds."
            raise Busy(message, hint="Wait for it, or find and stop that run; then run again.") from None
        yield


def swap(connection: Connection[Any], place: Place, action: Callable[[], None]) -> None:
    """Do `action`, which changes what readers of the view see; again and again while they are in its way.

    To be called under the lock. Raises Busy when a reader does not come to its end.
    """
    from psycopg.errors import DeadlockDetected, LockNotAvailable

    until = time.monotonic() + READER_SECONDS
    while True:
        try:
            with connection.transaction():  # a savepoint: what it has locked is free again while we wait
                run(connection, f"SET LOCAL lock_timeout = '{_MOMENT}'")
                action()
            return
        except (LockNotAvailable, DeadlockDetected):
            if time.monotonic() > until:
                message = f"Somebody has been reading {place.view} for more than {READER_SECONDS:.0f} seconds."
                hint = "Nothing was published. Find that session (pg_stat_activity), then run again."
                raise Busy(message, hint=hint) from None
        time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - spreads retries, guards nothing


@contextmanager
def _certain(place: Place, stage: Stage) -> Iterator[list[Publication]]:
    """Where the connection is lost while it commits, look whether it did: what is published must be announced."""
    import psycopg

    found: list[Publication] = []
    try:
        yield found
    except psycopg.OperationalError:
        if not found or not stage.connection.broken:
            raise
        with connect(place.address) as connection, locked(connection, place):  # once it is free, that commit is over
            query = f"SELECT version, published_at, record FROM {place.log} WHERE dataset = %s AND stage = %s "  # noqa: S608
            rows = run(connection, query + "ORDER BY version", (place.asset.dataset, stage.id)).fetchall()
        if not rows:
            raise
        found[:] = [record_from_data(record, version, at) for version, at, record in rows]


def _settled(place: Place, now: Snapshot | None, stage: Stage) -> tuple[dict[str, str], list[str]]:
    """Return the table's columns after this publication (name -> DuckDB type), and which of them are new or changed.

    Raises SchemaChange when a partitioned table would change a type, or gain or lose its partitions.
    """
    if now is None:
        return dict(stage.columns), []
    partitioned = None not in now.partitions
    refuse_recut(place.asset, partitioned, stage.partition is not None)
    have, want = _types(now.columns), _types(stage.columns)
    changed = [name for name, kind in want.items() if have.get(name, kind) != kind]
    new = [name for name in want if name not in have]
    if not partitioned:
        return dict(stage.columns), [*new, *changed, *(name for name in have if name not in want)]
    refuse_changed(place.asset, {name: (have[name], want[name]) for name in changed})
    return {**now.columns, **{name: stage.columns[name] for name in new}}, new


def _types(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: postgres_type(kind) for name, kind in columns.items()}


def _same(connection: Connection[Any], now: Snapshot, standing: Publication, stage: Stage) -> bool:
    """Whether a delivery has the very rows that stand, in whatever order. Only asked where the counts are the same."""
    if standing.rows != stage.rows or set(standing.columns) != set(stage.columns) or len(standing.files) != 1:
        return False
    old = full(now.place.versions, standing.files[0])
    values = ", ".join(_exact(name, kind) for name, kind in stage.columns.items())
    # With as many rows on both sides, none left over on one means none on the other.
    query = f"SELECT {values} FROM {stage.table} EXCEPT ALL SELECT {values} FROM {old}"  # noqa: S608 - quoted
    return not run(connection, f"SELECT EXISTS ({query})").fetchall()[0][0]


def _exact(name: str, kind: str) -> str:
    """PostgreSQL finds equal what is not the same: -0 and 0, a month and 30 days, 1.0 and 1 inside JSON."""
    loose = postgres_type(kind) in ("real", "double precision", "interval", "jsonb", "time with time zone")
    return f"{quoted(name)}::text" if loose else quoted(name)
