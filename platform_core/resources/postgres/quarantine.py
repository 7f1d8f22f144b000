"""Refused deliveries, kept apart with the reason: their tables, and a record of counts and names beside them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.layout import dropped
from platform_core.resources.postgres.log import not_there
from platform_core.resources.postgres.place import Place, full
from platform_core.resources.postgres.stage import Stage
from platform_core.resources.warehouse.quarantine import Refusal, refusal_from_data, refusal_of, refusal_to_data
from platform_core.resources.warehouse.records import PublicationRecord
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["read_refusals", "remove_refusals", "write_refusal"]


def write_refusal(place: Place, stage: Stage, record: PublicationRecord, reason: str) -> Refusal:
    """Move a stage with its refusal into quarantine, in one transaction. A stage without a table may be refused."""
    relation = stage.name if stage.written else ""
    refusal = refusal_of(stage, record, reason, None, f"{place.quarantine}.{relation}" if relation else place.refusals)
    insert = f"INSERT INTO {place.refusals} VALUES (%s, %s, clock_timestamp(), %s, %s) RETURNING refused_at"  # noqa: S608
    with explained(place.address), stage.connection.transaction():
        if relation:
            run(stage.connection, f"ALTER TABLE {stage.table} SET SCHEMA {quoted(place.quarantine)}")
        data = json.dumps(refusal_to_data(refusal))
        run(stage.connection, insert, (place.asset.dataset, refusal.id, relation, data))
    return _newest(stage.connection, place, refusal)


def read_refusals(connection: Connection[Any], place: Place) -> list[Refusal]:
    """Return what is in quarantine, newest first."""
    query = f"SELECT id, refused_at, relation, record FROM {place.refusals} WHERE dataset = %s "  # noqa: S608 - quoted
    try:
        rows = run(connection, query + "ORDER BY refused_at DESC, id DESC", (place.asset.dataset,)).fetchall()
    except not_there():
        return []
    return [_refusal(place, *row) for row in rows]


def remove_refusals(
    connection: Connection[Any], place: Place, before: datetime, dry_run: bool = False
) -> list[Refusal]:
    """Delete what was refused before a moment (only look, on a dry run); return it."""
    old = [refusal for refusal in read_refusals(connection, place) if refusal.refused_at < before]
    for refusal in () if dry_run else old:
        if dropped(connection, full(place.quarantine, place.stage_table(refusal.id))):
            delete = f"DELETE FROM {place.refusals} WHERE dataset = %s AND id = %s"  # noqa: S608 - quoted
            run(connection, delete, (place.asset.dataset, refusal.id))
    return old


def _newest(connection: Connection[Any], place: Place, refusal: Refusal) -> Refusal:
    """Return the refusal with the database's own time, by which it is compared with publications."""
    return next((found for found in read_refusals(connection, place) if found.id == refusal.id), refusal)


def _refusal(place: Place, id: str, at: datetime, relation: str, record: dict[str, Any]) -> Refusal:
    table = f"{place.quarantine}.{relation}" if relation else place.refusals
    return refusal_from_data({**record, "refused_at": at.isoformat()}, id, None, table)
