"""What an audit found: one outcome for each check, as a verdict, counts and a sentence. Never a value of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from platform_core.audit.check import NONE_ALLOWED, Check, Severity

__all__ = ["AuditResult", "NotAudited", "Outcome", "failed", "judge", "judge_answer", "percent", "waiting"]


class NotAudited(Exception):
    """A check cannot be done; the text says why, and holds no value of the data."""


@dataclass(frozen=True)
class Outcome:
    """The answer to one check.

    `violations` of `rows` rows break it; both are None where rows are not what is counted. `error` says why the check
    could not be done, `waiting_for` which datasets nobody has published yet; such an outcome has failed.
    """

    check: Check
    passed: bool
    message: str
    violations: int | None = None
    rows: int | None = None
    error: str = ""
    waiting_for: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """That of the check; a check that could not be done is always an error: nobody knows what it would say."""
        return "error" if self.error or self.waiting_for else self.check.severity

    @property
    def refuses(self) -> bool:
        return not self.passed and self.severity == "error"


@dataclass(frozen=True)
class AuditResult:
    """The outcomes of all checks, in the order of the plan, and how many rows the delivery has."""

    outcomes: tuple[Outcome, ...]
    rows: int

    @property
    def refused(self) -> bool:
        """Whether the delivery must not be published."""
        return any(outcome.refuses for outcome in self.outcomes)

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The datasets that were never published and are needed, as `location/dataset`."""
        return tuple(sorted({dataset for outcome in self.outcomes for dataset in outcome.waiting_for}))


def judge(check: Check, violations: int, rows: int) -> Outcome:
    """Compare a count with the limit of the check. The percentage of no rows is 0."""
    measured = percent(violations, rows) if check.limit.unit == "percent" else violations
    share = f" ({_short(percent(violations, rows))} %)" if violations else ""
    tail = f"; {check.limit}" if check.limit != NONE_ALLOWED else ""
    message = f"{violations:,} of {rows:,} rows{share} break the rule: {check.description}{tail}"
    return Outcome(check, check.limit.holds(measured), message, violations, rows)


def judge_answer(check: Check, value: Any, is_count: bool, rows: int) -> Outcome:
    """Compare what a query returned with the limit.

    The value is told only when it is a count: any other may be one of the data.
    """
    if value is None:
        raise NotAudited("its query returned NULL, which is neither right nor wrong")
    if isinstance(value, (float, Decimal)) and math.isnan(value):
        raise NotAudited("its query returned NaN, which is neither right nor wrong")
    if not check.limit.compares(value):
        raise NotAudited("its query returned what cannot be compared with a number")
    passed = check.limit.holds(value)
    if is_count and _is_most(check):
        tail = "" if check.limit == NONE_ALLOWED else f"; {check.limit}"
        return Outcome(check, passed, f"{value:,} rows break the rule: {check.description}{tail}", int(value), rows)
    told = f" ({value:,})" if is_count else ""
    verdict = "holds" if passed else "does not hold"
    return Outcome(check, passed, f"{check.description}{told}: '{check.limit}' {verdict}")


def _is_most(check: Check) -> bool:
    """Whether the limit is how many rows may be counted at most: then these are the violations."""
    most = check.limit.operator in ("mustBeLessThan", "mustBeLessOrEqualTo")
    return most or (check.limit.operator == "mustBe" and check.limit.value == 0)


def failed(check: Check, error: str) -> Outcome:
    """Return the outcome of a check that could not be done."""
    return Outcome(check, False, f"could not be checked: {error}", error=error)


def waiting(check: Check, datasets: tuple[str, ...]) -> Outcome:
    """Return the outcome of a check that needs datasets which nobody has published yet."""
    names = ", ".join(datasets)
    return Outcome(check, False, f"waiting for {names}: nothing is published there yet", waiting_for=datasets)


def percent(part: int, whole: int) -> float:
    """Return 100 * part / whole, and 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def _short(share: float) -> str:
    return f"{share:.1f}".removesuffix(".0") if share >= 0.1 else f"{share:.1g}"
