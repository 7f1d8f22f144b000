"""The view by which people read a dataset: all that is live in it, in the table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from zlib import crc32

from platform_core.contracts.postgres_types import postgres_type
from platform_core.errors import PlatformError
from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.place import Place, full
from platform_core.resources.postgres.selects import select_text
from platform_core.resources.warehouse.records import Publication
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["show"]

_BUCKETS = 32


def show(
    connection: Connection[Any],
    place: Place,
    columns: Mapping[str, str],
    live: Mapping[str | None, Publication],
    *,
    changed: Iterable[str | None],
    new: Iterable[str] = (),
) -> None:
    """Let the view show the publications `live`, of which those in the partitions `changed` are other ones than before.

    `columns` are the table's, name -> DuckDB type. The dataset's readers may read the `new` tables. To be called inside
    a transaction: whoever reads the view sees all of the change or nothing.
    """
    if None in live:
        _make(connection, (place.live, place.asset.dataset), columns, _rows(place, columns, live.values()))
    else:
        _show_buckets(connection, place, columns, live, {_bucket(key) for key in changed})
    _let_read(connection, place, new)


def _show_buckets(
    connection: Connection[Any],
    place: Place,
    columns: Mapping[str, str],
    live: Mapping[str | None, Publication],
    changed: set[int],
) -> None:
    """Make the view of views, each of some of the partitions: to replace one of all of them takes as long as it is."""
    buckets: dict[int, list[Publication]] = {}
    for key, publication in live.items():
        buckets.setdefault(_bucket(key), []).append(publication)
    names = {bucket: place.bucket_view(bucket) for bucket in sorted(buckets)}
    there = _views(connection, place.versions, names.values())
    wider = _columns_of(connection, (place.live, place.asset.dataset)) != _wanted(columns)
    for bucket, name in names.items():
        if wider or bucket in changed or name not in there:
            _make(connection, (place.versions, name), columns, _rows(place, columns, buckets[bucket]))
    if wider or len(there) < len(names):
        present = dict.fromkeys(columns, "")
        parts = [select_text(place.versions, name, columns, present) for name in names.values()]
        _make(connection, (place.live, place.asset.dataset), columns, parts)


def _bucket(partition: str | None) -> int:
    return crc32((partition or "").encode()) % _BUCKETS


def _rows(place: Place, columns: Mapping[str, str], publications: Iterable[Publication]) -> list[str]:
    return [
        select_text(place.versions, name, columns, dict.fromkeys(publication.columns, ""))
        for publication in publications
        for name in publication.files
    ]


def _make(connection: Connection[Any], view: tuple[str, str], columns: Mapping[str, str], parts: list[str]) -> None:
    """Make or replace a view. One whose columns change otherwise than by more of them is made anew, with its grants."""
    there, body = _columns_of(connection, view), " UNION ALL ".join(parts)
    if there == _wanted(columns)[: len(there)]:
        run(connection, f"CREATE OR REPLACE VIEW {full(*view)} AS {body}")
        return
    granted = _grants(connection, view)
    run(connection, f"DROP VIEW {full(*view)}")
    run(connection, f"CREATE VIEW {full(*view)} AS {body}")
    for privilege, grantee, option in granted:
        run(connection, f"GRANT {privilege} ON {full(*view)} TO {grantee}{option}")


def _wanted(columns: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, postgres_type(kind)) for name, kind in columns.items()]


def _views(connection: Connection[Any], schema: str, names: Iterable[str]) -> set[str]:
    query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
    return {row[0] for row in run(connection, f"{query} AND relname = ANY(%s)", (schema, list(names)))}


def _columns_of(connection: Connection[Any], view: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the view's columns; none when it is not there. Raises PlatformError when something else has its name."""
    rows = run(
        connection,
        "SELECT c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "WHERE n.nspname = %s AND c.relname = %s ORDER BY a.attnum",
        view,
    ).fetchall()
    if rows and rows[0][0] != "v":
        raise PlatformError(
            f"{full(*view)} is there and is no view of the platform.",
            hint="Move it out of the way, or rename the dataset.",
        )
    return [(name, kind) for _, name, kind in rows if name is not None]


def _grants(connection: Connection[Any], view: tuple[str, str]) -> list[tuple[str, str, str]]:
    rows = run(
        connection,
        "SELECT x.privilege_type, CASE x.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(x.grantee) END, x.is_grantable "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) x "
        "WHERE n.nspname = %s AND c.relname = %s AND x.grantee <> c.relowner",
        view,
    ).fetchall()
    return [
        (privilege, "PUBLIC" if grantee is None else quoted(grantee), " WITH GRANT OPTION" if option else "")
        for privilege, grantee, option in rows
    ]


def _let_read(connection: Connection[Any], place: Place, new: Iterable[str]) -> None:
    if not run(connection, "SELECT FROM pg_roles WHERE rolname = %s", (place.reader,)).fetchall():
        return
    tables = ", ".join([place.view, place.log, *(full(place.versions, name) for name in new)])
    schemas = f"{quoted(place.live)}, {quoted(place.versions)}"
    run(connection, f"GRANT USAGE ON SCHEMA {schemas} TO {quoted(place.reader)}")
    run(connection, f"GRANT SELECT ON {tables} TO {quoted(place.reader)}")
