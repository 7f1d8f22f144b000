"""The audit itself: every check gets exactly one outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from platform_core.audit.check import Check
from platform_core.audit.duckdb.errors import without_values
from platform_core.audit.duckdb.predicates import PREDICATES
from platform_core.audit.duckdb.query import judge_query
from platform_core.audit.duckdb.references import count_orphans
from platform_core.audit.duckdb.session import Session
from platform_core.audit.duckdb.uniqueness import count_duplicates, count_repeats
from platform_core.audit.duckdb.values import count_values, scan, strategy
from platform_core.audit.outcome import AuditResult, failed
from platform_core.audit.schema import types_declared
from platform_core.audit.underway import Counts, kinds, outcome_of
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
    return AuditResult(tuple(outcome_of(session, check, scanned, KINDS, without_values) for check in checks), rows)


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


KINDS = kinds(
    Counts(
        values=count_values,
        repeats=count_repeats,
        duplicates=count_duplicates,
        orphans=count_orphans,
        types=types_declared,
        query=judge_query,
    ),
    PREDICATES,
)
