"""Columns that the queries of a location name and nothing that they read promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from platform_core.contracts.places import did_you_mean, shown
from platform_core.contracts.types import types_of
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.locations.engines import POSTGRES
from platform_core.names import AssetId
from platform_core.testing.runs import inputs_of

if TYPE_CHECKING:
    from platform_core.components.declaration import Query
    from platform_core.components.location import LoadedLocation
    from platform_core.testing.inputs import Inputs

__all__ = ["check_query_columns"]

_WHY = "Its next run would fail."


def check_query_columns(loaded: LoadedLocation) -> Iterator[Finding]:
    """Yield an error for the first column that a query names in vain, on its line, by the contracts of what it reads.

    Other teams' contracts are those registered; of a query that reads what is not known here, and of PostgreSQL's,
    nothing is said.
    """
    from platform_core.components.declaration import Query
    from platform_core.components.engine import engine_of

    known = inputs_of(loaded)
    for dataset in loaded.datasets:
        recipe = dataset.declaration.recipe
        if isinstance(recipe, Query) and engine_of(dataset) != POSTGRES:
            yield from _of_query(dataset.asset.dataset, recipe, _schema(dataset.inputs.values(), known), known.location)


def _schema(assets: Iterable[AssetId], known: Inputs) -> dict[str, dict[str, str]]:
    found = {}
    for asset in assets:
        with suppress(PlatformError):
            found[str(asset)] = types_of(known.contract(asset))
    return found


def _of_query(dataset: str, query: Query, schema: dict[str, dict[str, str]], location: str) -> Iterator[Finding]:
    from platform_core.sql.unknown_columns import unknown_column

    if (one := unknown_column(query.text, schema, location)) is not None:
        read = ", ".join(sorted(schema))
        message = f"column {shown(one.name)} is used, and nothing that the query reads ({read}) promises one."
        where, fix = Where(query.path, one.line), did_you_mean(one.name, one.known)
        yield Finding("sql-column-unknown", "error", dataset, message, _WHY, fix, where)
