"""An audit under way, on any engine: each check gets exactly one outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from platform_core.audit.check import Check
from platform_core.audit.outcome import NotAudited, Outcome, failed, judge, waiting
from platform_core.sql.relation import Relation

__all__ = ["Kinds", "UnderWay", "outcome_of", "row_count", "unsupported"]


class UnderWay(Protocol):
    """What is known about the delivery, and about what it is compared with."""

    @property
    def published(self) -> Mapping[str, Relation]:
        """The other datasets that are published, by `location/dataset`."""

    def types(self) -> Mapping[str, str]:
        """Return the columns of the delivery and their types, in the words of DuckDB."""

    def count(self, relation: Any = None) -> int:
        """Return the rows of a relation (the delivery, unless given)."""

    def dataset(self, check: Check) -> Sequence[Any]:
        """Return the relations a check of this scope counts over."""


Session = TypeVar("Session", bound=UnderWay)
Kinds = Mapping[str, Callable[[Session, Check], Outcome]]


def outcome_of(
    session: Session,
    check: Check,
    scanned: Mapping[str, int],
    kinds: Kinds[Session],
    without_values: Callable[[Exception], str],
) -> Outcome:
    """Do one check. `scanned` has what was counted together with others; `kinds` does the rest, by kind of check.

    `without_values` says what an error of the engine means, without the data that it may quote.
    """
    absent = tuple(name for name in check.reads if name not in session.published)
    if absent:
        return waiting(check, absent)
    missing = [name for name in check.columns if name not in session.types()]
    if missing:
        return failed(check, f"the column {', '.join(missing)} is missing")
    try:
        if check.name in scanned:
            return judge(check, scanned[check.name], session.count())
        return kinds[check.kind](session, check)
    except Exception as error:
        return failed(check, str(error) if isinstance(error, NotAudited) else without_values(error))


def row_count(session: UnderWay, check: Check) -> Outcome:
    """Compare the rows of the check's scope with its limit."""
    rows = sum(session.count(relation) for relation in session.dataset(check))
    return Outcome(check, check.limit.holds(rows), f"{rows:,} rows; {check.limit}", None, rows)


def unsupported(session: UnderWay, check: Check) -> Outcome:
    """Fail a rule that no engine can execute."""
    return failed(check, check.arguments["reason"])
