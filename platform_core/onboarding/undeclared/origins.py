"""Where a value comes from that says what is read: from the package itself, from outside, or nobody can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from platform_core.components.imports import dotted
from platform_core.onboarding.undeclared.bindings import Bindings
from platform_core.onboarding.undeclared.calls import reads_of
from platform_core.onboarding.undeclared.paths import path_of
from platform_core.onboarding.undeclared.reach import Package, Unit, nodes_of

__all__ = ["Origin", "Origins"]

_OUTSIDE_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|[/~\\]|[A-Za-z]:[/\\]|\.\.(?:[/\\]|\Z)")
# What leaves a path or text where it was.
_SAME = {"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "str", "os.fspath", "os.path.join", "os.path.abspath"}
_SAME |= {"os.path.realpath", "os.path.dirname", "os.path.normpath", "glob.glob", "glob.iglob"}
_SAME |= {"sorted", "list", "tuple", "iter", "next", "enumerate", "reversed"}
# The package's own files, temporary ones, and what lies in memory.
_INSIDE = ("importlib.resources.", "importlib_resources.", "pkgutil.get_data", "tempfile.", "io.StringIO", "io.BytesIO")
_OUTSIDE = {"os.getenv", "os.environ.get", "pathlib.Path.home", "os.path.expanduser", "input"}
_BUILTINS = {"sorted", "list", "tuple", "iter", "next", "enumerate", "reversed", "str", "input", "open"}
_DEPTH = 16


class Origin(IntEnum):
    """Of several, the greatest counts."""

    INSIDE = 0
    UNKNOWN = 1
    OUTSIDE = 2


class Origins:
    """Tells the origin of expressions in the units that a dataset reaches; `start` is the dataset's own function.

    What the platform hands that function is inside; other arguments come from where they are called.
    """

    def __init__(self, package: Package, units: Sequence[Unit], start: Unit) -> None:
        self.package, self.units, self.start = package, units, start
        self.bindings = Bindings()

    def of(self, node: ast.expr, unit: Unit, depth: int = 0) -> Origin:
        """Return where the value of an expression of `unit` comes from."""
        if depth > _DEPTH:
            return Origin.UNKNOWN
        if (known := path_of(node, unit, self.bindings)) is not None:
            inside = known.resolve().is_relative_to(self.package.folder.resolve())
            return Origin.INSIDE if inside else Origin.OUTSIDE
        found = Origin.UNKNOWN
        if isinstance(node, ast.Constant):
            found = _of_text(node.value)
        elif isinstance(node, ast.JoinedStr) and node.values:
            found = self.of(node.values[0], unit, depth + 1)  # what it starts with says where it leads
        elif isinstance(node, ast.Name):
            found = self._of_name(node.id, unit, depth + 1)
        elif isinstance(node, ast.Call):
            found = self._of_call(node, unit, depth + 1)
        elif isinstance(node, ast.Attribute):
            found = self._of_attribute(node, unit, depth + 1)
        elif isinstance(node, ast.Subscript) and dotted(node.value, unit.module.names) == "os.environ":
            found = Origin.OUTSIDE
        else:
            found = self._most(_parts(node), unit, depth + 1)
        return found

    def texts(self, node: ast.expr, unit: Unit, depth: int = 0) -> Iterator[tuple[str, bool]]:
        """Yield the texts that an expression may be, and whether each is all of it."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, True
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant)), False
        elif isinstance(node, ast.BinOp) and depth < _DEPTH:
            for side in (node.left, node.right):
                yield from ((text, False) for text, _ in self.texts(side, unit, depth + 1))
        elif isinstance(node, ast.Name) and depth < _DEPTH:
            scope, values = self.bindings.seen(node.id, unit)
            for value in values:
                yield from self.texts(value, scope, depth + 1)

    def _most(self, nodes: Iterable[ast.expr], unit: Unit, depth: int) -> Origin:
        return max((self.of(one, unit, depth) for one in nodes), default=Origin.UNKNOWN)

    def _of_attribute(self, node: ast.Attribute, unit: Unit, depth: int) -> Origin:
        if isinstance(node.value, ast.Name) and (values := self.bindings.values(f"{node.value.id}.{node.attr}", unit)):
            return self._most(values, unit, depth)
        name = dotted(node, unit.module.names)
        if name and (found := self.package.find(name)) and found.name:
            return self._of_name(found.name, Unit(found.module), depth)
        return self.of(node.value, unit, depth)

    def _of_name(self, name: str, unit: Unit, depth: int) -> Origin:
        scope, values = self.bindings.seen(name, unit)
        if values:
            return self._most(values, scope, depth)
        if name in _parameters(unit):
            return self._of_argument(name, unit, depth)
        other = self.package.find(unit.module.names[name]) if name in unit.module.names else None
        return self._of_name(other.name, Unit(other.module), depth) if other and other.name else Origin.UNKNOWN

    def _of_argument(self, name: str, unit: Unit, depth: int) -> Origin:
        if unit == self.start:
            return Origin.INSIDE
        place = _parameters(unit).index(name)
        found = [
            self.of(value, caller, depth)
            for caller in self.units
            for call in nodes_of(caller)
            if isinstance(call, ast.Call) and self._called(call, caller) == unit
            for value in _given(call, place, name)
        ]
        return max(found, default=Origin.UNKNOWN)

    def _called(self, call: ast.Call, unit: Unit) -> Unit | None:
        if isinstance(call.func, ast.Name) and call.func.id in unit.module.definitions:
            return Unit(unit.module, call.func.id)
        name = dotted(call.func, unit.module.names)
        return self.package.find(name) if name else None

    def _of_call(self, node: ast.Call, unit: Unit, depth: int) -> Origin:
        name = dotted(node.func, unit.module.names, _BUILTINS)
        called = self._called(node, unit)
        found = Origin.UNKNOWN
        if name.startswith(_INSIDE) or reads_of(name) is not None:
            found = Origin.INSIDE  # a call that reads is told of by itself: what is made of its answer is not
        elif name in _OUTSIDE:
            found = Origin.OUTSIDE
        elif name in _SAME:
            found = self._most(node.args[:1], unit, depth)
        elif called and called.name:
            returned = (one.value for one in nodes_of(called) if isinstance(one, ast.Return) and one.value)
            found = self._most(returned, called, depth)
        elif isinstance(node.func, ast.Attribute):
            found = self.of(node.func.value, unit, depth)
        return found


def _parts(node: ast.expr) -> list[ast.expr]:
    """The parts of an expression that say where it leads: of a path or a text, what it starts with."""
    if isinstance(node, ast.Subscript | ast.Await | ast.Starred | ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.BinOp):
        return [node.left]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return node.elts
    return [node.elt] if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp) else []


def _of_text(value: object) -> Origin:
    return Origin.OUTSIDE if isinstance(value, str) and _OUTSIDE_TEXT.match(value) else Origin.UNKNOWN


def _parameters(unit: Unit) -> list[str]:
    node = unit.module.definitions.get(unit.name)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    return [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def _given(call: ast.Call, place: int, name: str) -> list[ast.expr]:
    if place < len(call.args):
        return [call.args[place]]
    return [one.value for one in call.keywords if one.arg == name]
