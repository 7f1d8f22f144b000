"""Words for single facts: moments, numbers, owners. Sentences are made of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

__all__ = ["contact_words", "count", "joined", "moment", "owner_words", "parts_noun"]

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
