"""Why a delivery was refused, in words: the same ones in a status, in a notification and in a failed run."""

from __future__ import annotations

from collections.abc import Iterable

from platform_core.audit.check import DELIVERY, NOT_EMPTY

__all__ = ["refusal_reason"]

_SAID = {
    DELIVERY: "it could not be read as its contract describes",
    NOT_EMPTY: "it held no rows",
}


def refusal_reason(rules: Iterable[tuple[str, int | None]], limit: int = 3) -> str:
    """Say which blocking rules were broken, given as (name, violations): `25 rows broke the rule enum_origin`.

    The clause fits after 'because'. `violations` is None where counting makes no sense, as for a missing column. At
    most `limit` rules are named, the ones with most violations first. Empty when no rule is given.
    """
    broken = sorted(rules, key=lambda rule: (-(rule[1] or 0), rule[0]))
    if not broken:
        return ""
    if len(broken) == 1:
        return _one(*broken[0])
    shown = broken if len(broken) <= limit else broken[: limit - 1]
    names = [f"{name} ({_rows(violations)})" if violations else name for name, violations in shown]
    if len(shown) < len(broken):
        names.append(f"{len(broken) - len(shown):,} more")
    return f"it broke the rules {', '.join(names[:-1])} and {names[-1]}"


def _one(name: str, violations: int | None) -> str:
    if name in _SAID:
        return _SAID[name]
    return f"{_rows(violations)} broke the rule {name}" if violations else f"it broke the rule {name}"


def _rows(number: int | None) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
