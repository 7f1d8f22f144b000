"""The checks that a column's own declaration asks for: one entry of RULES a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from platform_core.audit.check import Check, Path, Severity, Step
from platform_core.audit.formats import ANNOTATIONS
from platform_core.contracts.model import Column, Contract, custom_property

__all__ = ["column_checks", "named", "slug", "with_paths"]

Rule = Callable[[Column], "tuple[Mapping[str, Any], str] | None"]  # arguments and description, or nothing declared

_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}
_BITS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "i128": 128, "u8": 8, "u16": 16, "u32": 32, "u64": 64, "u128": 128}
_ENUM_SHOWN = 8


def column_checks(contract: Contract, column: Column) -> Iterator[Check]:
    """Yield the checks of `column` and of all that is nested in it."""
    for each, path in with_paths(column):
        for kind, rule in RULES.items():
            found = rule(each)
            if found is None:
                continue
            arguments, description = found
            yield Check(
                name=f"{kind}_{slug(path)}",
                kind=kind,
                columns=(column.name,),
                path=path,
                arguments=arguments,
                severity=_severity(each),
                scope="dataset" if kind == "unique" else "partition",
                description=f"{named(path)} {description}",
                where=contract.where(*each.keys),
            )


def with_paths(column: Column, path: Path = ()) -> Iterator[tuple[Column, Path]]:
    """Yield `column` and all that is nested in it, each with its path."""
    here = path or (column.name,)
    yield column, here
    steps: Iterable[str | Step] = (child.name for child in column.children)
    if column.logical_type in ("array", "map"):
        steps = (Step.ITEM,) if column.logical_type == "array" else (Step.KEY, Step.VALUE)
    for child, step in zip(column.children, steps, strict=False):
        yield from with_paths(child, (*here, step))


def named(path: Path) -> str:
    """Return a path as people write it, in quotes: 'address.city', 'tags[]'."""
    text = "".join(f".{part}" if isinstance(part, str) else _STEPS[part] for part in path)
    return f"'{text.removeprefix('.')}'"


_STEPS = {Step.ITEM: "[]", Step.KEY: "[key]", Step.VALUE: "[value]"}


def slug(path: Path) -> str:
    """Return a path as part of the name of a check."""
    return "_".join(part if isinstance(part, str) else part.value for part in path)


def _severity(column: Column) -> Severity:
    return "warning" if custom_property(column.data, "platformSeverity") in ("warning", "info") else "error"


def _required(column: Column) -> tuple[Mapping[str, Any], str] | None:
    return ({}, "must not be null") if column.required else None


def _unique(column: Column) -> tuple[Mapping[str, Any], str] | None:
    return ({}, "must be unique") if column.unique else None


def _enum(column: Column) -> tuple[Mapping[str, Any], str] | None:
    values = tuple(value for value in column.enum if value is not None)
    if not values:
        return None
    shown = ", ".join(map(str, values)) if len(values) <= _ENUM_SHOWN else f"{len(values)} allowed values"
    return {"values": values}, f"must be one of {shown}"


def _range(column: Column) -> tuple[Mapping[str, Any], str] | None:
    bounds = {name: column.options[name] for name in _BOUNDS if column.options.get(name) is not None}
    if not bounds:
        return None
    return bounds, f"must be {' and '.join(_BOUNDS[name].format(value) for name, value in bounds.items())}"


def _length(column: Column) -> tuple[Mapping[str, Any], str] | None:
    return _between(column, "minLength", "maxLength", "characters")


def _items(column: Column) -> tuple[Mapping[str, Any], str] | None:
    return _between(column, "minItems", "maxItems", "items")


def _fields(column: Column) -> tuple[Mapping[str, Any], str] | None:
    found = _between(column, "minProperties", "maxProperties", "filled fields")
    return ({**found[0], "names": tuple(child.name for child in column.children)}, found[1]) if found else None


def _between(column: Column, low: str, high: str, noun: str) -> tuple[Mapping[str, Any], str] | None:
    bounds = {name: column.options[name] for name in (low, high) if column.options.get(name) is not None}
    words = {low: "at least {}", high: "at most {}"}
    text = " and ".join(words[name].format(value) for name, value in bounds.items())
    return (bounds, f"must have {text} {noun}") if bounds else None


def _pattern(column: Column) -> tuple[Mapping[str, Any], str] | None:
    pattern = column.options.get("pattern")
    return ({"pattern": pattern}, f"must match {pattern}") if pattern is not None else None


def _format(column: Column) -> tuple[Mapping[str, Any], str] | None:
    form = column.options.get("format")
    if form is None or form in ANNOTATIONS or column.logical_type == "number":
        return None
    if column.logical_type == "integer" and form in _BITS:
        signed = form.startswith("i")
        low = -(2 ** (_BITS[form] - 1)) if signed else 0
        high = 2 ** (_BITS[form] - signed) - 1
        return {"minimum": low, "maximum": high}, f"must fit in {form}"
    return {"format": str(form)}, f"must be written as {form}"


def _multiple_of(column: Column) -> tuple[Mapping[str, Any], str] | None:
    step = column.options.get("multipleOf")
    return ({"step": step}, f"must be a multiple of {step}") if step is not None else None


def _unique_items(column: Column) -> tuple[Mapping[str, Any], str] | None:
    return ({}, "must not repeat an item") if column.options.get("uniqueItems") else None


def _dimensions(column: Column) -> tuple[Mapping[str, Any], str] | None:
    count = column.options.get("dimensions") if column.logical_type == "vector" else None
    return ({"dimensions": count}, f"must have {count} dimensions") if count is not None else None


def _object_fields(column: Column) -> tuple[Mapping[str, Any], str] | None:
    names = column.options.get("required") if column.logical_type == "object" else None
    return ({"fields": tuple(names)}, f"must fill {', '.join(names)}") if names else None


RULES: Mapping[str, Rule] = {
    "required": _required,
    "unique": _unique,
    "enum": _enum,
    "range": _range,
    "length": _length,
    "format": _format,
    "pattern": _pattern,
    "multiple_of": _multiple_of,
    "items": _items,
    "unique_items": _unique_items,
    "fields": _fields,
    "object_fields": _object_fields,
    "dimensions": _dimensions,
}
