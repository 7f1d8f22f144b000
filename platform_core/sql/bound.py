"""The columns a query uses, asked of the engine: those without which it does not run, or does something else.

Each column in turn is taken out of an empty table, and DuckDB plans the query anew. Whether it still can, whether the
plan and the columns of the result are still the same, is not ours to argue about: names that now mean something else, a
NATURAL JOIN with one key less, unions whose sides no longer match, all show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from platform_core.sql.quoting import quoted

__all__ = ["Needed", "complaint", "needed_columns"]

Plan = tuple[str, str]
Tables = Mapping[str, Mapping[str, str]]  # `location/dataset` -> type by column
_HOME = "platform_usage"  # the catalog of bare and two-part names
_BASE = "platform_base"
_ADDED = "platform_added"
# Of the optimizer only what drops unused columns: the rest would fold plans over empty tables into nothing.
_KEPT = ("unused_columns", "column_lifetime")
# Stars that choose columns by name can hide that of two columns each is needed while the other is there.
_LOCK = Lock()
_CHOOSING = re.compile(r"\b(columns|pivot|pivot_wider|unpivot|pivot_longer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Needed:
    """What a query needs of a table: its columns; and whether it would do something else with one more (`SELECT *`)."""

    columns: tuple[str, ...]
    open: bool


def needed_columns(
    query: str, tables: Tables, asked: Collection[str], location: str = "", catalogs: Collection[str] = ()
) -> dict[str, Needed] | None:
    """Return, for each of `tables` that is `asked` about, the columns without which `query` is not the same.

    `query` is one SELECT in DuckDB's words, whose bare names belong to `location`; `catalogs` are the first parts of
    its three-part names. `tables` must be all that it reads. None when DuckDB cannot plan it. Nothing is run.
    """
    with _LOCK, _Trial(_connection().cursor(), query, tables, location, catalogs) as trial:
        before = trial.plan() if trial.ready else None
        if before is None:
            return None
        return {asset: Needed(tuple(trial.needed(asset, before)), trial.open(asset, before)) for asset in asked}


def complaint(query: str, tables: Tables, location: str = "", catalogs: Collection[str] = ()) -> str:
    """Return what DuckDB says against `query` over empty `tables`, given as for `needed_columns`; empty for nothing."""
    import duckdb

    with _LOCK, _Trial(_connection().cursor(), query, tables, location, catalogs) as trial:
        try:
            if trial.ready:  # prepared, not explained: values for its parameters nobody has
                trial.connection.execute(f"PREPARE platform_query AS\n{trial.query}\n")
        except duckdb.Error as error:
            return str(error)
    return ""


@cache
def _connection() -> Any:
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})
    optimizers = [row[0] for row in connection.execute("SELECT * FROM duckdb_optimizers()").fetchall()]
    # A query may call its catalog `memory`, too, as dbt projects do.
    connection.execute(f"ATTACH ':memory:' AS {_BASE}; USE {_BASE}; DETACH memory")
    connection.execute(f"SET disabled_optimizers = '{','.join(sorted({*optimizers} - {*_KEPT}))}'")
    return connection


class _Trial:
    """A database of empty tables, in which a query is planned again and again. It goes away with the `with`.

    `ready` says whether the tables could be made.
    """

    def __init__(self, connection: Any, query: str, tables: Tables, location: str, catalogs: Collection[str]) -> None:
        self.connection = connection
        self.query = query.strip().rstrip(";")
        self.tables = tables
        self.home = location or "main"
        self.ready = False
        self.catalogs = tuple({name.lower(): name for name in (_HOME, *catalogs)}.values())

    def __enter__(self) -> _Trial:
        import duckdb

        try:
            for catalog in self.catalogs:
                self.connection.execute(f"ATTACH ':memory:' AS {quoted(catalog)}")
                for home in sorted({self.home, *(asset.partition("/")[0] for asset in self.tables)}):
                    self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(catalog)}.{quoted(home)}")
            for asset in self.tables:
                self.make(asset)
            self.connection.execute(f"USE {quoted(_HOME)}.{quoted(self.home)}")
            self.ready = True
        except duckdb.Error:  # a type that no column can have, a catalog that cannot be called so
            self.ready = False
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.execute(f"USE {_BASE}")
        for catalog in self.catalogs:
            self.connection.execute(f"DETACH DATABASE IF EXISTS {quoted(catalog)}")
        self.connection.close()

    def make(self, asset: str, without: Sequence[str] = (), more: str = "") -> None:
        """Make a table anew, without some of its columns, or with one more."""
        home, _, dataset = asset.partition("/")
        kept = [f"{quoted(name)} {type_}" for name, type_ in self.tables[asset].items() if name not in without]
        kept += [f"{quoted(more)} VARCHAR"] if more else []
        for catalog in self.catalogs:
            name = f"{quoted(catalog)}.{quoted(home)}.{quoted(dataset)}"
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(kept)})")

    def plan(self) -> Plan | None:
        """Return what the query would do, and the columns it would give; None when it cannot be planned."""
        import duckdb

        try:
            plan = self.connection.execute(f"EXPLAIN (FORMAT json) {self.query}\n").fetchall()
            columns = self.connection.execute(f"DESCRIBE {self.query}\n").fetchall()
        except duckdb.Error:
            return None
        return (str(plan[0][1]), str(columns)) if plan else None  # of a PIVOT whose columns are data there is none

    def needed(self, asset: str, before: Plan) -> Iterator[str]:
        """Yield the columns of a table without which the plan is another, in their order."""
        columns = list(self.tables[asset])
        if len(columns) == 1:  # a table without columns cannot be made: of its only one the scan says it
            yield from columns
            return
        scanned = _scanned(before, asset) & set(columns)  # of a struct, single fields may be
        spared = [] if _CHOOSING.search(self.query) else self.untouched(asset, before, scanned)
        for column in columns:
            if column in spared:
                continue
            if column not in scanned:
                self.make(asset, [column])
                if self.plan() == before:
                    continue
            yield column
        self.make(asset)

    def open(self, asset: str, before: Plan) -> bool:
        """Whether the plan is another with one more column in a table."""
        self.make(asset, more=_ADDED)
        changed = self.plan() != before
        self.make(asset)
        return changed

    def untouched(self, asset: str, before: Plan, scanned: Collection[str]) -> list[str]:
        """Return columns that may all go at once, tried by halves: most queries use few of many."""
        columns = [column for column in self.tables[asset] if column not in scanned]
        ahead, spared = [columns[: len(columns) - (not scanned)]], []  # one column must stay
        while ahead:
            part = ahead.pop()
            if len(part) < 2:
                continue
            self.make(asset, part)
            if self.plan() == before:
                spared += part
            else:
                ahead += [part[: len(part) // 2], part[len(part) // 2 :]]
        return spared


def _scanned(plan: Plan, asset: str) -> set[str]:
    """Return the columns that a plan reads of a table: these are used, and need not be tried."""
    found: set[str] = set()
    ahead = [json.loads(plan[0])]
    while ahead:
        node = ahead.pop()
        if isinstance(node, list):
            ahead += node
            continue
        ahead.append(node.get("children") or [])
        about = node.get("extra_info") or {}
        names = str(about.get("Table") or "").replace('"', "").lower().split(".")
        if names[1:] == asset.lower().split("/"):
            read = about.get("Projections") or ()
            found.update([read] if isinstance(read, str) else read)
    return found
