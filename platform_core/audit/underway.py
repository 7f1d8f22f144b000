"""An audit under way, on any engine: each check gets exactly one outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from platform_core.audit.check import Check
from platform_core.audit.outcome import NotAudited, Outcome, failed, judge, waiting
from platform_core.audit.schema import columns_declared
from platform_core.sql.relation import Relation

__all__ = ["Compared", "Counts", "Kinds", "UnderWay", "kinds", "outcome_of"]


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


R = TypeVar("R")  # a relation, as the engine reads it


class Compared(Protocol[R]):
    """The delivery and what it is compared with: which of these a check is about."""

    staged: R

    @property
    def others(self) -> R | None:
        """The dataset's other published partitions, where there are any."""

    def reference(self, name: str) -> R:
        """Return another dataset, in its declared columns and types."""

    def dataset(self, check: Check) -> list[R]:
        """Return the relations a check of this scope counts over."""
        return [self.staged, *self._rest()] if check.scope == "dataset" else [self.staged]

    def referenced(self, check: Check) -> list[R]:
        """Return the relations that hold the keys a relationship points to.

        One of a dataset with itself may point to the delivery too, and to all other partitions.
        """
        name = check.arguments["dataset"]
        return [self.reference(name)] if name else [self.staged, *self._rest()]

    def _rest(self) -> list[R]:
        return [self.others] if self.others else []


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


@dataclass(frozen=True)
class Counts(Generic[Session]):
    """How an engine counts: rows of the delivery that break a rule about values, repeat a key, or point nowhere.

    `duplicates` counts over the check's scope, and says of how many rows. `types` and `query` judge by themselves.
    """

    values: Callable[[Session, Check], int]
    repeats: Callable[[Session, Check], int]
    duplicates: Callable[[Session, Check], tuple[int, int]]
    orphans: Callable[[Session, Check], int]
    types: Callable[[Session, Check], Outcome]
    query: Callable[[Session, Check], Outcome]


def kinds(counts: Counts[Session], predicates: Iterable[str]) -> Kinds[Session]:
    """Return how each kind of check is done; `predicates` are those about single values."""

    def broken_by(count: Callable[[Session, Check], int]) -> Callable[[Session, Check], Outcome]:
        return lambda session, check: judge(check, count(session, check), session.count())

    return {
        **dict.fromkeys(predicates, broken_by(counts.values)),
        "unique": broken_by(counts.repeats),
        "duplicates": lambda session, check: judge(check, *counts.duplicates(session, check)),
        "foreign_key": broken_by(counts.orphans),
        "row_count": _row_count,
        "schema_columns": columns_declared,
        "schema_types": counts.types,
        "sql": counts.query,
        "unsupported": _unsupported,
    }


def _row_count(session: UnderWay, check: Check) -> Outcome:
    """Compare the rows of the check's scope with its limit."""
    rows = sum(session.count(relation) for relation in session.dataset(check))
    return Outcome(check, check.limit.holds(rows), f"{rows:,} rows; {check.limit}", None, rows)


def _unsupported(session: UnderWay, check: Check) -> Outcome:
    """Fail a rule that no engine can execute."""
    return failed(check, check.arguments["reason"])
