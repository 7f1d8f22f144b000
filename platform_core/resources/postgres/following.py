"""What is live now: only what was committed since this process looked last is read.

A dataset of many partitions is looked at several times for each that is published; all of its records each time made
that most of the work.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.log import Live, in_order, live_at, not_there
from platform_core.resources.postgres.place import Place
from platform_core.resources.warehouse.records import record_from_data

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["live_now"]

_seen: dict[Place, tuple[datetime, Live]] = {}  # with the time of its newest version


def live_now(connection: Connection[Any], place: Place) -> Live | None:
    """Return what is live; None when nothing was ever published. To be called before a transaction adds records."""
    before = _seen.get(place)
    rows = _since(connection, place, before[1][0]) if before else []
    # Another time of the version that was seen: the dataset is not the one it was, but made anew.
    if before is None or not rows or (rows[0][0], rows[0][1]) != (before[1][0], before[0]):
        _seen.pop(place, None)
        found = live_at(connection, place)
        if found is None:
            return None
        rows = _since(connection, place, found[0])
    else:
        found = before[1]
    newer = [row for row in rows if row[0] > found[0]]
    if newer:
        found = _after(found, newer)
    _seen[place] = (next(at for version, at, *_ in rows if version == found[0]), found)
    return found


def _after(before: Live, rows: list[Any]) -> Live:
    live = dict(before[1])
    for version, at, kind, _, record in rows:
        publication = record_from_data(record, version, at)
        if publication.brings_files:
            live[publication.partition] = publication
        elif kind == "release" and publication.partition in live:
            live[publication.partition] = replace(live[publication.partition], held=False, withheld=())
    return rows[-1][0], in_order(live), json.loads(rows[-1][3])


def _since(connection: Connection[Any], place: Place, version: int) -> list[Any]:
    query = f"SELECT version, published_at, kind, types::text, record FROM {place.log} "  # noqa: S608 - quoted
    query += "WHERE dataset = %s AND version >= %s ORDER BY version, place"
    try:
        return run(connection, query, (place.asset.dataset, version)).fetchall()
    except not_there():
        return []
