"""Clears away what no kept version needs, old refusals, and what dead sessions left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from platform_core.resources.decisions import kept_contents
from platform_core.resources.postgres.connection import connect, run
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.layout import dropped, lock_key
from platform_core.resources.postgres.log import existing_tables, history_of, live_at
from platform_core.resources.postgres.place import Place, full
from platform_core.resources.postgres.quarantine import remove_refusals
from platform_core.resources.postgres.stage import sweep_stages
from platform_core.resources.warehouse.retention import GRACE, Cleared, Retention

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["vacuum"]


def vacuum(place: Place, retention: Retention, dry_run: bool = False, grace: timedelta = GRACE) -> Cleared:
    """See `engine.Table.vacuum`. A table that somebody is reading just now stays until the next time."""
    now = datetime.now(timezone.utc)
    with connect(place.address) as connection, explained(place.address):
        # For the session, not for a transaction: each table goes by itself, for one of all would hold too many locks.
        run(connection, "SELECT pg_advisory_lock(%s)", (lock_key(f"table {place.view}"),))
        old = _removable(connection, place, retention, now - max(retention.duration, grace))
        size = _size(connection, place, old)
        count = sum(dry_run or dropped(connection, full(place.versions, name)) for name in old)
        stages = sweep_stages(connection, place, dry_run)
        refusals = remove_refusals(connection, place, now - retention.quarantine, dry_run)
    return Cleared(count, size, stages, len(refusals))


def _removable(connection: Connection[Any], place: Place, retention: Retention, since: datetime) -> list[str]:
    """Return the tables that no kept version needs. What stands is always kept."""
    records, live = history_of(connection, place), live_at(connection, place)
    kept = set(kept_contents(records, retention, since))
    kept |= {name for publication in live[1].values() for name in publication.files} if live else set()
    known = {name for record in records for name in record.files}
    return sorted(existing_tables(connection, place, known - kept))


def _size(connection: Connection[Any], place: Place, names: Iterable[str]) -> int:
    query = (
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relname = ANY(%s)"
    )
    return int(run(connection, query, (place.versions, list(names))).fetchall()[0][0])
