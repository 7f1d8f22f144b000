"""A check: one rule of a contract, named, with all that an engine needs to count what breaks it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from platform_core.errors import Where

__all__ = [
    "DELIVERY",
    "NONE_ALLOWED",
    "NOT_EMPTY",
    "OPERATORS",
    "Check",
    "Limit",
    "Path",
    "Scope",
    "Severity",
    "Step",
    "Unit",
]

Severity = Literal["error", "warning"]
Scope = Literal["partition", "dataset"]
Unit = Literal["rows", "percent"]


class Step(Enum):
    """The parts of a path that have no name of their own: what stands in an array or a map.

    Called as `contracts.physical.split_type` calls them.
    """

    ITEM = "item"
    KEY = "key"
    VALUE = "value"


Path = tuple["str | Step", ...]  # such as ("address", "city") or ("tags", Step.ITEM)

OPERATORS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "mustBe": ("must be {}", operator.eq),
    "mustNotBe": ("must not be {}", operator.ne),
    "mustBeGreaterThan": ("must be more than {}", operator.gt),
    "mustBeGreaterOrEqualTo": ("must be at least {}", operator.ge),
    "mustBeLessThan": ("must be less than {}", operator.lt),
    "mustBeLessOrEqualTo": ("allowed {}", operator.le),
    "mustBeBetween": ("must be between {}", lambda value, pair: pair[0] <= value <= pair[1]),
    "mustNotBeBetween": ("must not be between {}", lambda value, pair: not pair[0] <= value <= pair[1]),
}


@dataclass(frozen=True)
class Limit:
    """What a count must be: an ODCS operator and its value, in rows or in percent of the rows (both ends included)."""

    operator: str
    value: Any
    unit: Unit = "rows"

    def holds(self, value: Any) -> bool:
        """Return whether a value keeps the limit. To a decimal, 0.3 is three tenths and not the double next to it."""
        wanted = self.value
        if isinstance(value, Decimal):
            exact = [Decimal(str(each)) if isinstance(each, float) else each for each in self._values()]
            wanted = exact if isinstance(self.value, (list, tuple)) else exact[0]
        return OPERATORS[self.operator][1](value, wanted)

    def compares(self, value: Any) -> bool:
        """Return whether a value is of the kind of the limit: numbers with numbers. Else every `mustNotBe` held."""
        numbers = (int, float, Decimal)
        return all(
            (isinstance(each, numbers) and isinstance(value, numbers)) or type(each) is type(value)
            for each in self._values()
        )

    def _values(self) -> list[Any]:
        return list(self.value) if isinstance(self.value, (list, tuple)) else [self.value]

    def __str__(self) -> str:
        unit = " %" if self.unit == "percent" else ""
        return OPERATORS[self.operator][0].format(" and ".join(f"{_number(value)}{unit}" for value in self._values()))


NONE_ALLOWED = Limit("mustBe", 0)

# The names of the door's own rules, which no contract states.
DELIVERY = "delivery"
NOT_EMPTY = "not_empty"


@dataclass(frozen=True)
class Check:
    """One rule of a contract.

    `name` is stable and unique in the contract, of [a-z0-9_]; `kind` says what to do, `columns` the top-level columns
    it needs and `path` the one value it judges. `reads` are the other datasets it needs, as `location/dataset`.
    A failed check of severity `error` refuses the delivery. `description` reads after "rows break the rule:".
    """

    name: str
    kind: str
    columns: tuple[str, ...] = ()
    path: Path = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"
    scope: Scope = "partition"
    limit: Limit = NONE_ALLOWED
    reads: tuple[str, ...] = ()
    description: str = ""
    where: Where | None = None


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
