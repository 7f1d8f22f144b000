"""The metrics of the standard's library: where each may stand, and what it must be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from platform_core.contracts.lint.elements import mapping
from platform_core.contracts.lint.options import fits
from platform_core.contracts.lint.patterns import pattern_problem
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["ARGUMENTS", "metric"]

ARGUMENTS = {
    "nullValues": (),
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern"),
    "duplicateValues": ("properties",),
    "rowCount": (),
}


def metric(
    lint: Lint, keys: Keys, rule: Mapping[str, Any], column: Mapping[str, Any] | None, names: Sequence[str]
) -> Iterator[Finding]:
    """Yield findings about one library rule; `names` are the dataset's columns."""
    name = rule.get("metric")
    if not isinstance(name, str) or name not in ARGUMENTS:
        return
    arguments = mapping(rule.get("arguments"))
    where: Keys = (*keys, "arguments")
    for argument in arguments:
        if argument not in ARGUMENTS[name]:
            message = f"{name} has no argument {shown(argument)}."
            yield lint.finding("unknown-argument", (*where, argument), message, did_you_mean(argument, ARGUMENTS[name]))
    if name == "rowCount" and column is not None:
        fix = "Put it under the schema object's quality."
        yield lint.finding("misplaced-rule", keys, "rows are counted for the dataset, not for a column.", fix)
    if name == "rowCount" and rule.get("unit") == "percent":
        yield lint.finding("bad-unit", (*keys, "unit"), "rows are counted in rows.", "Take unit out.")
    if name in ("nullValues", "missingValues", "invalidValues") and column is None:
        fix = "Put it under the column it is about."
        yield lint.finding("misplaced-rule", keys, f"{name} is about a column, and stands under none.", fix)
    if "missingValues" in arguments and not isinstance(arguments["missingValues"], list):
        fix = 'Write missingValues: ["", "n/a"].'
        yield lint.finding("missing-argument", (*where, "missingValues"), "missingValues must be a list.", fix)
    if name == "invalidValues":
        yield from _invalid_values(lint, keys, arguments, column)
    if name == "duplicateValues":
        yield from _duplicates(lint, keys, arguments, column, names)


def _invalid_values(
    lint: Lint, keys: Keys, arguments: Mapping[str, Any], column: Mapping[str, Any] | None
) -> Iterator[Finding]:
    where: Keys = (*keys, "arguments")
    if not arguments:
        fix = "Add arguments: {validValues: [...]} or {pattern: ...}."
        yield lint.finding("missing-argument", keys, "nothing says which values are valid.", fix)
    pattern, values = arguments.get("pattern"), arguments.get("validValues")
    if "pattern" in arguments:
        problem = pattern_problem(pattern) if isinstance(pattern, str) else ("the pattern must be text", "Quote it.")
        if problem:
            yield lint.finding("bad-pattern", (*where, "pattern"), f"{problem[0]}.", problem[1])
    if "validValues" in arguments:
        logical = str(mapping(column).get("logicalType"))
        if not isinstance(values, list) or not values:
            yield lint.finding("empty-enum", (*where, "validValues"), "validValues must be a list with values in it.")
        elif logical in ("string", "integer", "number", "boolean"):
            wrong = [value for value in values if value is not None and not fits(value, logical)]
            if wrong:
                message = f"validValues holds {len(wrong)} of another type than {logical}, such as {shown(wrong[0])}."
                yield lint.finding("bad-enum", (*where, "validValues"), message)


def _duplicates(
    lint: Lint, keys: Keys, arguments: Mapping[str, Any], column: Mapping[str, Any] | None, names: Sequence[str]
) -> Iterator[Finding]:
    wanted = arguments.get("properties")
    if column is None and not (isinstance(wanted, list) and wanted):
        fix = "Add arguments: {properties: [<column>, ...]}."
        yield lint.finding("missing-argument", keys, "nothing says which columns must not repeat.", fix)
    if column is not None and "properties" in arguments:
        fix = "Take them out, or put the rule under the schema object's quality."
        yield lint.finding("misplaced-rule", (*keys, "arguments"), "columns are named, but it stands under one.", fix)
    for name in wanted if isinstance(wanted, list) else ():
        if name not in names:
            message = f"there is no column {shown(name)}."
            yield lint.finding("unknown-column", (*keys, "arguments"), message, did_you_mean(name, names))
