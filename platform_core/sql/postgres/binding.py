"""The SQL that is run for a team's query: generated from the judged tree, over the versions that were fixed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from sqlglot import exp

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.sql.postgres.safety import guard
from platform_core.sql.postgres.syntax import DIALECT, parse
from platform_core.sql.postgres.tables import named, table_nodes

__all__ = ["bound"]


def bound(query: str, tables: Mapping[str, Sequence[exp.Query]], location: str = "") -> exp.Query:
    """Return `query` with each table replaced by the SELECTs that stand for it, as a tree to generate SQL from.

    `tables` maps `location/dataset` to SELECTs whose rows together are the table; a bare name is one of `location`.
    Run it with `search_path` set to pg_catalog alone: then a name of the allow list means what it meant to the guard.
    Raises FindingsError for a query the guard refuses, PlatformError for a table that `tables` does not hold.
    """
    if errors := [finding for finding in guard(query) if finding.level == "error"]:
        raise FindingsError("The query may not run:", errors)
    # What is run must be what was judged: the generated text is judged again, as the engine will read it.
    plain = parse(query)[0].sql(DIALECT, comments=False)
    if errors := [finding for finding in guard(plain) if finding.level == "error"]:
        raise FindingsError("The query may not run as the engine would read it:", errors)
    tree = parse(plain)[0]
    for table in list(table_nodes(tree)):
        name = f"{named(table.args.get('db')) or location}/{named(table.this)}"
        if name not in tables:
            known = ", ".join(sorted(tables)) or "nothing"
            raise PlatformError(f"the query reads {name}, which is not among its inputs.", hint=f"They are {known}.")
        _replace(table, tables[name])
    for column in tree.find_all(exp.Column):
        # location.dataset.column: what is read now goes by the name of the dataset alone.
        column.set("db", None)
        column.set("catalog", None)
    if not isinstance(tree, exp.Query):
        raise PlatformError("the query is no SELECT.")
    return tree


def _replace(table: exp.Table, selects: Sequence[exp.Query]) -> None:
    rows = reduce(_both, [select.copy() for select in selects])
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(named(table.this), quoted=True))
    other = {key: value for key, value in table.args.items() if key in ("joins", "laterals") and value}
    table.replace(exp.Subquery(this=rows, alias=alias, **other))


def _both(one: exp.Query, other: exp.Query) -> exp.Query:
    return exp.Union(this=one, expression=other, distinct=False)
