"""References to other datasets: how each is written, judged by the contract that holds it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.contracts.lint.elements import columns, entries, own_columns, schema_object
from platform_core.contracts.lint.queries import tables_read
from platform_core.contracts.lint.structure import family_of
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["Outline", "Reference", "outline", "references"]

_OWN_DEPTH = 4  # the keys of a column of the dataset itself: schema, 0, properties, <index>


@dataclass(frozen=True)
class Reference:
    """Columns of this dataset that point to columns of another: `location` is empty for the own one.

    Without columns it is a query that reads the other dataset.
    """

    line: int
    columns: tuple[str, ...]
    location: str
    dataset: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """What other contracts need to know of one: its columns with the family of their types, and what it points to."""

    dataset: str
    columns: Mapping[str, str]
    references: tuple[Reference, ...] = ()


def outline(lint: Lint) -> Outline:
    """Return the outline of a contract, as far as it can be read."""
    families = {str(column.get("name")): family_of(column) for _, column in own_columns(lint.document.data)}
    found = [reference for _, reference in _read(lint) if isinstance(reference, Reference)]
    found += [Reference(line, (), location, dataset, ()) for line, location, dataset in tables_read(lint)]
    return Outline(lint.dataset, families, tuple(found))


def references(lint: Lint) -> Iterator[Finding]:
    """Yield findings about how references are written."""
    names = [str(column.get("name")) for _, column in own_columns(lint.document.data)]
    for keys, column in columns(lint.document.data):
        if len(keys) > _OWN_DEPTH and column.get("relationships"):
            fix = "Make it a column of the dataset, or write a rule of type sql."
            yield lint.finding("nested-rule", (*keys, "relationships"), "references of nested fields are not run.", fix)
    for keys, found in _read(lint):
        if isinstance(found, Finding):
            yield found
            continue
        for name in found.columns:
            if name not in names:
                message = f"there is no column {shown(name)} in this dataset."
                yield lint.finding("unknown-column", (*keys, "from"), message, did_you_mean(name, names))
        if len(found.columns) != len(found.targets):
            message = f"{len(found.columns)} columns point to {len(found.targets)}."
            yield lint.finding("bad-reference", keys, message, "Name as many in 'from' as in 'to', in the same order.")


def _read(lint: Lint) -> Iterator[tuple[Keys, Reference | Finding]]:
    data = lint.document.data
    for column_keys, column in own_columns(data):
        for keys, entry in entries(column, "relationships", column_keys):
            yield from _reference(lint, keys, entry.get("to"), (str(column.get("name")),))
    for keys, entry in entries(schema_object(data), "relationships", ("schema", 0)):
        start = _targets(entry.get("from"))
        if start is None:
            continue
        datasets = {(location, dataset) for location, dataset, _ in start}
        if any(location or dataset != lint.dataset for location, dataset in datasets):
            fix = f"Write from: {lint.dataset}.<column>."
            message = "'from' names columns of another dataset."
            yield keys, lint.finding("bad-reference", (*keys, "from"), message, fix)
        else:
            yield from _reference(lint, keys, entry.get("to"), tuple(column for _, _, column in start))


def _reference(lint: Lint, keys: Keys, to: Any, sources: tuple[str, ...]) -> Iterator[tuple[Keys, Reference | Finding]]:
    place: Keys = (*keys, "to")
    targets = _targets(to)
    if targets is None:
        parts = to if isinstance(to, list) else [to]
        if all(isinstance(part, str) and ("/" in part or part.count(".") > 2) for part in parts):
            fix = "Write <dataset>.<column> or <location>.<dataset>.<column>."
            message = f"to: {shown(to)} cannot be followed."
            yield keys, lint.finding("bad-reference", place, message, fix)
        return
    datasets = sorted({(location, dataset) for location, dataset, _ in targets})
    if len(datasets) > 1:
        message = "'to' names columns of several datasets."
        yield keys, lint.finding("bad-reference", place, message, "Write a relationship for each.")
        return
    location, dataset = datasets[0]
    line = lint.document.where(*place).line
    yield keys, Reference(line, sources, location, dataset, tuple(column for _, _, column in targets))


def _targets(value: Any) -> list[tuple[str, str, str]] | None:
    """Split `dataset.column` or `location.dataset.column`, one or a list; None when it is neither."""
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items:
        parts = item.split(".") if isinstance(item, str) and "/" not in item else []
        if len(parts) not in (2, 3) or not all(parts):
            return None
        location, dataset, column = parts if len(parts) == 3 else ("", *parts)
        found.append((location, dataset, column))
    return found or None
