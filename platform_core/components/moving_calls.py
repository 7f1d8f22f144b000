"""Calls in a Python dataset that answer otherwise each time: found by reading its file, and only warned of.

Reading says where; whether it reaches a row is shown by the proof of re-runs in the contract tests.
"""

from __future__ import annotations

import ast
from pathlib import Path

from platform_core.components.imports import dotted, imported
from platform_core.errors import Where
from platform_core.findings import Finding

__all__ = ["moving_calls"]

_CLOCK = "Take the time from the data or from the argument `partition`."
_CHANCE = "Take a value from the data, or a generator with a seed: random.Random(1)."
_IDENTITY = "Make it of the row's own values, as in uuid.uuid5(namespace, key)."
_HASH = "Use hashlib: hash() of a text is another one in each process."
_MOVING = {
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"), _CLOCK),
    **dict.fromkeys(("datetime.date.today", "time.time", "time.time_ns", "time.ctime", "time.localtime"), _CLOCK),
    **dict.fromkeys((f"pandas.Timestamp.{name}" for name in ("now", "utcnow", "today")), _CLOCK),
    **dict.fromkeys(("os.urandom", "uuid.uuid1", "uuid.uuid4"), _IDENTITY),
    "hash": _HASH,
}
_SEEDED = {"random.Random", "numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.seed", "random.seed"}
_CHANCES = ("random.", "secrets.", "numpy.random.")


def moving_calls(path: Path, dataset: str) -> list[Finding]:
    """Return a warning for each call in the file at `path` that makes a re-run doubtful; none if it cannot be read."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (OSError, SyntaxError, ValueError):
        return []  # whoever loads it says so
    names = imported(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (told := _judged(node, names)):
            name, fix = told
            text = f"{name}() answers otherwise each time: a re-run may publish different data."
            found.append(Finding("python-not-repeatable", "warning", dataset, text, "", fix, Where(path, node.lineno)))
    return sorted(found, key=lambda finding: finding.where.line if finding.where else 0)


def _judged(call: ast.Call, names: dict[str, str]) -> tuple[str, str] | None:
    name = dotted(call.func, names, ("hash",))
    if name in _MOVING:
        return name, _MOVING[name]
    given = bool(call.args or call.keywords)
    if name == "numpy.datetime64" and any(
        isinstance(item, ast.Constant) and item.value in ("now", "today") for item in call.args
    ):
        return name, _CLOCK
    if name.startswith(_CHANCES) and not (name in _SEEDED and given):
        return name, _CHANCE
    if name == "time.strftime" and len(call.args) == 1:
        return name, _CLOCK
    return None
