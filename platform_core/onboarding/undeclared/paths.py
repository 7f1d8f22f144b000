"""Paths that start at `__file__`, followed as far as they are written out."""

from __future__ import annotations

import ast
from pathlib import Path

from platform_core.components.imports import dotted
from platform_core.onboarding.undeclared.bindings import Bindings
from platform_core.onboarding.undeclared.reach import Unit

__all__ = ["path_of"]

_SAME = {"pathlib.Path", "str", "os.fspath", "os.path.join", "os.path.abspath", "os.path.realpath", "os.path.normpath"}
_METHODS = {"resolve", "absolute", "joinpath"}
_DEPTH = 16


def path_of(node: ast.expr, unit: Unit, bindings: Bindings, depth: int = 0) -> Path | None:
    """Return the path that an expression of `unit` is; None for one that says less than all of it."""
    if depth > _DEPTH:
        return None

    def follow(one: ast.expr) -> Path | None:
        return path_of(one, unit, bindings, depth + 1)

    found: Path | None = None
    if isinstance(node, ast.Name):
        found = _named(node.id, unit, bindings, depth)
    elif isinstance(node, ast.Attribute) and node.attr == "parent":
        found = _parent(follow(node.value), 0)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
        found = _parent(follow(node.value.value), getattr(node.slice, "value", None))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        found = _joined(follow(node.left), [node.right])
    elif isinstance(node, ast.Call) and node.args and dotted(node.func, unit.module.names, ("str",)) in _SAME:
        found = _joined(follow(node.args[0]), node.args[1:])
    elif isinstance(node, ast.Call) and node.args and dotted(node.func, unit.module.names) == "os.path.dirname":
        found = _parent(follow(node.args[0]), 0)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        found = _joined(follow(node.func.value), node.args)
    return found


def _named(name: str, unit: Unit, bindings: Bindings, depth: int) -> Path | None:
    if name == "__file__":
        return unit.module.path.absolute()
    scope, values = bindings.seen(name, unit)
    return path_of(values[0], scope, bindings, depth + 1) if len(values) == 1 else None


def _parent(path: Path | None, place: object) -> Path | None:
    return path.parents[place] if path is not None and isinstance(place, int) and place < len(path.parents) else None


def _joined(path: Path | None, parts: list[ast.expr]) -> Path | None:
    texts = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return path.joinpath(*texts) if path is not None and len(texts) == len(parts) else None
