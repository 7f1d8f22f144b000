"""What a name in a Python file stands for, by the imports of the file: it is read and never run."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

__all__ = ["dotted", "imported"]


def imported(tree: ast.Module, package: str = "") -> dict[str, str]:
    """Return the names that imports anywhere in the file give, with what each stands for: `pd` is `pandas`.

    `package` is the dotted package that the file stands in; without it, relative imports are left out.
    """
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                first = item.name.partition(".")[0]
                found[item.asname or first] = item.name if item.asname else first
        elif isinstance(node, ast.ImportFrom) and (source := _source(node, package)):
            found.update({item.asname or item.name: f"{source}.{item.name}" for item in node.names})
    return found


def _source(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    if not parts or node.level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


def dotted(node: ast.expr, names: Mapping[str, str], builtins: Collection[str] = ()) -> str:
    """Return what an expression names, as in `datetime.datetime.now`, when it starts with an imported name.

    Empty for anything else; a name of `builtins` that nothing was imported as stands for itself.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    if node.id not in names and (parts or node.id not in builtins):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])
