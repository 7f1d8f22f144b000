"""Relationships: keys of the delivery that the dataset they point to does not hold."""

from __future__ import annotations

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.conditions import call
from platform_core.audit.duckdb.keys import Key, Span, bitstring, dense_span
from platform_core.audit.duckdb.session import Session
from platform_core.audit.outcome import NotAudited
from platform_core.audit.types import INTEGERS
from platform_core.sql.relation import Relation

__all__ = ["count_orphans"]

_MANY = 200_000  # up to here a hash table of the keys is as fast as a bitmap


def count_orphans(session: Session, check: Check) -> int:
    """Return how many rows of the delivery have a whole key that is not among the keys it refers to."""
    here, there = Key.of(check), Key(columns=check.arguments["to"])
    relations = session.referenced(check)
    for relation in relations:
        missing = set(there.columns) - set(session.types(relation))
        if missing and (relation.files or relation.identifier):
            raise NotAudited(
                f"{check.arguments['dataset'] or 'the dataset'} has no column {', '.join(sorted(missing))}"
            )
    held = [relation for relation in relations if relation.files or relation.identifier]
    if not held:
        return _filled(session, here)
    if len(held) == 1 and session.count(held[0]) >= _MANY and _same_type(session, here, there, held[0]):
        span = dense_span(session, session.staged, here)
        if span and _covered(session, here, span, there, held[0]):
            return 0
    return _anti_join(session, here, there, held)


def _same_type(session: Session, here: Key, there: Key, relation: Relation) -> bool:
    return bool(here.single) and session.types()[here.single] == session.types(relation)[there.single]


def _covered(session: Session, here: Key, span: Span, there: Key, relation: Relation) -> bool:
    """Whether every key is found, by two bitmaps over the span of the delivery."""
    low, high = span.ends()
    within = exp.Between(this=there.values()[0], low=low, high=high)
    used = exp.select(exp.alias_(bitstring(here, span), "bits")).from_(session.staged.source()).subquery("used")
    known = exp.select(exp.alias_(bitstring(there, span), "bits")).from_(relation.source()).where(within)
    unknown = exp.BitwiseAnd(
        this=exp.column("bits", "used"), expression=exp.BitwiseNot(this=exp.column("bits", "known"))
    )
    query = exp.select(call("bit_count", unknown)).from_(used).join(known.subquery("known"), join_type="cross")
    return session.one(query)[0] == 0  # NULL where nothing is known at all


def _anti_join(session: Session, here: Key, there: Key, relations: list[Relation]) -> int:
    """Count exactly. Few distinct keys are grouped first, so that each is looked up once (integers are as cheap)."""
    one = here.single
    grouped = bool(one) and session.types()[one] not in INTEGERS and session.few_distinct(one)
    keys = here.select(session.staged)
    count: exp.Expr = exp.Count(this=exp.Star())
    if grouped:
        keys = keys.select(exp.alias_(exp.Count(this=exp.Star()), "repeated")).group_by(*here.values())
        count = exp.func("coalesce", exp.Sum(this=exp.column("repeated")), exp.Literal.number(0))
    known: exp.Query = there.select(relations[0])
    for relation in relations[1:]:
        known = exp.union(known, there.select(relation), distinct=False)
    same = [exp.EQ(this=exp.column(name, "used"), expression=exp.column(name, "known")) for name in here.names]
    query = (
        exp.select(count)
        .from_(keys.subquery("used"))
        .join(known.subquery("known"), on=exp.and_(*same), join_type="anti")
    )
    return int(session.one(query)[0])


def _filled(session: Session, key: Key) -> int:
    counts = exp.select(exp.Count(this=exp.Star())).from_(session.staged.source())
    return int(session.one(counts.where(key.filled()))[0])
