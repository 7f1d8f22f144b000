"""Every id of a finding in the product, read from its source: what is passed as `id` where a finding is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import platform_core

__all__ = ["finding_ids"]

ROOT = Path(platform_core.__file__).parent
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_LEVELS = {"error", "warning", "info"}


def finding_ids(below: str = "") -> dict[str, list[str]]:
    """Return ids and where they stand: `{"name-taken": ["workspace/gate.py:50"], ...}`.

    An id is the first text of a call to something named like a finding (Finding, _finding, lint.finding), also by the
    name of a variable that holds it; and the stem of a rule of compatibility.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / below).rglob("*.py")) if (ROOT / below).is_dir() else [ROOT / below]:
        for id, line in _ids(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(id, []).append(f"{path.relative_to(ROOT).as_posix()}:{line}")
    for path in sorted((ROOT / below).glob("**/contracts/rules/*.yaml")):
        found.setdefault(path.stem, []).append(path.relative_to(ROOT).as_posix())
    return found


def _ids(tree: ast.AST) -> Iterator[tuple[str, int]]:
    constants: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    constants.setdefault(target.id, []).extend(_texts(node.value, {}))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or "finding" not in _name(node.func).lower():
            continue
        given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in ("id", "id_"))]
        texts = [text for argument in given for text in _texts(argument, constants)]
        for text in texts[:1] if given and isinstance(given[0], ast.Constant) else texts:
            if _ID.match(text) and text not in _LEVELS:
                yield text, node.lineno


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(node: ast.expr, constants: dict[str, list[str]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in constants:
        yield from constants[node.id]
    elif isinstance(node, ast.IfExp):
        yield from (text for part in (node.body, node.orelse) for text in _texts(part, constants))
