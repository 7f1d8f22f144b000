"""Judges one call of code that a Python dataset runs: what it reads, how sure that is, and what to do instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from platform_core.components.imports import dotted
from platform_core.onboarding.undeclared.calls import Reads, reads_of
from platform_core.onboarding.undeclared.origins import Origin, Origins
from platform_core.onboarding.undeclared.reach import Unit, nodes_of

__all__ = ["Judged", "judged"]

_PLACES = {
    "path",
    "io",
    "source",
    "file",
    "filename",
    "filepath_or_buffer",
    "fname",
    "path_or_paths",
    "database",
    "uri",
}
_PLACES |= {"paths", "where", "url", "path_or_buf", "table_uri"}
_WRITING = re.compile(r"[rbtU]*[wax][bt]*\Z")
_SQL_CALLS = {"sql", "query", "execute", "executemany", "from_query", "query_df"}
# Where a query of DuckDB's reads by itself: its functions for files and other databases, a path in FROM, ATTACH.
_SQL_READS = re.compile(
    r"\b(?:read_(?:csv|csv_auto|parquet|json|json_auto|json_objects|ndjson|text|blob|xlsx)|parquet_scan|delta_scan|"
    r"iceberg_scan|sqlite_scan|postgres_scan|mysql_scan|glob|sniff_csv)\s*\(|\b(?:from|join)\s+'|"
    r"\b(?:attach|install)\s+['\w]|\bcopy\s+\w+\s+from\b",
    re.IGNORECASE,
)
_PLATFORM_VARIABLE = re.compile(r"PLATFORM_[A-Z_]+\Z")


@dataclass(frozen=True)
class Judged:
    """A place where something is read.

    `sure`: it is outside; else nobody can tell. `platform`: it is data that the platform publishes, or its record.
    """

    line: int
    call: str
    what: str
    sure: bool
    platform: bool = False


def judged(unit: Unit, origins: Origins, declared: Collection[str] | None) -> Iterator[Judged]:
    """Yield what the code of `unit` reads beside its declared inputs, `declared` (None: not known by reading it)."""
    for node in nodes_of(unit):
        found: Judged | None = None
        if isinstance(node, ast.Call):
            found = _call(node, unit, origins, declared)
        elif isinstance(node, ast.Subscript) and dotted(node.value, unit.module.names) == "os.environ":
            found = _variable(node, node.slice, "os.environ")
        if found is not None:
            yield found


def _call(node: ast.Call, unit: Unit, origins: Origins, declared: Collection[str] | None) -> Judged | None:
    name = dotted(node.func, unit.module.names, () if "open" in unit.module.definitions else ("open",))
    reads = reads_of(name)
    if name in ("os.getenv", "os.environ.get") and node.args:
        return _variable(node, node.args[0], name)
    if name.startswith("dagster.AssetKey"):
        return _asset_key(node, name, declared)
    if reads is None:
        return _method(node, node.func, name, unit, origins) if isinstance(node.func, ast.Attribute) else None
    if reads.kind in ("file", "memory"):
        return _file(node, name, reads, unit, origins)
    return Judged(node.lineno, name, reads.what, reads.kind != "process", platform=reads.kind == "platform")


def _file(node: ast.Call, name: str, reads: Reads, unit: Unit, origins: Origins) -> Judged | None:
    place = _place(node)
    in_memory = isinstance(place, ast.Constant) and place.value in (":memory:", "")
    if place is None or (reads.kind == "memory" and in_memory):
        return None
    if name.endswith(("open", "ZipFile")) and _writes(node, 1):
        return None
    origin = origins.of(place, unit)
    return None if origin == Origin.INSIDE else Judged(node.lineno, name, reads.what, origin == Origin.OUTSIDE)


def _method(node: ast.Call, func: ast.Attribute, name: str, unit: Unit, origins: Origins) -> Judged | None:
    """Methods of paths, and queries: of which object they are is not known from reading."""
    if func.attr in _SQL_CALLS:
        return _query(node, name or f"{func.attr}", unit, origins)
    if func.attr in ("read_text", "read_bytes"):
        reading = not name
    else:
        path = isinstance(func.value, ast.Call) and dotted(func.value.func, unit.module.names) == "pathlib.Path"
        reading = func.attr == "open" and not name and path and not _writes(node, 0)
    origin = origins.of(func.value, unit) if reading else Origin.INSIDE
    return None if origin == Origin.INSIDE else Judged(node.lineno, func.attr, "a file", origin == Origin.OUTSIDE)


def _query(node: ast.Call, name: str, unit: Unit, origins: Origins) -> Judged | None:
    texts = (found for argument in node.args for found in origins.texts(argument, unit))
    for text, whole in texts:
        if _SQL_READS.search(text):
            return Judged(node.lineno, name, "what the query names by itself", whole)
    return None


def _variable(node: ast.Call | ast.Subscript, name: ast.expr, call: str) -> Judged | None:
    if isinstance(name, ast.Constant) and isinstance(name.value, str) and _PLATFORM_VARIABLE.match(name.value):
        return Judged(node.lineno, call, f"where the platform keeps its data ({name.value})", True, platform=True)
    return None


def _asset_key(node: ast.Call, name: str, declared: Collection[str] | None) -> Judged | None:
    if name not in ("dagster.AssetKey", "dagster.AssetKey.from_user_string") or not node.args:
        return None
    try:
        value = ast.literal_eval(node.args[0])
    except ValueError:
        return Judged(node.lineno, name, "an asset that nobody can tell", False, platform=True)
    key = "/".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if declared is None or key in declared:
        return None
    return Judged(node.lineno, name, f"the asset {key}", True, platform=True)


def _place(node: ast.Call) -> ast.expr | None:
    """The argument that says what is read: the first, or the one that is called so."""
    if node.args:
        return node.args[0]
    return next((one.value for one in node.keywords if one.arg in _PLACES), None)


def _writes(node: ast.Call, place: int) -> bool:
    """Whether a file is opened for writing alone; `place` is that of the mode among the arguments."""
    modes = [*node.args[place : place + 1], *(one.value for one in node.keywords if one.arg == "mode")]
    texts = [one.value for one in modes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(map(_WRITING.match, texts))
