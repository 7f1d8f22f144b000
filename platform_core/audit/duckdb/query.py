"""Rules written as SQL: one guarded SELECT that returns one value."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.duckdb.session import Session
from platform_core.audit.outcome import NotAudited, Outcome, judge_answer
from platform_core.sql import guard, guarded_connection, reads
from platform_core.sql.relation import Relation, quoted_table
from platform_core.sql.syntax import is_count

if TYPE_CHECKING:
    import duckdb

__all__ = ["judge_query"]


def judge_query(session: Session, check: Check) -> Outcome:
    """Run the query over the delivery (or, by scope, the dataset) and what it reads, and compare its one value."""
    query, location = check.arguments["query"], check.arguments["location"]
    problems = [finding.message for finding in guard(query) if finding.level == "error"]
    if problems:
        raise NotAudited(" ".join(problems))
    own = f"{location}/{check.arguments['dataset']}"
    inputs = {name: [session.reference(name)] for name in check.reads} | {own: session.dataset(check)}
    unknown = {f"{table.location}/{table.dataset}" for table in reads(query, location)} - set(inputs)
    if unknown:
        raise NotAudited(f"it reads {', '.join(sorted(unknown))}, which is not among its inputs")
    with _connected(session, inputs, location) as connection:
        rows = connection.execute(query).fetchmany(2)
        if len(rows) != 1 or len(rows[0]) != 1:
            raise NotAudited("its query must return one row with one column")
    return judge_answer(check, rows[0][0], is_count(query), session.count())


@contextmanager
def _connected(
    session: Session, inputs: Mapping[str, list[Relation]], location: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    if all(relation.is_parquet for relations in inputs.values() for relation in relations):
        merged = {
            name: Relation(tuple(file for part in parts for file in part.files), parts[0].columns)
            for name, parts in inputs.items()
        }
        with closing(guarded_connection(merged, location)) as connection:
            yield connection
    else:
        yield from _beside_tables(session, inputs, location)


def _beside_tables(
    session: Session, inputs: Mapping[str, list[Relation]], location: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the tables of the caller's connection the names that the query uses, in a database of their own."""
    connection = session.connection
    catalog = f"platform_audit_{uuid.uuid4().hex}"
    before = connection.execute("SELECT current_catalog(), current_schema()").fetchall()[0]
    connection.execute(f"ATTACH ':memory:' AS {catalog}")
    try:
        for name, relations in inputs.items():
            schema, dataset = name.split("/")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted_table(catalog, schema).sql('duckdb')}")
            parts = [exp.select("*").from_(_absolute(part, before).source()) for part in relations]
            everything = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
            if len(parts) > 1:
                everything.set("by_name", True)
            view = quoted_table(catalog, schema, dataset).sql("duckdb")
            connection.execute(f"CREATE VIEW {view} AS {everything.sql('duckdb')}")
        connection.execute(f"USE {quoted_table(catalog, location).sql('duckdb')}")
        yield connection
    finally:
        connection.execute(f"USE {quoted_table(*before).sql('duckdb')}")
        connection.execute(f"DETACH {catalog}")


def _absolute(relation: Relation, home: tuple[str, str]) -> Relation:
    """Name a table in full: while the query runs, another catalog is the current one."""
    names = relation.identifier
    missing = {1: home, 2: home[:1]}.get(len(names), ())
    return Relation(identifier=(*missing, *names)) if names else relation
