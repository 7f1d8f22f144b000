"""Keys: the values that must be unique, or be found elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.conditions import column, number
from platform_core.audit.keys import KeyColumns
from platform_core.audit.outcome import NotAudited
from platform_core.audit.postgres.literals import cast
from platform_core.audit.postgres.nested import field, leaf
from platform_core.audit.postgres.reading import NESTED, Source
from platform_core.audit.postgres.session import Session
from platform_core.audit.types import INTEGERS, base_of
from platform_core.contracts.physical import split_type
from platform_core.contracts.postgres_types import postgres_type

__all__ = ["Key", "count_duplicates", "count_orphans", "count_repeats", "ends", "gapless"]

_FEW = 1_000_000  # so many keys are looked through in a fraction of what a join with the delivery takes


class Key(KeyColumns):
    """A key as PostgreSQL reads it."""

    def typed(self, source: Source) -> list[tuple[exp.Expr, str]]:
        """Return the values of the key and their DuckDB types."""
        if self.columns:
            return [(column(name), source.types[name]) for name in self.columns]
        value: exp.Expr = column(str(self.path[0]))
        type_ = source.types[str(self.path[0])]
        for step in self.steps:
            base, inner = split_type(type_)
            if base != "STRUCT" or step not in dict(inner):
                raise NotAudited(f"the field '{step}' is missing")
            value, type_ = field(value, step), dict(inner)[step]
        return [(leaf(value, type_) if len(self.path) > 1 else value, type_)]

    def select(self, source: Source, types: Sequence[str] | None = None) -> exp.Select:
        """Return the query of the keys that are filled, as columns key_1, key_2 and so on, cast to `types` if given."""
        values = []
        for place, (value, type_) in enumerate(self.typed(source)):
            if base_of(type_) in NESTED:
                raise NotAudited(f"a key of type {type_} is not compared on PostgreSQL")
            other = types[place] if types else type_
            values.append(value if other == type_ else cast(value, postgres_type(other)))
        filled = exp.and_(*(value.is_(exp.null()).not_() for value, _ in self.typed(source)))
        named = [exp.alias_(value, name) for value, name in zip(values, self.names, strict=True)]
        needed = self.columns or (str(self.path[0]),)
        return exp.select(*named).from_(source.rows(needed), copy=False).where(filled, copy=False)


def ends(session: Session, key: Key) -> dict[str, exp.Expr]:
    """Return what to select to know the least and the greatest value of a key of one integer column."""
    name = key.single
    if session.types().get(name) not in INTEGERS:
        return {}
    return {f"least {name}": exp.Min(this=column(name)), f"greatest {name}": exp.Max(this=column(name))}


def count_repeats(session: Session, check: Check) -> int:
    """Return how many rows of the delivery repeat a key of the delivery, or one of another published partition.

    Each key is right once. What was published before is not counted against a delivery that does not repeat it.
    """
    key = Key.of(check)
    repeats = _surplus(session, key, [session.staged])
    if session.others and check.scope == "dataset":
        repeats += _published_already(session, session.others, key)
    return repeats


def count_duplicates(session: Session, check: Check) -> tuple[int, int]:
    """Return how many rows of the check's scope repeat a key, and of how many rows: the metric of ODCS."""
    sources = session.dataset(check)
    return _surplus(session, Key.of(check), sources), sum(session.count(source) for source in sources)


def _surplus(session: Session, key: Key, sources: list[Source]) -> int:
    """Count the filled keys less the distinct ones."""
    keys = _together([key.select(source) for source in sources]).subquery("keys")
    rows = exp.Count(this=exp.Star())
    if len(key.names) == 1:
        # Sorted, always: 5 times as fast as a hash table of 5 million keys, which spills.
        distinct = exp.Count(this=exp.Distinct(expressions=[exp.column("key_1")]))
        return int(session.one(exp.select(exp.Sub(this=rows, expression=distinct)).from_(keys))[0])
    repeated = exp.select(exp.alias_(rows, "repeated")).from_(keys)
    each = repeated.group_by(*map(exp.column, key.names)).subquery("each_key")
    total = exp.func("coalesce", exp.Sum(this=exp.column("repeated")), number(0))
    return int(session.one(exp.select(exp.Sub(this=total, expression=rows.copy())).from_(each), ordered=True)[0])


