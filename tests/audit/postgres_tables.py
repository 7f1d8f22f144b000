"""Tables of PostgreSQL for tests of the audit, filled with what an Arrow table holds, as a warehouse keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import pyarrow
from auditing import CONNECTION, LOCATION
from postgres_server import Server

from platform_core.audit import AuditResult, plan
from platform_core.audit.postgres import audit
from platform_core.audit.types import base_of
from platform_core.contracts.model import Contract
from platform_core.contracts.postgres_types import postgres_type
from platform_core.sql import Relation
from platform_core.sql.quoting import quoted

_NUMBERS = count(1)
_NESTED = ("STRUCT", "LIST", "MAP")
_NO_NUMBER = re.compile(r"(?<=[:\[,])(-?)(NaN|Infinity|nan|inf)\b(?=[,\]}])")  # JSON has no word for it
_BEFORE_CHRIST = re.compile(r" \(BC\)(.*)\Z")


@contextmanager
def connected(server: Server) -> Iterator[Any]:
    """Connect, make a schema for tables, and leave nothing behind."""
    with server.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS audited")
        connection.commit()
        yield connection
        connection.rollback()


def stored(connection: Any, table: pyarrow.Table, columns: Mapping[str, str] | None = None) -> Relation:
    """Return a new table with these rows. `columns` are the declared DuckDB types; else those that DuckDB sees."""
    CONNECTION.register("rows_for_postgres", table)
    types = {row[0]: row[1] for row in CONNECTION.execute("DESCRIBE FROM rows_for_postgres").fetchall()}
    name = f"table_{next(_NUMBERS)}"
    kinds = ", ".join(f"{quoted(column)} {postgres_type(type_)}" for column, type_ in types.items())
    place = f"audited.{quoted(name)}"
    connection.execute(f"CREATE TABLE {place} ({kinds})".encode())
    texts = ", ".join(_text(column, type_) for column, type_ in types.items())
    with connection.cursor().copy(f"COPY {place} FROM STDIN".encode()) as copy:
        for row in CONNECTION.execute(f"SELECT {texts} FROM rows_for_postgres").fetchall():
            copy.write_row(tuple(map(_written, row, types.values())))
    return Relation.tables(("audited", name), columns={**types, **(columns or {})})


def _text(column: str, type_: str) -> str:
    base = base_of(type_)
    if base in _NESTED:
        return f"CAST(to_json({quoted(column)}) AS VARCHAR)"
    return f"'\\x' || hex({quoted(column)})" if base == "BLOB" else f"CAST({quoted(column)} AS VARCHAR)"


def _written(text: str | None, type_: str) -> str | None:
    if text is None:
        return None
    if base_of(type_) in _NESTED:
        return _NO_NUMBER.sub(r'"\1\2"', text)
    return _BEFORE_CHRIST.sub(r"\1 BC", text) if type_.startswith(("DATE", "TIMESTAMP")) else text


def run_on(
    connection: Any,
    contract: Contract,
    staged: Relation | pyarrow.Table,
    others: Relation | None = None,
    references: Mapping[str, Relation] | None = None,
) -> AuditResult:
    """Audit a relation, or an Arrow table, by every check of the contract."""
    relation = stored(connection, staged) if isinstance(staged, pyarrow.Table) else staged
    return audit(connection, plan(contract, LOCATION), relation, others, references)


def made(connection: Any, columns: str, *rows: str) -> Relation:
    """Return a table made by hand, without declared types."""
    connection.execute("DROP TABLE IF EXISTS audited.made")
    connection.execute(f"CREATE TABLE audited.made ({columns})".encode())
    for row in rows:
        connection.execute(f"INSERT INTO audited.made VALUES ({row})".encode())
    return Relation.tables(("audited", "made"))
