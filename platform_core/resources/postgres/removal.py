"""Takes away what was only tried out: all schemas behind one prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platform_core.errors import PlatformError
from platform_core.resources.postgres.connection import connect, run
from platform_core.resources.postgres.errors import explained
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["drop_schemas"]


def drop_schemas(address: PostgresAddress) -> None:
    """Drop every schema whose name starts with the address's prefix, one by one, with all that is in it.

    Raises PlatformError without a prefix: that would be everything.
    """
    if not address.prefix:
        raise PlatformError("Without a prefix no schemas are dropped: they are those of a workspace.")
    with explained(address), connect(address) as connection:
        found = run(connection, "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (address.prefix,))
        for (schema,) in found.fetchall():
            run(connection, f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE")
