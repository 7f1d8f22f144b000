"""Adds columns to a needs file, and takes some out, and leaves every other byte of it as somebody wrote it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from platform_core.documents import read_document
from platform_core.errors import PlatformError, Where
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.need_text import column_text
from platform_core.lineage.needs import Need, NeededColumn, parse_need

__all__ = ["edited", "removable"]


def edited(path: Path, text: str, added: Sequence[NeededColumn], removed: Collection[str]) -> str:
    """Return `text`, the content of the needs file `path`, with columns added at the end and such as `removable` out.

    Raises PlatformError where that cannot be done without touching what people wrote: nothing is lost.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    listed = _listed(text)
    for start, end in sorted((_span(item) for item, name in _named(listed) if name in removed), reverse=True):
        del lines[start:end]
    found = "".join(lines)
    if added:
        found = _with(found, [column_text(column) for column in added])
        found = found.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else found
    elif removed and not _named(_listed(found)):
        found = _emptied(found)
    _verify(path, text, found, added, removed)
    return found


def removable(text: str, name: str) -> bool:
    """Whether a column stands on lines of its own, with no comment on or right above them."""
    lines = text.splitlines()
    listed = _listed(text)
    for item, called in _named(listed):
        if called == name and listed is not None and not listed.flow_style:
            start, end = _span(item)
            above = lines[start - 1].strip() if start else ""
            own = lines[start].lstrip().startswith("- ")
            return own and not above.startswith("#") and not any(" #" in line for line in lines[start:end])
    return False


def _listed(text: str) -> Any:
    """Return the node of `properties`, None without."""
    found = next((value for key, value in _pairs(text) if key.value == "properties"), None)
    return found if isinstance(found, yaml.SequenceNode) else None


def _pairs(text: str) -> list[tuple[Any, Any]]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return root.value if isinstance(root, yaml.MappingNode) else []


def _named(listed: Any) -> list[tuple[Any, str]]:
    items = listed.value if listed is not None else []
    return [(item, next((v.value for k, v in item.value if k.value == "name"), "")) for item in items]


def _span(item: Any) -> tuple[int, int]:
    """Return the lines of an item: the first, and the one after the last that has content."""
    return item.start_mark.line, _last(item) + 1


def _last(node: Any) -> int:
    """The end of a block node is where the next begins, comments and all: its last scalar says more."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        line: int = node.end_mark.line
        return line - (node.end_mark.column == 0 and line > node.start_mark.line)
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _with(text: str, items: Sequence[str]) -> str:
    listed = _listed(text)
    if listed is not None and listed.value and listed.flow_style:
        place = listed.value[-1].end_mark.index
        return text[:place] + "".join(f", {item}" for item in items) + text[place:]
    lines = text.splitlines(keepends=True)
    if listed is not None and listed.value:
        indent, place = " " * listed.start_mark.column, _last(listed.value[-1]) + 1
        return "".join([*lines[:place], *(f"{indent}- {item}\n" for item in items), *lines[place:]])
    new = ["properties:\n", *(f"  - {item}\n" for item in items)]
    for key, value in _pairs(text):
        if key.value == "properties":  # there, and empty
            return "".join([*lines[: key.start_mark.line], *new, *lines[value.end_mark.line + 1 :]])
    key, value = _pairs(text)[-1]
    place = max(key.end_mark.line, _last(value)) + 1
    return "".join([*lines[:place], *new, *lines[place:]])


def _emptied(text: str) -> str:
    lines = text.splitlines(keepends=True)
    line = next(key.start_mark.line for key, _ in _pairs(text) if key.value == "properties")
    lines[line] = lines[line].replace("properties:", "properties: []", 1)
    return "".join(lines)


def _verify(path: Path, text: str, found: str, added: Sequence[NeededColumn], removed: Collection[str]) -> None:
    before, after = _read(path, text), _read(path, found)
    if before is not None:
        kept = tuple(column for column in before.columns if column.name not in removed)
        if after == replace(before, columns=(*kept, *added)):
            return
    lines = "; ".join(column_text(column) for column in added)
    hint = f"Add by hand: {lines}" if added else f"Take out by hand: {', '.join(sorted(removed))}."
    raise PlatformError("cannot be brought up to date without changing what stands in it.", Where(path), hint)


def _read(path: Path, text: str) -> Need | None:
    document = read_document(path, text.encode())
    return None if need_findings(document) else parse_need(document)
