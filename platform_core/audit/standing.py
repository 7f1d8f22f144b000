"""Which refusals still stand: one rule, for the door that asks again and for the answers that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

__all__ = ["standing_refusals"]


class _Refused(Protocol):
    @property
    def partition(self) -> str | None: ...

    @property
    def refused_at(self) -> datetime: ...


R = TypeVar("R", bound=_Refused)


def standing_refusals(refusals: Iterable[R], published_at: Mapping[str | None, datetime]) -> dict[str | None, R]:
    """Return the newest refusal of each partition, unless something was published there since.

    `published_at` says when what stands was published, by partition (None: the dataset has none).
    """
    standing: dict[str | None, R] = {}
    for refusal in sorted(refusals, key=lambda item: item.refused_at):
        published = published_at.get(refusal.partition)
        if published is None or published < refusal.refused_at:
            standing[refusal.partition] = refusal
    return standing
