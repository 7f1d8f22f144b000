"""Sentences for what the JSON schema finds: what is wrong and what to write, without a word of schema language."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["explain"]

_KINDS = {
    **{"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false"},
    **{"array": "a list", "object": "keys and values", "null": "empty"},
}
_EXAMPLES = {
    **{"version": "version: 1.0.0", "apiVersion": "apiVersion: v3.2.0", "kind": "kind: DataContract"},
    **{
        "id": "id: <location>.<dataset>",
        "name": "name: <name>",
        "value": "value: <value>",
        "to": "to: <dataset>.<column>",
    },
    **{"from": "from: <dataset>.<column>", "metric": "metric: rowCount (or nullValues, duplicateValues, ...)"},
    **{"query": "query: SELECT count(*) FROM ${table} WHERE ...", "map": "map: {key: {...}, value: {...}}"},
    **{"dimensions": "dimensions: <length of the vector>", "property": "property: <name>", "url": "url: <address>"},
}
_OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"),
    *("mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def explain(lint: Lint, error: ValidationError) -> Iterator[Finding]:
    """Yield the findings that one error of the validator stands for."""
    keys: Keys = tuple(error.absolute_path)
    last = next((str(key) for key in reversed(keys) if isinstance(key, str)), "")
    value, expected, rule = error.instance, error.validator_value, str(error.validator)
    if rule == "required":
        for name in expected:
            if name not in value:
                yield _missing(lint, keys, name)
    elif rule == "type":
        yield _wrong_kind(lint, keys, last, value, expected)
    elif rule in ("enum", "const"):
        known = [str(item) for item in (expected if rule == "enum" else [expected])]
        yield lint.finding("unknown-value", keys, f"{last} cannot be {shown(value)}.", did_you_mean(value, known))
    elif rule in ("anyOf", "oneOf"):
        yield from _alternatives(lint, keys, last, error)
    elif rule in _LIMITS:
        message = f"{last} must be {_LIMITS[rule]} {expected}, not {value}."
        yield lint.finding("out-of-range", keys, message)
    else:
        yield _other(lint, keys, last, error)


def _missing(lint: Lint, keys: Keys, name: str) -> Finding:
    example = _EXAMPLES.get(name, f"{name}: ...")
    return lint.finding("missing-key", keys, f"'{name}' is missing.", f"Add {example}.")


def _wrong_kind(lint: Lint, keys: Keys, last: str, value: Any, expected: Any) -> Finding:
    wanted = [expected] if isinstance(expected, str) else [kind for kind in expected if kind != "integer"]
    kinds = " or ".join(_KINDS[kind] for kind in wanted or ["integer"])
    name = f"an entry of {last}" if keys and isinstance(keys[-1], int) else last or "the contract"
    fix = ""
    if last == "version" and isinstance(value, float):
        fix = "Write version: 1.0.0."
    elif (expected == "string" and isinstance(value, (int, float, datetime.date))) or isinstance(value, datetime.date):
        text = str(value).lower() if isinstance(value, bool) else value
        fix = f'Put it in quotes: {last}: "{text}".'
    elif expected in ("boolean", "number", "integer") and isinstance(value, str):
        fix = "Write true or false." if expected == "boolean" else "Write the number without quotes."
    elif expected == "array":
        fix = f"Write {last}: [...], or each entry on a line of its own after '- '."
    elif last == "team":
        fix = "Write team: {name: <team>}."
    message = f"{name} must be {kinds}, not {_found(value)}."
    return lint.finding("wrong-type", keys, message, fix)


def _found(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "keys and values"
    if isinstance(value, (datetime.date, datetime.time)):
        return f"the date {value} (YAML reads it so when it is not in quotes)"
    return ("the text " if isinstance(value, str) else "") + shown(value)


def _alternatives(lint: Lint, keys: Keys, last: str, error: ValidationError) -> Iterator[Finding]:
    value = error.instance
    if isinstance(value, dict) and any("mustBe" in str(part.get("required")) for part in error.validator_value):
        yield from _operator(lint, keys, value, error)
    elif last in ("from", "to") or (isinstance(value, dict) and "from" in value and "to" in value):
        fix = "Write <dataset>.<column> or <location>.<dataset>.<column>; for several columns, lists of equal length."
        known = value if isinstance(value, str) else "this"
        yield lint.finding("bad-reference", keys, f"{last or 'from and to'}: {shown(known)} is no reference.", fix)
    else:
        # Of the alternatives, the one of the value's own kind tells what is wrong inside it.
        inner = [part for part in error.context or () if part.validator != "type" or part.path]
        for part in inner:
            yield from explain(lint, part)
        if not inner:
            kinds = [part.get("type", "object") for part in error.validator_value]
            yield _wrong_kind(lint, keys, last, value, kinds)


def _operator(lint: Lint, keys: Keys, rule: dict[str, Any], error: ValidationError) -> Iterator[Finding]:
    present = [name for name in _OPERATORS if name in rule]
    if not present:
        fix = "Add one, such as mustBe: 0 or mustBeLessThan: 5."
        yield lint.finding("no-operator", keys, "nothing says which result is right.", fix, why="It could never fail.")
    elif len(present) > 1:
        message = f"{' and '.join(present)} stand together; a rule has one."
        yield lint.finding("two-operators", (*keys, present[1]), message, "Keep one, or write two rules.")
    else:
        for part in error.context or ():
            if part.validator != "required":
                yield from explain(lint, part)


def _other(lint: Lint, keys: Keys, last: str, error: ValidationError) -> Finding:
    rule, value, expected = str(error.validator), error.instance, error.validator_value
    if rule in ("minItems", "maxItems", "uniqueItems"):
        return _list_problem(lint, keys, last, rule, (value, expected))
    if rule == "not":
        fix = "Take it out: the column it stands under is meant."
        return lint.finding("misplaced-key", (*keys, "from"), "'from' is not written in a column.", fix)
    if rule == "pattern" and last == "id":
        fix = "Use letters, digits, '-' and '_'."
        return lint.finding("bad-id", keys, f"the id {shown(value)} holds a space or one of . # / \\ @ ! % & ^", fix)
    if rule == "format":
        example = "2025-01-31T09:00:00Z" if expected == "date-time" else "2025-01-31"
        return lint.finding("bad-format", keys, f"{last}: {shown(value)} is no {expected}.", f'Write "{example}".')
    return lint.finding("not-odcs", keys, f"{last or 'the contract'} breaks the standard ({rule}).")


def _list_problem(lint: Lint, keys: Keys, last: str, rule: str, found: tuple[Any, Any]) -> Finding:
    value, expected = found
    if rule == "minItems" and expected == 1:
        id_ = "empty-enum" if last == "enum" else "too-short"
        return lint.finding(id_, keys, f"{last} is empty.", f"Add values, or take {last} out.")
    if rule == "uniqueItems":
        return lint.finding("duplicate-value", keys, f"{last} holds the same entry twice.", "Keep one of them.")
    id_ = "too-short" if rule == "minItems" else "too-long"
    return lint.finding(id_, keys, f"{last} takes {expected} entries, not {len(value)}.")
