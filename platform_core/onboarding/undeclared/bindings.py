"""What the names of a unit are given, wherever it says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from platform_core.onboarding.undeclared.reach import Unit, nodes_of

__all__ = ["Bindings"]


class Bindings:
    """The values that names are given in a unit: by assignment, `with`, `for` and in comprehensions."""

    def __init__(self) -> None:
        self._known: dict[Unit, dict[str, list[ast.expr]]] = {}

    def values(self, name: str, unit: Unit) -> list[ast.expr]:
        """Return all that `name` is given in the unit; that of an attribute is written `self.path`."""
        if unit not in self._known:
            self._known[unit] = {}
            for bound, value in _bound(unit):
                self._known[unit].setdefault(bound, []).append(value)
        return self._known[unit].get(name, [])

    def seen(self, name: str, unit: Unit) -> tuple[Unit, list[ast.expr]]:
        """Return where a name of the unit is given its values, there or at the top of the module, and the values."""
        for scope in dict.fromkeys((unit, Unit(unit.module))):
            if found := self.values(name, scope):
                return scope, found
        return unit, []


def _bound(unit: Unit) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes_of(unit):
        for target, value in _pairs(node):
            for one in ast.walk(target):
                if isinstance(one, ast.Name):
                    yield one.id, value
                elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                    yield f"{one.value.id}.{one.attr}", value


def _pairs(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value:
        return [(node.target, node.value)]
    if isinstance(node, ast.withitem) and node.optional_vars:
        return [(node.optional_vars, node.context_expr)]
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [(node.target, node.iter)]
    return []
