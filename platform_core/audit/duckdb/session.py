"""One audit under way: the connection, the relations, and what is already known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from platform_core.audit.conditions import column
from platform_core.audit.underway import Compared
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    import duckdb

__all__ = ["Session"]

_SAMPLE = 4_096  # two vectors: enough to see that a column repeats itself
_FEW = 0.1
_FEW_FILES = 64


@dataclass
class Session(Compared[Relation]):
    """`staged` is the delivery, `rest` the other published partitions, `published` other datasets by name.

    Neither of the last two is looked at before a check needs it: what is wrong there fails that check alone.
    """

    connection: duckdb.DuckDBPyConnection
    staged: Relation
    rest: Relation | None = None
    published: Mapping[str, Relation] = field(default_factory=dict)
    _bound: dict[str, Relation] = field(default_factory=dict)
    _types: dict[int, dict[str, str]] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)
    _extremes: dict[tuple[int, str], tuple[Any, Any, int]] = field(default_factory=dict)
    _few: dict[str, bool] = field(default_factory=dict)

    @property
    def others(self) -> Relation | None:
        """The dataset's other published partitions, where there are any."""
        if self.rest is None or not (self.rest.files or self.rest.identifier):
            return None
        if "" not in self._bound:
            self._bound[""] = self.rest.bound(self.connection)
        return self._bound[""]

    def reference(self, name: str) -> Relation:
        """Return another dataset, in its declared columns and types."""
        if name not in self._bound:
            self._bound[name] = self.published[name].bound(self.connection)
        return self._bound[name]

    def one(self, query: exp.Query) -> tuple[Any, ...]:
        """Return the first row of a query."""
        row: tuple[Any, ...] = self.connection.execute(query.sql("duckdb")).fetchall()[0]
        return row

    def types(self, relation: Relation | None = None) -> dict[str, str]:
        """Return the columns of a relation (the delivery, unless given) and their DuckDB types."""
        relation = relation or self.staged
        if id(relation) not in self._types:
            described = self.connection.execute("DESCRIBE " + exp.select("*").from_(relation.source()).sql("duckdb"))
            self._types[id(relation)] = {row[0]: row[1] for row in described.fetchall()}
        return self._types[id(relation)]

    def count(self, relation: Relation | None = None) -> int:
        """Return the rows of a relation (the delivery, unless given)."""
        relation = relation or self.staged
        if id(relation) not in self._counts:
            self._counts[id(relation)] = self.one(exp.select(exp.Count(this=exp.Star())).from_(relation.source()))[0]
        return self._counts[id(relation)]

    def extremes(self, relation: Relation, name: str) -> tuple[Any, Any, int]:
        """Return the least and the greatest value of a column, and how many are not NULL.

        File by file while they are few: DuckDB answers from statistics for one file, and reads the column for several.
        """
        key = (id(relation), name)
        if key not in self._extremes:
            # Only where nothing is cast: files are read as they are here.
            plain = relation.stored is None or relation.stored.get(name) == relation.columns.get(name)
            alone = (
                [Relation((file,)) for file in relation.files] if plain and len(relation.files) <= _FEW_FILES else []
            )
            queries = [_ends(part, name) for part in alone or [relation]]
            together = queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False)
            merge = [exp.Min(this=column("low")), exp.Max(this=column("high")), exp.Sum(this=column("filled"))]
            low, high, filled = self.one(exp.select(*merge).from_(together.subquery("ends")))
            self._extremes[key] = (low, high, int(filled or 0))
        return self._extremes[key]

    def few_distinct(self, name: str) -> bool:
        """Whether a column of the delivery seems to repeat a few values, so that judging them once each is cheaper.

        A guess from its first rows: wrong, it costs time and changes no answer.
        """
        if name not in self._few:
            first = exp.select(column(name)).from_(self.staged.source()).limit(_SAMPLE).subquery("first")
            distinct = exp.Count(this=exp.Distinct(expressions=[column(name)]))
            found, rows = self.one(exp.select(distinct, exp.Count(this=exp.Star())).from_(first))
            self._few[name] = found <= _FEW * rows
        return self._few[name]


def _ends(relation: Relation, name: str) -> exp.Query:
    kinds = {"low": exp.Min, "high": exp.Max, "filled": exp.Count}
    ends = [exp.alias_(kind(this=column(name)), alias) for alias, kind in kinds.items()]
    return exp.select(*ends).from_(relation.source())
