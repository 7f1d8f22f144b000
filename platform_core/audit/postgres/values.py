"""Rules about single values: which condition breaks them, and all of them counted in one pass over the delivery."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from platform_core.audit.check import Check
from platform_core.audit.conditions import column, number
from platform_core.audit.nesting import BROKEN_BY_NULL
from platform_core.audit.outcome import NotAudited, Outcome
from platform_core.audit.postgres.errors import raise_trouble
from platform_core.audit.postgres.fitting import misfit
from platform_core.audit.postgres.keys import Key, ends, gapless
from platform_core.audit.postgres.nested import inside
from platform_core.audit.postgres.predicates import PREDICATES
from platform_core.audit.postgres.session import Session
from platform_core.audit.schema import types_declared
from platform_core.audit.types import base_of

__all__ = ["count_values", "measure", "types_kept"]

_AT_ONCE = 400  # a query may select 1,664 columns; it is parsed and planned anew each time
_NO_TEXT = {"JSON", "BIT", "INTERVAL", "TIME WITH TIME ZONE"}


def breaks(check: Check, type_: str) -> exp.Expr:
    """Return the condition under which a row breaks `check`, whose top-level column has the DuckDB type `type_`."""

    def judged(value: exp.Expr, kind: str) -> exp.Expr:
        if kind in _NO_TEXT and check.kind != "required":
            raise NotAudited(f"values of type {kind} are not compared on PostgreSQL")
        return PREDICATES[check.kind](value, kind, check.arguments)

    top = column(str(check.path[0]))
    if len(check.path) == 1:
        return judged(top, type_)
    return inside(top, type_, check.path[1:], judged, check.kind in BROKEN_BY_NULL)


def count_values(session: Session, check: Check) -> int:
    """Return how many rows of the delivery break one check."""
    counted = _count(breaks(check, session.types()[str(check.path[0])]))
    return int(session.one(exp.select(counted).from_(session.staged.rows()))[0])


def measure(session: Session, checks: Sequence[Check]) -> dict[str, int]:
    """Count in one pass what breaks each rule about single values, and what other checks need to know.

    The rest is left in `session.measured`. Where one of them cannot be done nothing is counted: each is tried alone.
    """
    wanted = {**_broken(session, checks), **_misfits(session, checks)}
    wanted |= {**_about_keys(session, checks), **_orphans(session, checks)}
    counted: dict[str, int] = {}
    try:
        for names in _pieces(list(wanted)) or [[]]:
            every = [exp.Count(this=exp.Star()), *(wanted[name] for name in names)]
            rows, *found = session.one(exp.select(*every).from_(session.staged.rows()))
            session.counted(int(rows))
            counted |= dict(zip(names, found, strict=True))
    except Exception as error:
        raise_trouble(error)
        return {}
    session.measured.update(counted)
    return {check.name: int(counted[check.name]) for check in checks if check.name in counted}


def _pieces(names: list[str]) -> list[list[str]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]


def _broken(session: Session, checks: Sequence[Check]) -> dict[str, exp.Expr]:
    found: dict[str, exp.Expr] = {}
    for check in checks:
        if check.kind in PREDICATES and check.columns[0] in session.types():
            try:
                found[check.name] = _count(breaks(check, session.types()[check.columns[0]]))
            except NotAudited:
                continue  # said when it is tried alone
    return found


def _misfits(session: Session, checks: Sequence[Check]) -> dict[str, exp.Expr]:
    found = {}
    for name, type_ in session.types().items() if any(check.kind == "schema_types" for check in checks) else ():
        wrong = misfit(column(name), type_)
        if wrong is not None:
            found[f"misfit {name}"] = _count(wrong)
    return found


def _orphans(session: Session, checks: Sequence[Check]) -> dict[str, exp.Expr]:
    """Return how to count keys that point nowhere, where those they point to have no gap."""
    found: dict[str, exp.Expr] = {}
    for check in checks:
        if check.kind != "foreign_key" or check.arguments["dataset"] not in session.published or len(check.columns) > 1:
            continue
        try:
            span = gapless(session, check)
        except Exception as error:
            raise_trouble(error)
            continue  # said when it is tried alone
        if span is not None:
            known = exp.Between(this=column(check.columns[0]), low=number(span[0]), high=number(span[1]))
            found[check.name] = _count(exp.Not(this=known))
    return found


def _about_keys(session: Session, checks: Sequence[Check]) -> dict[str, exp.Expr]:
    """Return the ends of integer keys, so that only what lies between is looked up in other partitions."""
    found: dict[str, exp.Expr] = {}
    for check in checks:
        if check.kind == "unique" and check.scope == "dataset" and session.rest is not None:
            found |= ends(session, Key.of(check))
    return found


def _count(condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=condition))


def types_kept(session: Session, check: Check) -> Outcome:
    """Compare the types of the columns that are there; and whether values fit them where PostgreSQL holds more."""
    found = types_declared(session, check)
    declared = {each.name for each in check.arguments["columns"]}
    wrong = []
    for name, type_ in session.types().items():
        condition = misfit(column(name), type_)
        if condition is None or name not in declared:
            continue
        if f"misfit {name}" not in session.measured:
            query = exp.select(_count(condition)).from_(session.staged.rows())
            session.measured[f"misfit {name}"] = session.one(query)[0]
        if rows := int(session.measured[f"misfit {name}"]):
            shown = type_ if base_of(type_) != "STRUCT" else "such STRUCT"
            wrong.append(f"'{name}' holds {rows:,} values that are no {shown}")
    if not wrong:
        return found
    return Outcome(check, False, "; ".join([*([] if found.passed else [found.message]), *wrong]))