def _published_already(session: Session, others: Source, key: Key) -> int:
    """Count the distinct keys of the delivery that another partition holds. Found first: mostly there are none."""
    types = [type_ for _, type_ in key.typed(session.staged)]
    published = key.select(others, types)
    low, high = (session.measured.get(f"{end} {key.single}") for end in ("least", "greatest"))
    if low is not None and high is not None:
        published = published.where(
            exp.Between(this=key.typed(others)[0][0], low=number(int(low)), high=number(int(high))), copy=False
        )
    found = key.select(session.staged).subquery("staged")
    matched = exp.select("*").from_(found).where(_exists(published, key), copy=False).subquery("matched", copy=False)
    distinct = exp.select(*map(exp.column, key.names)).distinct().from_(matched, copy=False)
    counted = exp.select(exp.Count(this=exp.Star())).from_(distinct.subquery("each_key", copy=False), copy=False)
    return int(session.one(counted, ordered=True)[0])


def _exists(known: exp.Query, key: Key) -> exp.Exists:
    same = [exp.EQ(this=exp.column(name, "known"), expression=exp.column(name, "staged")) for name in key.names]
    query = exp.select("1").from_(known.subquery("known", copy=False), copy=False)
    return exp.Exists(this=query.where(exp.and_(*same), copy=False))


def count_orphans(session: Session, check: Check) -> int:
    """Return how many rows of the delivery have a whole key that is not among the keys it refers to."""
    here, there = Key.of(check), Key(columns=check.arguments["to"])
    sources = session.referenced(check)
    for source in sources:
        missing = set(there.columns) - set(source.types)
        if missing and source.places:
            raise NotAudited(
                f"{check.arguments['dataset'] or 'the dataset'} has no column {', '.join(sorted(missing))}"
            )
    held = [source for source in sources if source.places]
    types = [type_ for _, type_ in here.typed(session.staged)]
    known_types = [held[0].types[name] for name in there.columns] if held else types
    used = [_compared(*pair) for pair in zip(types, known_types, strict=True)]
    orphans = exp.select(exp.Count(this=exp.Star())).from_(here.select(session.staged, used).subquery("staged"))
    if held:
        wanted = [_compared(*pair) for pair in zip(known_types, types, strict=True)]
        known = _together([there.select(source, wanted) for source in held])
        orphans = orphans.where(exp.Not(this=_exists(known, here)))
    return int(session.one(orphans)[0])


def gapless(session: Session, check: Check) -> tuple[int, int] | None:
    """Return the first and the last of the integers a relationship points to, where none between them is missing.

    Then a key is known exactly when it lies between, and no join is needed. None for all others.
    """
    here, there = Key.of(check), Key(columns=check.arguments["to"])
    if session.types().get(here.single) not in INTEGERS or not there.single:
        return None
    source = session.reference(check.arguments["dataset"])
    if source.types.get(there.single) not in INTEGERS or not source.places:
        return None
    keys = there.select(source).limit(_FEW + 1).subquery("keys")
    value = exp.column("key_1")
    low, high, held = session.one(
        exp.select(exp.Min(this=value), exp.Max(this=value), exp.Count(this=value)).from_(keys)
    )
    if not 0 < held <= _FEW or high - low >= held:
        return None
    distinct = exp.Count(this=exp.Distinct(expressions=[value]))
    different = session.one(exp.select(distinct).from_(there.select(source).subquery("keys")))[0]
    return (low, high) if different == high - low + 1 else None


def _compared(own: str, other: str) -> str:
    """Return the type in which a key is compared with one of another: a text is read as what the other is.

    As on DuckDB. Numbers and times of several types PostgreSQL compares as they are.
    """
    return other if own == "VARCHAR" else own


def _together(selects: list[exp.Select]) -> exp.Query:
    first: exp.Query = selects[0]
    return reduce(lambda one, other: exp.Union(this=one, expression=other, distinct=False), selects[1:], first)
