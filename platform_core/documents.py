"""YAML files as data that remembers its lines: every later finding can say file:line.

Read with the C parser. Refused, each with its line: duplicate keys, aliases that multiply, files over the size limit,
depth over the limit, tags of a programming language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding

__all__ = ["MAX_ALIASES", "MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Document", "Keys", "load_document", "read_document"]

MAX_BYTES = 256 * 1024
MAX_ALIASES = 64
MAX_DEPTH = 32
MAX_VALUES = 200_000  # once aliases are written out; a file of the size limit holds fewer

Keys = tuple[str | int, ...]  # the path of a value, such as ("schema", 0, "name")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """One YAML file: its `data`, and the line (from 1) on which each value stands, by path of keys.

    `problems` are the findings of reading alone; with any of level error, `data` may be incomplete.
    """

    path: Path
    data: Any
    lines: Mapping[Keys, int] = field(default_factory=dict)
    problems: tuple[Finding, ...] = ()

    def where(self, *keys: str | int) -> Where:
        """Return the place of the value at `keys`, or of its nearest parent that has one."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return Where(self.path, self.lines.get(keys, 1))


def load_document(path: Path) -> Document:
    """Read a YAML file whose root is a mapping.

    Raises PlatformError when the file cannot be opened. What is wrong inside it is in `Document.problems`.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror}.", Where(path)) from error
    return read_document(path, raw)


def read_document(path: Path, raw: bytes) -> Document:
    """Read the content `raw` of a YAML file, as `load_document` does; `path` is where findings say that it stands."""
    if len(raw) > MAX_BYTES:
        fix = "Split it: one contract a dataset."
        return _refused(path, 0, "too-large", f"{len(raw):,} bytes; the limit is {MAX_BYTES:,}.", fix)
    try:
        return _read(path, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _refused(path, line, "not-utf8", "is not UTF-8 text.", "Save it as UTF-8.")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or str(error).splitlines()[0]
        return _refused(path, mark.line + 1 if mark else 0, "yaml-syntax", f"is not valid YAML: {text}.", "")


def _read(path: Path, text: str) -> Document:
    if problem := _bomb(path, text):
        return Document(path, {}, {}, (problem,))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Keys, int] = {}
        problems: list[Finding] = []
        if node is not None:
            _walk(path, node, (), lines, problems)
        data = loader.construct_document(node) if node is not None else None
    except _Bomb as bomb:
        return _refused(path, bomb.line, "yaml-bomb", f"{bomb}: refused.", "Write the values out.")
    except ValueError as error:  # such as the date 2013-02-31
        return _refused(path, 0, "yaml-value", f"holds a value that cannot be read: {error}.", "Put it in quotes.")
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        return _refused(path, 1, "not-a-mapping", "must hold keys and values (key: value).", "")
    return Document(path, data, lines, tuple(problems))


def _bomb(path: Path, text: str) -> Finding | None:
    """Look at the events only: nothing is built before the file is known to be small enough to build."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if aliases > MAX_ALIASES or depth > MAX_DEPTH:
            what = f"more than {MAX_ALIASES} aliases" if aliases > MAX_ALIASES else f"nested deeper than {MAX_DEPTH}"
            line = event.start_mark.line + 1 if event.start_mark else 1
            return _finding(path, line, "yaml-bomb", f"{what}: refused.", "Write the values out.")
    return None


class _Bomb(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _walk(path: Path, node: Any, keys: Keys, lines: dict[Keys, int], problems: list[Finding]) -> None:
    lines[keys] = node.start_mark.line + 1
    # Aliases of aliases double at each step; one inside itself never ends.
    if len(lines) > MAX_VALUES or len(keys) > MAX_DEPTH + MAX_ALIASES:
        raise _Bomb("aliases of aliases, or an alias inside itself", lines[keys])
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(path, item, (*keys, index), lines, problems)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[Any, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # a list as a key: refused when the data is made
            line = key.start_mark.line + 1
            if key.value in seen:
                message = f"the key '{key.value}' stands twice (first on line {seen[key.value]})."
                problems.append(_finding(path, line, "duplicate-key", message, "Keep one of them."))
            seen.setdefault(key.value, line)
            child = (*keys, key.value)
            _walk(path, value, child, lines, problems)
            lines[child] = line


def _finding(path: Path, line: int, id: str, message: str, fix: str) -> Finding:
    return Finding(id, "error", path.name, message, fix=fix, where=Where(path, line))


def _refused(path: Path, line: int, id: str, message: str, fix: str) -> Document:
    return Document(path, {}, {}, (_finding(path, line, id, message, fix),))
