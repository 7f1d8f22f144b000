"""The audit itself: one pass over the delivery for all rules about single values, a query for each of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from platform_core.audit.check import Check
from platform_core.audit.outcome import AuditResult, NotAudited, failed
from platform_core.audit.postgres.errors import without_values
from platform_core.audit.postgres.keys import count_duplicates, count_orphans, count_repeats
from platform_core.audit.postgres.predicates import PREDICATES
from platform_core.audit.postgres.query import judge_query
from platform_core.audit.postgres.reading import described
from platform_core.audit.postgres.session import Session, reading
from platform_core.audit.postgres.values import count_values, measure, types_kept
from platform_core.audit.underway import Counts, kinds, outcome_of
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    import psycopg

__all__ = ["audit"]


def audit(
    connection: psycopg.Connection[Any],
    checks: Sequence[Check],
    staged: Relation,
    others: Relation | None = None,
    references: Mapping[str, Relation] | None = None,
    *,
    as_declared: bool = False,
) -> AuditResult:
    """Do every check on the delivery `staged` and return one outcome for each, in the same order.

    As on DuckDB: same verdicts, counts and sentences. The relations are tables of `connection`, which may be in a
    transaction: what is read is read only, and no setting stays. A check that cannot be done is a failed outcome.
    `as_declared` fills a column that `staged` lacks with NULL: what was published before the column was declared.
    Raises PlatformError when the server is lost, full or refuses this role: that says nothing about the delivery.
    """
    try:
        with reading(connection):
            return _audit(connection, checks, (staged, as_declared), others, references or {})
    except Exception as error:  # the first word of the connection, or its last
        reason = f"the delivery cannot be read ({without_values(error)})"
        return AuditResult(tuple(failed(check, reason) for check in checks), 0)


def _audit(
    connection: psycopg.Connection[Any],
    checks: Sequence[Check],
    staged: tuple[Relation, bool],
    others: Relation | None,
    references: Mapping[str, Relation],
) -> AuditResult:
    relation, as_declared = staged
    try:
        source = described(connection, relation, as_stored=not as_declared)
        session = Session(connection, source, others, references)
        measured = measure(session, checks)
        rows = session.count()
    except Exception as error:
        said = str(error) if isinstance(error, NotAudited) else without_values(error)
        return AuditResult(tuple(failed(check, f"the delivery cannot be read ({said})") for check in checks), 0)
    return AuditResult(tuple(outcome_of(session, check, measured, KINDS, without_values) for check in checks), rows)


KINDS = kinds(
    Counts(
        values=count_values,
        repeats=count_repeats,
        duplicates=count_duplicates,
        orphans=count_orphans,
        types=types_kept,
        query=judge_query,
    ),
    PREDICATES,
)
