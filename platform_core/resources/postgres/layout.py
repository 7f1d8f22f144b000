"""The schemas and records of a location, made when something is first written there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.place import LOG, REFUSALS, Place
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["READERS", "dropped", "ensure_layout", "lock_key"]

READERS = "platform_readers"  # the role, where there is one, that may read all records (never data)
_MOMENT = "500ms"


def ensure_layout(connection: Connection[Any], place: Place) -> None:
    """Make what is missing of the schemas and records of the place's location.

    Raises the database's own error when this role may not; `platformctl workspace grants` makes the schemas for it.
    """
    whole = "SELECT num_nulls(to_regclass(%s), to_regclass(%s), to_regnamespace(%s), to_regnamespace(%s)) = 0"
    names = (place.log, place.refusals, quoted(place.live), quoted(place.stages))
    if run(connection, whole, names).fetchall()[0][0]:
        return
    with connection.transaction():
        run(connection, "SELECT pg_advisory_xact_lock(%s)", (lock_key(f"layout {place.live}"),))
        schemas = (place.live, place.versions, place.stages, place.quarantine)
        there = _found(connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", (list(schemas),))
        for schema in schemas:
            if schema not in there:
                run(connection, f"CREATE SCHEMA {quoted(schema)}")
        query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ANY(%s)"
        records = _found(connection, f"{query} AND relname = ANY(%s)", (list(schemas), [LOG, REFUSALS]))
        if LOG not in records:
            _make_log(connection, place)
        if REFUSALS not in records:
            _make_refusals(connection, place)


def lock_key(text: str) -> int:
    """Return the number by which an advisory lock is taken: locks have no names."""
    return int.from_bytes(hashlib.sha256(f"platform {text}".encode()).digest()[:8], "big", signed=True)


def dropped(connection: Connection[Any], table: str) -> bool:
    """Drop a table (quoted) unless somebody is reading it just now; return whether it went.

    A view over it is somebody who reads: a build of dbt has them on what its models read.
    """
    from psycopg.errors import DependentObjectsStillExist, LockNotAvailable

    try:
        with connection.transaction():
            run(connection, f"SET LOCAL lock_timeout = '{_MOMENT}'")
            run(connection, f"DROP TABLE IF EXISTS {table}")
    except (LockNotAvailable, DependentObjectsStillExist):
        return False
    return True


def _found(connection: Connection[Any], query: str, arguments: tuple[Any, ...]) -> set[str]:
    return {row[0] for row in run(connection, query, arguments)}


def _make_log(connection: Connection[Any], place: Place) -> None:
    """`place` orders the records of one version; `types` are the columns of the table after it, in their order."""
    run(
        connection,
        f"CREATE TABLE {place.log} (dataset text NOT NULL, version bigint NOT NULL, place int NOT NULL, "
        "partition text, kind text NOT NULL, published_at timestamptz NOT NULL, stage text, types json NOT NULL, "
        "record jsonb NOT NULL, PRIMARY KEY (dataset, version, place))",
    )
    run(connection, f"CREATE INDEX ON {place.log} (dataset, partition, version DESC, place DESC)")
    _let_read(connection, place.versions, place.log)


def _make_refusals(connection: Connection[Any], place: Place) -> None:
    run(
        connection,
        f"CREATE TABLE {place.refusals} (dataset text NOT NULL, id text NOT NULL, refused_at timestamptz NOT NULL, "
        "relation text NOT NULL, record jsonb NOT NULL, PRIMARY KEY (dataset, id))",
    )
    _let_read(connection, place.quarantine, place.refusals)


def _let_read(connection: Connection[Any], schema: str, table: str) -> None:
    if _found(connection, "SELECT rolname FROM pg_roles WHERE rolname = %s", (READERS,)):
        run(connection, f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(READERS)}")
        run(connection, f"GRANT SELECT ON {table} TO {quoted(READERS)}")
