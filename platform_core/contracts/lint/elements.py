"""Walking a contract that may be wrong in any place: parts of another shape than expected are passed over here, for
the schema has reported them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.documents import Keys

__all__ = ["Element", "columns", "entries", "mapping", "own_columns", "quality_rules", "schema_object"]

Element = tuple[Keys, Mapping[str, Any]]


def mapping(value: Any) -> Mapping[str, Any]:
    """Return `value` when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def entries(parent: Mapping[str, Any], key: str, keys: Keys = ()) -> Iterator[Element]:
    """Yield the mappings in the list `parent[key]`, each with its keys in the document."""
    items = parent.get(key)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*keys, key, index), item


def schema_object(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first schema object, or an empty mapping."""
    return next((item for _, item in entries(data, "schema")), {})


def own_columns(data: Mapping[str, Any]) -> Iterator[Element]:
    """Yield the columns of the dataset, without what is nested in them."""
    yield from entries(schema_object(data), "properties", ("schema", 0))


def columns(data: Mapping[str, Any]) -> Iterator[Element]:
    """Yield every column at every depth: fields, items, keys and values of maps."""
    for keys, column in own_columns(data):
        yield from _with_inner(keys, column)


def _with_inner(keys: Keys, column: Mapping[str, Any]) -> Iterator[Element]:
    yield keys, column
    for inner_keys, inner in entries(column, "properties", keys):
        yield from _with_inner(inner_keys, inner)
    if isinstance(column.get("items"), dict):
        yield from _with_inner((*keys, "items"), column["items"])
    for part, inner in mapping(column.get("map")).items():
        if part in ("key", "value") and isinstance(inner, dict):
            yield from _with_inner((*keys, "map", part), inner)


def quality_rules(data: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any], Mapping[str, Any] | None]]:
    """Yield every quality rule with the column it stands under (None: the dataset as a whole)."""
    for keys, rule in entries(schema_object(data), "quality", ("schema", 0)):
        yield keys, rule, None
    for column_keys, column in columns(data):
        for keys, rule in entries(column, "quality", column_keys):
            yield keys, rule, column
