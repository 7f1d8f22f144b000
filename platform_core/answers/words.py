"""Words for single facts: moments, numbers, owners, rules. Sentences are made of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from platform_core.answers.facts import BrokenRule

__all__ = ["contact_words", "count", "joined", "moment", "owner_words", "parts_noun", "reason"]

_PARTS = {"monthly": ("month", "months"), "weekly": ("week", "weeks"), "daily": ("day", "days")}


def moment(when: datetime) -> str:
    """Say a moment: `22 November 2026 at 10:42 UTC`."""
    utc = when.astimezone(timezone.utc)
    return f"{utc.day} {utc:%B %Y at %H:%M} UTC"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 row`, `336,776 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def parts_noun(number: int, partitions: Mapping[str, Any] | None) -> str:
    """`12 months`, `1 day`, `3 partitions`."""
    return count(number, *_PARTS.get(str((partitions or {}).get("type")), ("partition", "partitions")))


def owner_words(owner: str) -> str:
    """`team:flight_ops` is said `team flight_ops`; an address stays as it is."""
    return f"team {owner[5:]}" if owner.startswith("team:") else owner


def contact_words(owner: str, contact: str) -> str:
    """Whom to ask, and where: `team flight_ops (#flights)`. Empty when nobody is known."""
    name = owner_words(owner)
    return f"{name} ({contact})" if name and contact else name or contact


def reason(broken: Sequence[BrokenRule], limit: int = 3) -> str:
    """Say which blocking rules data broke, with counts and never with values; empty when none is known."""
    blocking = sorted((rule for rule in broken if rule.blocking), key=lambda rule: (-(rule.violations or 0), rule.name))
    if not blocking:
        return ""
    if len(blocking) == 1:
        return _one(blocking[0])
    shown = blocking if len(blocking) <= limit else blocking[: limit - 1]
    names = [f"{rule.name} ({count(rule.violations, 'row')})" if rule.violations else rule.name for rule in shown]
    if len(shown) < len(blocking):
        names.append(f"{len(blocking) - len(shown)} more")
    return f"it broke the rules {joined(names)}"


def _one(rule: BrokenRule) -> str:
    if rule.violations:
        return f"{count(rule.violations, 'row')} broke the rule {rule.name}"
    return f"it broke the rule {rule.name}"
