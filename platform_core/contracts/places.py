"""Naming the places of a contract in the words of its author: findings say `column 'tailnum'`, not `schema[0]...`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from platform_core.contracts.files import dataset_of
from platform_core.documents import Document, Keys
from platform_core.findings import Finding, Level

__all__ = ["Lint", "did_you_mean", "nearest", "shown"]

_SINGULAR = {
    **{"properties": "column", "quality": "quality rule", "relationships": "relationship", "enum": "enum value"},
    **{"customProperties": "custom property", "slaProperties": "SLA property", "servers": "server"},
    **{"members": "team member", "roles": "role", "support": "support channel", "schema": "schema object"},
}
_NAMES = ("name", "property", "metric", "channel", "role", "username", "value", "server")


class Lint:
    """Makes the findings of one contract file: adds subject, place and the words for where it stands."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def finding(
        self, id: str, keys: Keys, message: str, fix: str = "", *, why: str = "", level: Level = "error"
    ) -> Finding:
        """Return a finding at `keys`; `message` begins with what stands there, as in `column 'a': ...`."""
        place = self.place(keys)
        text = f"{place}: {message}" if place else message
        return Finding(id, level, self.subject(keys), text, why, fix, self.document.where(*keys))

    def subject(self, keys: Keys) -> str:
        """Return the dataset, or `dataset.column`, that `keys` lies in."""
        names = [name for noun, name in self._elements(keys) if noun == "column"]
        return shown(".".join([self.dataset, *names]))[1:-1]

    @property
    def dataset(self) -> str:
        """The name of the schema object; the file's stem when it has none."""
        schema = self.document.data.get("schema")
        first = schema[0] if isinstance(schema, list) and schema else None
        name = first.get("name") if isinstance(first, dict) else None
        return name if isinstance(name, str) and name else dataset_of(self.document.path)

    def place(self, keys: Keys) -> str:
        elements = [(noun, name) for noun, name in self._elements(keys) if noun != "schema object"]
        columns = ".".join(name for noun, name in elements if noun == "column")
        parts = [f"column {shown(columns)}"] if columns else []
        rest = [(noun, name) for noun, name in elements if noun != "column"]
        return ", ".join([*parts, *(f"{noun} {shown(name)}" for noun, name in rest)])

    def _elements(self, keys: Keys) -> list[tuple[str, str]]:
        """Return what the list items (and the item of an array) on the way are, and how they are called."""
        found: list[tuple[str, str]] = []
        value: Any = self.document.data
        for depth, key in enumerate(keys):
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                break
            before = keys[depth - 1] if depth else None
            if isinstance(key, int) and before in _SINGULAR:
                found.append((_SINGULAR[str(before)], _name(value, key)))
            elif key == "items" or (before == "map" and key in ("key", "value")):
                found.append(("column", str(key)))
        return found


def _name(value: Any, place: int) -> str:
    if isinstance(value, dict):
        for key in _NAMES:
            if isinstance(value.get(key), (str, int, float)) and value[key] != "":
                return str(value[key])
    return f"no. {place + 1}"


def shown(value: Any) -> str:
    """Return a value of the contract as it may stand in a sentence: quoted, on one line, cut when long."""
    text = " ".join(str(value).split())
    return f"'{text[:60]}...'" if len(text) > 60 else f"'{text}'"


def did_you_mean(wrong: Any, known: Iterable[str]) -> str:
    """Return `Write 'x'.` for the nearest known word, or the list of the known words."""
    words = list(known)
    near = nearest(wrong, words)
    if near and near.lower() == str(wrong)[:100].lower():
        return f"Write '{near}'."
    if near:
        return f"Did you mean '{near}'?"
    return f"Known: {', '.join(words)}." if words else ""


def nearest(wrong: Any, known: Iterable[str]) -> str:
    """Return the known word that somebody may have meant; empty when none is near. Upper and lower case are alike."""
    lower = {word.lower(): word for word in known}
    near = difflib.get_close_matches(str(wrong)[:100].lower(), lower, n=1, cutoff=0.7)
    return lower[near[0]] if near else ""
