"""The lines of a dbt project's YAML: dbt itself keeps none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from platform_core.components.dbt.manifest import Model, Test
from platform_core.documents import Document, Keys, load_document
from platform_core.errors import PlatformError, Where

__all__ = ["column_place", "line_naming", "model_place", "test_place"]

_LISTS = {"model": "models", "seed": "seeds", "snapshot": "snapshots"}
_TESTS = ("data_tests", "tests")


def model_place(model: Model) -> Where:
    """Return where the project describes a model, or else the model's own file."""
    document, keys = _described(model)
    return document.where(*keys) if document else Where(model.path, 1)


def column_place(model: Model, column: str) -> Where:
    """Return where the project's YAML describes a column; else the first line of the model that names it."""
    document, keys = _described(model)
    found = _named(document, (*keys, "columns"), column) if document else None
    return document.where(*found) if document and found else model.where(column)


def test_place(model: Model, test: Test) -> Where:
    """Return the line of a test in the YAML that describes its model."""
    document, keys = _described(model)
    if document is None:
        return test.where
    at = _named(document, (*keys, "columns"), test.column) if test.column else keys
    for place in [(*(at or keys), word) for word in _TESTS]:
        entries = _at(document, place)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            kind = next(iter(entry), "") if isinstance(entry, Mapping) else entry
            named = entry.get("name") if isinstance(entry, Mapping) else None
            about = entry.get(kind) if isinstance(entry, Mapping) else None
            own = about.get("name") if isinstance(about, Mapping) else None
            if test.name in (named, own) or kind == test.kind:
                return document.where(*place, index)
    return document.where(*(at or keys))


def line_naming(model: Model, names: Sequence[str]) -> Where:
    """Return the first line of a model's file that holds the first of `names` it holds as a word; else its first."""
    try:
        lines = model.path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = model.raw_code.splitlines()
    for name in names:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        for number, line in enumerate(lines, 1):
            if word.search(line.partition("--")[0]):
                return Where(model.path, number)
    return Where(model.path, 1)


def _described(model: Model) -> tuple[Document | None, Keys]:
    document = _document(model.patch_path) if model.patch_path else None
    keys = _named(document, (_LISTS[model.resource_type],), model.name) if document else None
    return (document, keys) if document and keys else (None, ())


@lru_cache(maxsize=256)
def _read(path: Path, stamp: tuple[int, int]) -> Document | None:
    try:
        document = load_document(path)
    except PlatformError:
        return None
    return document if document.data else None  # what dbt reads and we do not (its own tags) has no lines


def _document(path: Path) -> Document | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(path, (found.st_mtime_ns, found.st_size))


def _named(document: Document, keys: Keys, name: str) -> Keys | None:
    """Return the keys of the entry called `name` in the list at `keys`."""
    entries = _at(document, keys)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, Mapping) and str(entry.get("name", "")).lower() == name.lower():
            return (*keys, index)
    return None


def _at(document: Document, keys: Sequence[str | int]) -> Any:
    value: Any = document.data
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value
