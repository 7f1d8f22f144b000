"""Changes a value inside a YAML text, and nothing else: comments, order and white space of the rest stay as they are.

The result is read again and held against what was meant; where the text is too odd for that, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import yaml

from platform_core.documents import MAX_ALIASES, MAX_DEPTH

__all__ = ["OddText", "one_line", "put", "read_all"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # places come from the other: its marks count characters
Keys = tuple[str | int, ...]
_HEAD = ("team", "status", "version", "name", "id", "kind")  # a new key goes after the last of these


class OddText(Exception):
    """The text cannot be changed without changing more than the value."""


def read_all(text: str) -> tuple[list[Any], list[Any]]:
    """Return the documents of a YAML text, as data and as nodes with their places.

    Raises yaml.YAMLError where it is none, OddText where it is too deep or too tangled to be read.
    """
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Loader):  # events nest nothing: a deep text does no harm yet
        depth += isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent))
        depth -= isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            raise OddText("it is nested too deep, or has too many aliases")
    try:
        data = list(yaml.load_all(text, Loader=_Loader))
    except ValueError as error:  # such as the date 2013-02-31
        raise OddText(f"it holds a value that cannot be read: {error}") from error
    return data, list(yaml.compose_all(text, Loader=yaml.SafeLoader))


def put(text: str, values: Mapping[tuple[str, ...], Any], document: int = 0) -> str:
    """Return the YAML text with each value at its path of keys, in the document of that number.

    Only the last key of a path may be missing. Of a mapping or a list, only what differs is written. Raises OddText
    when that cannot be done alone.
    """
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader)):
            raise OddText("a value stands in two places")
        meant, _ = read_all(text)
        for path, value in values.items():
            parent = _at(meant[document], path[:-1])
            edits = list(_edits(parent, path, value))
            parent[path[-1]] = deepcopy(value)
            for keys, new, first in edits:
                text = _changed(text, keys, new, document, first=first)
        if list(yaml.load_all(text, Loader=_Loader)) != meant:
            raise OddText("it would change more than that")
    except (yaml.YAMLError, KeyError, TypeError, IndexError, ValueError) as error:
        raise OddText("its YAML is too odd") from error
    return text


def _at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


def _edits(parent: Any, keys: Keys, new: Any) -> Iterator[tuple[Keys, Any, bool]]:
    """Yield the smallest values to write: where, what, and whether it becomes the first of a list there."""
    old = parent[keys[-1]] if not isinstance(parent, dict) or keys[-1] in parent else _edits
    if isinstance(old, dict) and isinstance(new, dict) and old and set(old) <= set(new):
        for key, value in new.items():
            yield from _edits(old, (*keys, key), value)
    elif isinstance(old, list) and isinstance(new, list) and old and len(old) == len(new):
        for place, value in enumerate(new):
            yield from _edits(old, (*keys, place), value)
    elif isinstance(old, list) and isinstance(new, list) and old and new[1:] == old:
        yield keys, new[0], True
    elif old is _edits or old != new:
        yield keys, new, False


def _changed(text: str, keys: Keys, value: Any, document: int, *, first: bool) -> str:
    parent = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[document]
    for key in keys[:-1]:
        parent = _value(parent, key)
    node = _value(parent, keys[-1])
    if node is not None and first:
        return _first(text, node, value)
    if node is not None:
        start, end = node.start_mark.index, _end(node)
        # Nothing was written, `key:`; or a list began in the column of its key, which only a list may.
        space = " " if start == end or node.start_mark.column <= parent.start_mark.column else ""
        return f"{text[:start]}{space}{one_line(value)}{text[end:]}"
    if not isinstance(parent, yaml.MappingNode):
        raise OddText("there are no keys to add it to")
    return _added(text, parent, str(keys[-1]), value)


def _value(node: Any, key: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return node.value[key]
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _end(node: Any) -> int:
    """Where the last thing inside ends: a block's own end lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            raise OddText("it is a block of text")
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)


def _first(text: str, node: Any, value: Any) -> str:
    """Put a new item before the first one of a list."""
    if node.flow_style:
        start = node.start_mark.index + 1
        return f"{text[:start]}{one_line(value)}, {text[start:]}"
    start = node.start_mark.index  # of the first dash
    before = text[text.rfind("\n", 0, start) + 1 : start]
    if before.strip():
        raise OddText("the list begins beside something else")
    return f"{text[:start]}- {one_line(value)}{_ending(text)}{before}{text[start:]}"


def _added(text: str, parent: Any, key: str, value: Any) -> str:
    entry = f"{key}: {one_line(value)}"
    if parent.flow_style:
        start = parent.start_mark.index + 1
        return f"{text[:start]}{entry}{', ' if parent.value else ''}{text[start:]}"
    heads = [pair for pair in parent.value if pair[0].value in _HEAD]
    before = heads[-1] if heads else parent.value[0]
    indent = " " * before[0].start_mark.column
    line_end = text.find("\n", _end(before[1]))
    if line_end < 0:
        return f"{text}{_ending(text)}{indent}{entry}{_ending(text)}"
    return f"{text[: line_end + 1]}{indent}{entry}{_ending(text)}{text[line_end + 1 :]}"


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def one_line(value: Any) -> str:
    """Return the value on one line, quoted where YAML would read it as something else."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").rstrip("\n")
