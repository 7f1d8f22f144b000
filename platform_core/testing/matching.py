"""Which checks of the audit a violation is meant for: the one place that knows both sides."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.audit import Check
from platform_core.contracts import Contract
from platform_core.testing.violations import Violation

__all__ = ["meant_by"]

# rule of a contract -> kinds of check
_KINDS = {
    "present": ("schema_columns",),
    "type": ("schema_types",),
    "required": ("required",),
    "unique": ("unique",),
    "primaryKey": ("unique",),
    "enum": ("enum",),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), ("range",)),
    **dict.fromkeys(("minLength", "maxLength"), ("length",)),
    **dict.fromkeys(("minItems", "maxItems"), ("items",)),
    **dict.fromkeys(("minProperties", "maxProperties"), ("fields",)),
    "requiredFields": ("object_fields",),
    "pattern": ("pattern",),
    "format": ("format",),
    "multipleOf": ("multiple_of",),
    "uniqueItems": ("unique_items",),
    "dimensions": ("dimensions",),
    "foreignKey": ("foreign_key",),
    "nullValues": ("required",),
    "missingValues": ("missing",),
    "invalidValues": ("invalid", "enum", "pattern"),
    "duplicateValues": ("duplicates",),
    "rowCount": ("row_count",),
    "sql": ("sql",),
}
_WHOLE = ("schema_columns", "schema_types")


def meant_by(violation: Violation, checks: tuple[Check, ...], contract: Contract) -> tuple[Check, ...]:
    """Return the checks that must fail on the data of a violation."""
    return tuple(_meant(violation, checks, contract))


def _meant(violation: Violation, checks: tuple[Check, ...], contract: Contract) -> Iterator[Check]:
    quality = "quality" in violation.keys or "relationships" in violation.keys
    for check in checks:
        if check.kind not in _KINDS.get(violation.rule, ()):
            continue
        if check.kind in _WHOLE or (
            check.where == contract.where(*violation.keys) if quality else _same(violation, check)
        ):
            yield check


def _same(violation: Violation, check: Check) -> bool:
    if violation.rule == "primaryKey" or not check.path:
        return check.columns == violation.path
    path = tuple(part if isinstance(part, str) else part.value for part in check.path)
    return path == violation.path
