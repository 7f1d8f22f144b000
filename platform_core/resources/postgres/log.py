"""Reads and writes the publication records: which versions there are, and what is live in each partition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.place import Place
from platform_core.resources.warehouse.records import Publication, record_from_data, record_to_data

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Live", "append", "existing_tables", "history_of", "in_order", "live_at", "newest_version", "not_there"]

Live = tuple[int, dict[str | None, Publication], dict[str, str]]  # version, by partition, the table's columns

_LIVE = """
WITH known AS (
    SELECT * FROM {log} WHERE dataset = %(dataset)s AND version <= %(version)s
), last AS (
    SELECT version, types FROM known ORDER BY version DESC, place DESC LIMIT 1
), newest AS (
    SELECT DISTINCT ON (partition) version, partition, published_at, record FROM known
    WHERE kind IN ('publish', 'rollback') ORDER BY partition, version DESC, place DESC
)
SELECT last.version, last.types::text, newest.version, newest.published_at, newest.record, EXISTS (
    SELECT FROM known WHERE kind = 'release' AND known.version > newest.version
    AND known.partition IS NOT DISTINCT FROM newest.partition
) FROM last LEFT JOIN newest ON true
"""
_ALL = 2**62


def not_there() -> tuple[type[Exception], ...]:
    """The errors by which the database says that nothing was ever published by a location."""
    from psycopg import errors

    return (errors.UndefinedTable, errors.InvalidSchemaName)


def live_at(connection: Connection[Any], place: Place, version: int | None = None) -> Live | None:
    """Return what was live at a version (default: the newest) in one query; None when nothing was published by then."""
    arguments = {"dataset": place.asset.dataset, "version": _ALL if version is None else version}
    try:
        rows = run(connection, _LIVE.format(log=place.log), arguments).fetchall()
    except not_there():
        return None
    if not rows:
        return None
    live: dict[str | None, Publication] = {}
    for _, _, number, at, record, released in rows:
        if number is not None:
            found = record_from_data(record, number, at)
            live[found.partition] = replace(found, held=False, withheld=()) if released else found
    return rows[0][0], in_order(live), json.loads(rows[0][1])  # as text: said on every row, and read once


def in_order(live: Mapping[str | None, Publication]) -> dict[str | None, Publication]:
    """Return the partitions in the order of their keys, whatever the database's collation."""
    return dict(sorted(live.items(), key=lambda item: item[0] or ""))


def history_of(connection: Connection[Any], place: Place, limit: int | None = None) -> list[Publication]:
    """Return the records of all commits, newest first, each knowing whether its tables are still kept."""
    query = f"SELECT version, published_at, record FROM {place.log} WHERE dataset = %s "  # noqa: S608 - quoted
    query += "ORDER BY version DESC, place LIMIT %s"
    try:
        rows = run(connection, query, (place.asset.dataset, limit)).fetchall()
    except not_there():
        return []
    found = [record_from_data(record, version, at) for version, at, record in rows]
    kept = existing_tables(connection, place, {name for record in found for name in record.files})
    return [replace(record, readable=kept >= set(record.files)) for record in found]


def existing_tables(connection: Connection[Any], place: Place, names: Iterable[str]) -> set[str]:
    """Return those of `names` that are tables of published versions."""
    query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
    rows = run(connection, f"{query} AND relname = ANY(%s)", (place.versions, list(names)))
    return {row[0] for row in rows}


def newest_version(connection: Connection[Any], place: Place) -> int:
    """Return the newest version; -1 when there is none."""
    query = f"SELECT max(version) FROM {place.log} WHERE dataset = %s"  # noqa: S608 - quoted
    row = run(connection, query, (place.asset.dataset,)).fetchone()
    return -1 if row is None or row[0] is None else int(row[0])


def append(
    connection: Connection[Any], place: Place, records: Iterable[Publication], types: Mapping[str, str], stage: str = ""
) -> list[Publication]:
    """Add records, each with its version, and return them with the time at which they were added."""
    query = (
        f"INSERT INTO {place.log} (dataset, version, place, partition, kind, published_at, stage, types, record) "  # noqa: S608
        "VALUES (%s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s) RETURNING published_at"
    )
    found = []
    for number, record in enumerate(records):
        data = json.dumps(record_to_data(record))
        values = (record.version, number, record.partition, record.kind, stage or None, json.dumps(dict(types)), data)
        (at,) = run(connection, query, (place.asset.dataset, *values)).fetchall()[0]
        found.append(replace(record, published_at=at))
    return found
