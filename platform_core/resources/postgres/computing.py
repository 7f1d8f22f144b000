"""Runs a team's SELECT where the data is: judged, over fixed versions, its result cast to the declared types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.resources.postgres.casting import fitted_value, misfits
from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.errors import said
from platform_core.resources.postgres.selects import selects
from platform_core.resources.warehouse.casts import cast_findings, column_findings
from platform_core.resources.warehouse.write import declared_columns
from platform_core.sql.quoting import quoted
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["cast_into", "compute", "result_types"]


def compute(
    connection: Connection[Any],
    table: str,
    query: str,
    inputs: Mapping[str, Relation],
    *,
    location: str,
    contract: Contract,
    there: bool,
) -> int:
    """Make `table` (quoted) of what `query` returns, or add to it when it is `there`; return how many rows.

    See `engine.Stage.compute`. To be called inside a transaction.
    """
    from platform_core.sql.postgres import bound

    tables = {name: selects(connection, relation) for name, relation in inputs.items()}
    tree = bound(query, tables, location)
    return cast_into(connection, table, tree.sql("postgres"), contract, there)


def cast_into(connection: Connection[Any], table: str, query: str, contract: Contract, there: bool = False) -> int:
    """Write the rows of a safe `query` to `table`, in the contract's types.

    Raises FindingsError naming every column that is missing, unknown or cannot be cast; never a data value.
    """
    import psycopg

    source, columns = f"({query}\n) AS delivery", declared_columns(contract)
    given = result_types(connection, source)
    _refuse(contract, column_findings(contract, columns, given))
    values = ", ".join(
        f"{fitted_value(quoted(name), kind, given[name])} AS {quoted(name)}" for name, kind in columns.items()
    )
    select = f"SELECT {values} FROM {source}"  # noqa: S608 - quoted
    failed: psycopg.Error | None = None
    try:
        with connection.transaction():
            statement = f"INSERT INTO {table} {select}" if there else f"CREATE TABLE {table} AS {select}"
            return run(connection, statement).rowcount
    except (psycopg.DataError, psycopg.NotSupportedError, psycopg.ProgrammingError) as error:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise
        failed = error
    # Outside of the handler, so that nothing of what the database said of the data is carried along.
    raise _explained(connection, failed, source, contract=contract, given=given)


def result_types(connection: Connection[Any], source: str) -> dict[str, str]:
    """Return the columns of what stands after FROM, name -> type as PostgreSQL prints it; nothing is read."""
    import psycopg

    failed = None
    try:
        with connection.transaction():
            result = run(connection, f"SELECT * FROM {source} LIMIT 0").pgresult  # noqa: S608 - judged, or quoted
    except psycopg.ProgrammingError as error:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise
        failed = error
    if failed is not None:
        raise PlatformError(f"The query cannot run: {said(failed)}.")
    assert result is not None  # noqa: S101 - a SELECT has a result
    places = range(result.nfields)
    names = [(result.fname(place) or b"").decode() for place in places]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PlatformError(f"The query returns several columns of one name: {', '.join(twice)}.")
    kinds = run(
        connection,
        "SELECT format_type(t, m) FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY AS x(t, m, n) ORDER BY n",
        ([result.ftype(place) for place in places], [result.fmod(place) for place in places]),
    ).fetchall()
    return dict(zip(names, (kind for (kind,) in kinds), strict=True))


def _explained(
    connection: Connection[Any],
    failed: Any,
    source: str,
    *,
    contract: Contract,
    given: Mapping[str, str],
) -> PlatformError:
    import psycopg

    columns = declared_columns(contract)
    counts: dict[str, int] = {}
    try:
        with connection.transaction():
            counts = misfits(connection, source, columns, given)
    except (psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError):
        pass  # the query itself fails
    if any(counts.values()):
        return _findings(contract, cast_findings(counts, contract, columns))
    return PlatformError(f"The delivery could not be written: {said(failed)}.")


def _refuse(contract: Contract, findings: list[Any]) -> None:
    if findings:
        raise _findings(contract, findings)


def _findings(contract: Contract, findings: list[Any]) -> FindingsError:
    return FindingsError(f"The delivery does not fit the contract of {contract.dataset}:", findings)
