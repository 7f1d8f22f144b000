"""The audit itself: every check gets exactly one outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from platform_core.audit.check import Check
from platform_core.audit.duckdb.errors import without_values
from platform_core.audit.duckdb.predicates import PREDICATES
from platform_core.audit.duckdb.query import judge_query
from platform_core.audit.duckdb.references import count_orphans
from platform_core.audit.duckdb.schema import columns_declared, types_declared
from platform_core.audit.duckdb.session import NotAudited, Session
from platform_core.audit.duckdb.uniqueness import count_duplicates, count_repeats
from platform_core.audit.duckdb.values import count_values, scan, strategy
from platform_core.audit.outcome import AuditResult, Outcome, failed, judge, waiting
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    import duckdb

__all__ = ["audit"]


def audit(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[Check],
    staged: Relation,
    others: Relation | None = None,
    references: Mapping[str, Relation] | None = None,
) -> AuditResult:
    """Do every check on the delivery `staged` and return one outcome for each, in the same order.

    `others` are the dataset's other published partitions, which rules of scope dataset count too. `references` maps
    `location/dataset` to what is published there; a check whose dataset is absent fails as waiting for it.
    Raises nothing for what is wrong with the data or a rule: a check that cannot be done is a failed outcome.
    """
    try:
        session = Session(connection, staged.bound(connection, as_stored=True), others, references or {})
        rows = session.count()
        session.types()
    except Exception as error:
        reason = f"the delivery cannot be read ({without_values(error)})"
        return AuditResult(tuple(failed(check, reason) for check in checks), 0)
    scanned = _scan_together(session, checks)
    return AuditResult(tuple(_outcome(session, check, scanned) for check in checks), rows)


def _outcome(session: Session, check: Check, scanned: Mapping[str, int]) -> Outcome:
    absent = tuple(name for name in check.reads if name not in session.published)
    if absent:
        return waiting(check, absent)
    missing = [name for name in check.columns if name not in session.types()]
    if missing:
        return failed(check, f"the column {', '.join(missing)} is missing")
    try:
        if check.name in scanned:
            return judge(check, scanned[check.name], session.count())
        return KINDS[check.kind](session, check)
    except Exception as error:
        return failed(check, str(error) if isinstance(error, NotAudited) else without_values(error))


def _scan_together(session: Session, checks: Sequence[Check]) -> dict[str, int]:
    """Count what needs a full scan in one pass. Where one of them cannot be done, each is tried alone, later."""
    try:
        shared = [
            check
            for check in checks
            if check.kind in PREDICATES and check.columns[0] in session.types() and strategy(session, check) == "scan"
        ]
        counts = scan(session, shared) if len(shared) > 1 else []
    except Exception:
        return {}
    return {check.name: count for check, count in zip(shared, counts, strict=False)}


def _values(session: Session, check: Check) -> Outcome:
    return judge(check, count_values(session, check), session.count())


def _unique(session: Session, check: Check) -> Outcome:
    return judge(check, count_repeats(session, check), session.count())


def _duplicates(session: Session, check: Check) -> Outcome:
    return judge(check, *count_duplicates(session, check))


def _foreign_key(session: Session, check: Check) -> Outcome:
    return judge(check, count_orphans(session, check), session.count())


def _row_count(session: Session, check: Check) -> Outcome:
    rows = sum(session.count(relation) for relation in session.dataset(check))
    return Outcome(check, check.limit.holds(rows), f"{rows:,} rows; {check.limit}", None, rows)


def _unsupported(session: Session, check: Check) -> Outcome:
    return failed(check, check.arguments["reason"])


KINDS: Mapping[str, Callable[[Session, Check], Outcome]] = {
    **dict.fromkeys(PREDICATES, _values),
    "unique": _unique,
    "duplicates": _duplicates,
    "foreign_key": _foreign_key,
    "row_count": _row_count,
    "schema_columns": columns_declared,
    "schema_types": types_declared,
    "sql": judge_query,
    "unsupported": _unsupported,
}
