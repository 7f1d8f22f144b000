"""Takes a table that somebody built in a schema of the run, as dbt does, for a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract
from platform_core.contracts.postgres_types import postgres_type
from platform_core.resources.postgres.computing import cast_into, result_types
from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.place import full
from platform_core.resources.warehouse.write import declared_columns
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["adopt"]

# A table that can be moved as it is: kept through a crash, and nothing hangs on it that would act on it later.
_PLAIN = """
SELECT relkind = 'r' AND relpersistence = 'p' AND NOT relhastriggers AND NOT relhasrules AND NOT relrowsecurity
    AND NOT relispartition AND reloftype = 0 AND NOT EXISTS (
        SELECT FROM pg_inherits WHERE inhrelid = c.oid OR inhparent = c.oid)
    AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
        AND (attidentity <> '' OR attgenerated <> '' OR atthasdef))
    AND pg_has_role(relowner, 'USAGE')
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relname = %s
"""


def adopt(connection: Connection[Any], source: tuple[str, str], target: tuple[str, str], contract: Contract) -> int:
    """Make `target` of the table or view `source`, each (schema, name); return its rows.

    Moved where its columns have the declared types and nothing hangs on it, else copied. To be called in a transaction.
    """
    declared = {name: postgres_type(kind) for name, kind in declared_columns(contract).items()}
    plain = run(connection, _PLAIN, source).fetchall()
    if not plain or not plain[0][0] or result_types(connection, full(*source)) != declared:
        return cast_into(connection, full(*target), f"SELECT * FROM {full(*source)}", contract)  # noqa: S608
    run(connection, f"ALTER TABLE {full(*source)} SET SCHEMA {quoted(target[0])}")
    run(connection, f"ALTER TABLE {full(target[0], source[1])} RENAME TO {quoted(target[1])}")
    return int(run(connection, f"SELECT count(*) FROM {full(*target)}").fetchall()[0][0])  # noqa: S608 - quoted
