"""YAML files as data that remembers its lines: every later finding can say file:line.

Read with the C parser. Refused, each with its line: duplicate keys, keys that are no text, aliases that multiply, files
over the size limit, depth over the limit, tags of a programming language, numbers too long to be any.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
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
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
# What JSON has no like of: bytes, and a set, whose order is another one in each process.
_FOREIGN = {f"{_TAG}{name}": name for name in ("binary", "set", "omap", "pairs")}
_NUMBERS = (f"{_TAG}int", f"{_TAG}float")
_NO_TEXT = {
    **dict.fromkeys(_NUMBERS, "a number"),
    **{f"{_TAG}bool": "true or false", f"{_TAG}null": "nothing", f"{_TAG}timestamp": "a date"},
}
_MAX_CHARACTERS = 400  # of a number: 1:59:59:... is one too, and takes the square of its length to read
_MAX_BITS = 1000  # what a float still holds: beyond it Python's own arithmetic raises errors
_MAX_PROBLEMS = 100  # of one file; a file of nothing but mistakes would hold 60,000


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
    raw, size = file_start(path)
    return read_document(path, raw) if size <= MAX_BYTES else _too_large(path, size)


def read_document(path: Path, raw: bytes) -> Document:
    """Read the content `raw` of a YAML file, as `load_document` does; `path` is where findings say that it stands."""
    if len(raw) > MAX_BYTES:
        return _too_large(path, len(raw))
    try:
        return _read(path, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _refused(path, line, "not-utf8", "is not UTF-8 text.", "Save it as UTF-8.")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        last = max(
            raw.count(b"\n") + 1, len(raw.splitlines())
        )  # what is missing at the end, YAML misses on the next line
        text = getattr(error, "problem", None) or str(error).splitlines()[0]
        return _refused(
            path, min(mark.line + 1, last) if mark else 0, "yaml-syntax", f"is not valid YAML: {text[:200]}.", ""
        )


def _too_large(path: Path, size: int) -> Document:
    fix = "Split it: one contract a dataset."
    return _refused(path, 0, "too-large", f"{size:,} bytes; the limit is {MAX_BYTES:,}.", fix)


def file_start(path: Path) -> tuple[bytes, int]:
    """Return what a file begins with, at most one byte more than MAX_BYTES, and its size in bytes.

    Raises PlatformError when it cannot be read, or is a device or a pipe: they never end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise PlatformError("cannot be read: it is no file.", Where(path))
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return raw, max(len(raw), path.stat().st_size)
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror}.", Where(path)) from error
    except ValueError as error:  # a NUL in the path
        raise PlatformError(f"cannot be read: {error}.", Where(path)) from error


def _read(path: Path, text: str) -> Document:
    if problem := _bomb(path, text):
        return Document(path, {}, {}, (problem,))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Keys, int] = {}
        problems: list[Finding] = []
        if node is not None:
            _Walk(path, loader, lines, problems).down(node, ())
        data = loader.construct_document(node) if node is not None else None
    except _Refused as refused:
        return Document(path, {}, {}, (refused.finding,))
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        return _refused(path, 1, "not-a-mapping", "must hold keys and values (key: value).", "")
    return Document(path, data, lines, tuple(problems[:_MAX_PROBLEMS]))


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


class _Refused(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class _Walk:
    """Through the nodes before their data is made: where each stands, and what must not be read."""

    path: Path
    loader: Any
    lines: dict[Keys, int]
    problems: list[Finding]

    def down(self, node: Any, keys: Keys) -> None:
        line = self.lines[keys] = node.start_mark.line + 1
        # Aliases of aliases double at each step; one inside itself never ends.
        if len(self.lines) > MAX_VALUES or len(keys) > MAX_DEPTH + MAX_ALIASES:
            message = "aliases of aliases, or an alias inside itself: refused."
            raise self._refused(line, "yaml-bomb", message, "Write the values out.")
        if node.tag in _FOREIGN:
            message = f"holds a value of YAML's kind !!{_FOREIGN[node.tag]}."
            raise self._refused(line, "yaml-value", message, "Write text, numbers, lists, or keys and values.")
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.down(item, (*keys, index))
        elif isinstance(node, yaml.MappingNode):
            self._mapping(node, keys)
        else:
            self._scalar(node, line)

    def _mapping(self, node: Any, keys: Keys) -> None:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                message = "a list, or keys and values, stand where a key should."
                raise self._refused(line, "key-not-text", message, "Write a text as key.")
            self._scalar(key, line)
            if len(self.problems) < _MAX_PROBLEMS:
                self.problems.extend(self._key(key, line, seen))
            seen.setdefault(key.value, line)
            child = (*keys, key.value)
            self.down(value, child)
            self.lines[child] = line

    def _key(self, key: Any, line: int, seen: Mapping[str, int]) -> Iterator[Finding]:
        if key.value in seen:
            message = f"the key '{key.value[:60]}' stands twice (first on line {seen[key.value]})."
            yield _finding(self.path, line, "duplicate-key", message, "Keep one of them.")
        if key.tag in _NO_TEXT:
            # 1 and 0x1 are one key, and what is no text cannot be sorted beside text.
            message = f"the key {key.value[:60]} is no text: YAML reads it as {_NO_TEXT[key.tag]}."
            yield _finding(self.path, line, "key-not-text", message, "Put it in quotes.")

    def _scalar(self, node: Any, line: int) -> None:
        """Make the value here, where its line is known (it is made once: the loader remembers it)."""
        said = ""
        try:
            if node.tag in _NUMBERS and len(node.value) > _MAX_CHARACTERS:
                said = "a number this long"
            elif node.tag != _MERGE:
                value = self.loader.construct_object(node)
                too_great = isinstance(value, int) and value.bit_length() > _MAX_BITS
                said = "a number of more than 300 digits" if too_great else ""
        except ValueError as error:  # such as the date 2013-02-31
            said = str(error)
        except (ArithmeticError, AttributeError, LookupError):  # !!bool maybe, !!timestamp soon, !!int ""
            said = f"it is not what its tag says ({node.tag.removeprefix(_TAG)})"
        if said:
            message = f"holds a value that cannot be read: {said}."
            raise self._refused(line, "yaml-value", message, "Put it in quotes.")

    def _refused(self, line: int, id: str, message: str, fix: str) -> _Refused:
        return _Refused(_finding(self.path, line, id, message, fix))


def _finding(path: Path, line: int, id: str, message: str, fix: str) -> Finding:
    return Finding(id, "error", path.name, message, fix=fix, where=Where(path, line))


def _refused(path: Path, line: int, id: str, message: str, fix: str) -> Document:
    return Document(path, {}, {}, (_finding(path, line, id, message, fix),))
