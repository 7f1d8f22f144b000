"""Rules over a whole dataset: unique, primary key and duplicate values."""

from __future__ import annotations

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.conditions import call
from platform_core.audit.duckdb.keys import Key, bitstring, dense_span, filled_count, integer_span
from platform_core.audit.duckdb.session import Session
from platform_core.sql.relation import Relation

__all__ = ["count_duplicates", "count_repeats"]


def count_repeats(session: Session, check: Check) -> int:
    """Return how many rows of the delivery repeat a key of the delivery, or one of another published partition.

    Each key is right once. What was published before is not counted against a delivery that does not repeat it.
    """
    key = Key.of(check)
    repeats = _surplus(session, session.staged, key)
    if session.others and check.scope == "dataset":
        repeats += _published_already(session, session.others, key)
    return repeats


def count_duplicates(session: Session, check: Check) -> tuple[int, int]:
    """Return how many rows of the check's scope repeat a key, and of how many rows: the metric of ODCS."""
    key = Key.of(check)
    relations = session.dataset(check)
    if len(relations) == 1:
        return _surplus(session, session.staged, key), session.count()
    every = exp.union(*(key.select(relation) for relation in relations), distinct=False)
    distinct = exp.select("*").from_(every.copy().subquery("every_key")).distinct().subquery("each_key")
    found = session.one(exp.select(exp.Count(this=exp.Star())).from_(distinct))[0]
    filled = sum(filled_count(session, relation, key) for relation in relations)
    return filled - int(found), sum(session.count(relation) for relation in relations)


def _surplus(session: Session, relation: Relation, key: Key) -> int:
    """Count the filled keys less the distinct ones: by bitmap where integers lie close together, else exactly."""
    if span := dense_span(session, relation, key):
        bits = exp.select(call("bit_count", bitstring(key, span))).from_(relation.source())
        return span.filled - int(session.one(bits)[0])
    distinct = key.select(relation).distinct().subquery("each_key")
    found = session.one(exp.select(exp.Count(this=exp.Star())).from_(distinct))[0]
    return filled_count(session, relation, key) - int(found)


def _published_already(session: Session, others: Relation, key: Key) -> int:
    """Count the distinct keys of the delivery that another partition holds."""
    published = key.select(others)
    if span := integer_span(session, session.staged, key):
        low, high = span.ends()
        published = published.where(exp.Between(this=key.values()[0], low=low, high=high))  # row groups are left out
    same = [exp.EQ(this=exp.column(name, "staged"), expression=exp.column(name, "others")) for name in key.names]
    matched = (
        exp.select(exp.Count(this=exp.Star()))
        .from_(key.select(session.staged).distinct().subquery("staged"))
        .join(published.subquery("others"), on=exp.and_(*same), join_type="semi")
    )
    return int(session.one(matched)[0])
