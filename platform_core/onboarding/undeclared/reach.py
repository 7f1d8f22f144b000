"""What code a Python dataset runs, as far as reading it shows: its function, what that names, and what is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from platform_core.components.imports import dotted, imported

__all__ = ["DATASET", "Module", "Package", "Unit", "nodes_of", "reached"]

DATASET = {"platform_core.dataset", "platform_core.components.python_dataset.dataset"}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, eq=False)
class Module:
    """One file of the package. `names` is what its imports give, `definitions` its functions and classes."""

    name: str
    path: Path
    tree: ast.Module
    names: dict[str, str]

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        return {node.name: node for node in self.tree.body if isinstance(node, Definition)}


@dataclass(frozen=True)
class Unit:
    """A function or class at the top of a module; with an empty name, what runs when the module is imported."""

    module: Module
    name: str = ""


@dataclass
class Package:
    """The package of a location, whose modules are read when they are asked for."""

    folder: Path
    _known: dict[str, Module | None] = field(default_factory=dict)

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name; None when the package has none, or it cannot be parsed."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def find(self, name: str) -> Unit | None:
        """Return what a dotted name stands for: something of a module, or a module itself."""
        for _ in range(8):  # names that modules hand on to one another
            head, _, last = name.rpartition(".")
            if (whole := self.module(name)) is not None:
                return Unit(whole)
            module = self.module(head) if head else None
            if module is None or last in module.definitions or last not in module.names:
                return Unit(module, last) if module else None
            name = module.names[last]
        return None

    def _read(self, name: str) -> Module | None:
        parts = name.split(".")
        if parts[0] != self.folder.name:
            return None
        base = self.folder.joinpath(*parts[1:])
        package = base.is_dir()
        path = base / "__init__.py" if package else base.with_name(f"{base.name}.py")
        try:
            tree = ast.parse(path.read_bytes(), str(path))
        except (OSError, SyntaxError, ValueError):
            return None  # whoever loads it says so
        return Module(name, path, tree, imported(tree, name if package else name.rpartition(".")[0]))


def reached(package: Package, start: Unit) -> list[Unit]:
    """Return all that may run when `start` does, itself and the import of its module among it."""
    found: dict[Unit, None] = {}
    ahead = [start, Unit(start.module)]
    while ahead:
        unit = ahead.pop()
        if unit in found:
            continue
        found[unit] = None
        ahead += _named(package, unit)
        if not unit.name:
            ahead += [Unit(one.module) for name in unit.module.names.values() if (one := package.find(name))]
    return list(found)


def _named(package: Package, unit: Unit) -> Iterator[Unit]:
    module = unit.module
    for node in nodes_of(unit):
        if isinstance(node, ast.Name) and node.id in module.definitions:
            yield Unit(module, node.id)
        elif isinstance(node, ast.Name | ast.Attribute) and (found := package.find(dotted(node, module.names))):
            yield from (found, Unit(found.module))


def nodes_of(unit: Unit) -> Iterator[ast.AST]:
    """Yield the syntax of a unit: for a module, without its functions and classes and what only a script runs."""
    if unit.name:
        if (definition := unit.module.definitions.get(unit.name)) is not None:
            yield from ast.walk(definition)
        return
    ahead: list[ast.AST] = list(unit.module.tree.body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, Definition) or (isinstance(node, ast.If) and _never_imported(node.test)):
            continue
        yield node
        ahead += ast.iter_child_nodes(node)


def _never_imported(test: ast.expr) -> bool:
    """Whether it is `if __name__ == "__main__":` or `if TYPE_CHECKING:`."""
    names = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(test)}
    return bool(names & {"__name__", "TYPE_CHECKING"})
