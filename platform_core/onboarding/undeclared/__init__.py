"""What Python datasets read without declaring it, found by reading their code: no line of it is run.

A dataset with inputs is given them as arguments, and what it reads beside them nobody sees: nothing follows it, no gate
protects it. A function without inputs is a source: to fetch from outside is its job, and it may. Data that the platform
publishes is declared by sources too, so that their Delta tables are warned of. Only what is sure to be outside is an
error; a path that nobody can tell from reading is a warning. Not seen are packages that read by themselves, and names
made up at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from platform_core.components.imports import dotted
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.onboarding.undeclared.judge import Judged, judged
from platform_core.onboarding.undeclared.origins import Origins
from platform_core.onboarding.undeclared.reach import DATASET, Module, Package, Unit, reached

__all__ = ["undeclared_reads"]

_WHY = "Nobody sees this dependency: nothing follows a change of what is read, and no contract stands for it."
_FILE = (
    "Name the dataset in inputs: its rows arrive as an argument. Files that arrive become one by: platformctl add "
    "dataset NAME --from FILE. A table that belongs to the code stands beside it, read from Path(__file__).parent."
)
_SERVICE = (
    "Fetch it in a dataset of its own, a function without inputs, under a contract; then name that one in inputs."
)
_PROCESS = "Compute it from the arguments. What a program has to fetch, fetch in a function without inputs."
_PLATFORM = 'Name the dataset: @dataset(inputs={"rows": "<location>/<dataset>"}). It arrives as an argument.'
_FIXES = {"a file": _FILE, "a table": _FILE, "what the query names by itself": _FILE, "another program": _PROCESS}


def undeclared_reads(package: Path) -> list[Finding]:
    """Return what the Python datasets in the package folder `package` read without declaring it, by file and line."""
    code = Package(package.absolute())
    found: list[Finding] = []
    for path in sorted(package.glob("defs/*/*.py")):
        if path.stem == path.parent.name and b"dataset" in path.read_bytes():
            found += _of_file(code, f"{package.name}.defs.{path.stem}.{path.stem}", path.stem)
    return sorted(set(found), key=lambda one: (str(one.where), one.subject, one.message))


def _of_file(code: Package, name: str, dataset: str) -> Iterator[Finding]:
    module = code.module(name)
    for function in module.definitions.values() if module else ():
        decorator = next((one for one in function.decorator_list if _is_dataset(one, module)), None)
        if module is None or decorator is None:
            continue
        location = code.folder.name
        declared = _inputs(decorator, location)
        start = Unit(module, function.name)
        units = reached(code, start)
        origins = Origins(code, units, start)
        allowed = None if declared is None else {*declared, f"{location}/{dataset}"}
        for unit in units:
            for one in judged(unit, origins, allowed):
                if declared or declared is None or one.platform:
                    yield _finding(one, dataset, unit.module.path)
                elif one.what == "a table":  # of a source's own system, or one that the platform publishes?
                    yield _finding(replace(one, sure=False, platform=True), dataset, unit.module.path)


def _is_dataset(decorator: ast.expr, module: Module | None) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return module is not None and dotted(called, module.names) in DATASET


def _inputs(decorator: ast.expr, location: str) -> set[str] | None:
    """The declared inputs as `location/dataset`; None when they are not written out."""
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    given = next((one.value for one in keywords if one.arg == "inputs"), None)
    if any(one.arg is None for one in keywords):
        return None
    try:
        value = ast.literal_eval(given) if given is not None else {}
    except ValueError:
        return None
    names = [str(one) for one in (value or {}).values()] if isinstance(value, dict | None) else []
    return {name if "/" in name else f"{location}/{name}" for name in names}


def _finding(one: Judged, dataset: str, path: Path) -> Finding:
    if one.sure:
        message = f"{dataset}: {one.call}() reads {one.what}, which is no declared input."
    else:
        message = f"{dataset}: {one.call}() reads {one.what}, and nobody can tell which: it is no declared input."
    fix = _PLATFORM if one.platform else _FIXES.get(one.what, _SERVICE)
    level: Level = "error" if one.sure else "warning"
    place = Where(path, one.line)
    return Finding(
        "undeclared-upstream" if one.platform else "undeclared-read", level, dataset, message, _WHY, fix, place
    )
