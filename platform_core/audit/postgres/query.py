"""Rules written as SQL: one guarded SELECT that returns one value."""

from __future__ import annotations

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.outcome import NotAudited, Outcome, judge_answer
from platform_core.audit.postgres.session import Session
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.sql.postgres import bound

__all__ = ["judge_query"]


def judge_query(session: Session, check: Check) -> Outcome:
    """Run the query over the delivery (or, by scope, the dataset) and what it reads, and compare its one value."""
    query, location = check.arguments["query"], check.arguments["location"]
    own = f"{location}/{check.arguments['dataset']}"
    tables = {name: [session.reference(name).select()] for name in check.reads}
    tables[own] = [source.select(list(session.types())) for source in session.dataset(check)]
    try:
        tree = bound(query, tables, location)
    except FindingsError as error:
        raise NotAudited(" ".join(finding.message for finding in error.findings)) from None
    except PlatformError as error:
        raise NotAudited(error.message) from None
    with session.connection.transaction(force_rollback=True):
        cursor = session.connection.execute(tree.sql("postgres", comments=False))
        rows = cursor.fetchmany(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise NotAudited("its query must return one row with one column")
    return judge_answer(check, rows[0][0], _is_count(tree), session.count())


def _is_count(tree: exp.Query) -> bool:
    """Whether the query returns a count of rows and nothing else: a number that tells no value of the data."""
    selected = tree.expressions if isinstance(tree, exp.Select) else []
    if len(selected) != 1:
        return False
    value = selected[0].unalias()
    value = value.this if isinstance(value, exp.Filter) else value
    return isinstance(value, exp.Count) or (isinstance(value, exp.Anonymous) and value.name.lower() == "count")
