"""Whether a built model read what it declares: the text that ran is looked at, not the promise of the manifest.

A table may be named in another way than by ref() and source(): written out, found by a macro, or by a ref() that
depends on a variable. Its rows would be published although they were refused, and nobody would know of the dependency.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from platform_core.sql import SyntaxProblem
from platform_core.sql.tables import TableRead
from platform_core.sql.tables import reads as duckdb_reads

__all__ = ["undeclared"]

Place = tuple[str, str]  # schema and name


def undeclared(text: str, declared: Collection[Place], known: Collection[Place], engine: str) -> list[str]:
    """Return the tables that a model's compiled SQL reads and does not declare, as it names them.

    `declared` are the places of itself and of what it refers to, `known` those of every model and source. Where the
    engine's parser does not know the text, as of PIVOT, it must not hold the name of one of `known` that is not
    declared.
    """
    allowed = {_folded(*place) for place in declared}
    try:
        read = {_folded(table.location, table.dataset) for table in _reads(text, engine)}
        return sorted(".".join(filter(None, place)) for place in read - allowed)
    except SyntaxProblem:
        names = {name.lower() for _, name in declared}
        words = set(re.findall(r"\w+", text.lower()))
        return sorted({f"{schema}.{name}" for schema, name in known if name.lower() in words - names})


def _reads(text: str, engine: str) -> tuple[TableRead, ...]:
    if engine == "postgres":
        from platform_core.sql.postgres import reads

        return reads(text)
    return duckdb_reads(text)


def _folded(schema: str, name: str) -> Place:
    return schema.lower(), name.lower()
