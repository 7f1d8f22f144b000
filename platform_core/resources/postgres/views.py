"""The view by which people read a dataset: all that is live in it, in the table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

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

_TOGETHER = 100  # unions of more are nested: PostgreSQL walks down a flat one as deep as it is long


def show(
    connection: Connection[Any],
    place: Place,
    columns: Mapping[str, str],
    live: Mapping[str | None, Publication],
    new: Iterable[str] = (),
) -> None:
    """Let the view show the publications `live`, and the dataset's readers read the `new` tables.

    `columns` are the table's, name -> DuckDB type. To be called inside a transaction.
    """
    parts = [
        select_text(place.versions, name, columns, dict.fromkeys(publication.columns, ""))
        for publication in live.values()
        for name in publication.files
    ]
    while len(parts) > _TOGETHER:
        groups = [parts[start : start + _TOGETHER] for start in range(0, len(parts), _TOGETHER)]
        parts = [f"SELECT * FROM ({' UNION ALL '.join(group)}) AS part" for group in groups]  # noqa: S608 - built above
    body = " UNION ALL ".join(parts)
    there = _columns_of(connection, place)
    wanted = [(name, postgres_type(kind)) for name, kind in columns.items()]
    if there == wanted[: len(there)]:
        run(connection, f"CREATE OR REPLACE VIEW {place.view} AS {body}")
    else:
        granted = _grants(connection, place)
        run(connection, f"DROP VIEW {place.view}")
        run(connection, f"CREATE VIEW {place.view} AS {body}")
        for privilege, grantee, option in granted:
            run(connection, f"GRANT {privilege} ON {place.view} TO {grantee}{option}")
    _let_read(connection, place, new)


def _columns_of(connection: Connection[Any], place: Place) -> list[tuple[str, str]]:
    """Return the view's columns; none when it is not there. Raises PlatformError when something else has its name."""
    rows = run(
        connection,
        "SELECT c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "WHERE n.nspname = %s AND c.relname = %s ORDER BY a.attnum",
        (place.live, place.asset.dataset),
    ).fetchall()
    if rows and rows[0][0] != "v":
        raise PlatformError(
            f"{place.view} is there and is no view of the platform.",
            hint="Move it out of the way, or rename the dataset.",
        )
    return [(name, kind) for _, name, kind in rows if name is not None]


def _grants(connection: Connection[Any], place: Place) -> list[tuple[str, str, str]]:
    rows = run(
        connection,
        "SELECT x.privilege_type, CASE x.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(x.grantee) END, x.is_grantable "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) x "
        "WHERE n.nspname = %s AND c.relname = %s AND x.grantee <> c.relowner",
        (place.live, place.asset.dataset),
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
