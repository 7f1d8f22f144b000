"""Partitions as a team writes them, and which partitions of an input one partition of a dataset needs."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Any, Literal

import dagster as dg
from dagster import TimeWindowPartitionsDefinition
from pydantic import ConfigDict, Field, model_validator

from platform_core.errors import PlatformError
from platform_core.names import KEY_FORMATS

__all__ = ["UNMAPPED_FIX", "Partitions", "key_problem", "mappable", "unmapped", "upstream_keys"]

UNMAPPED_FIX = (
    "Give both the same partitions, or leave the partitions of the dataset out: it then reads all of the input."
)
_MONDAY = 1  # Dagster counts from Sunday
_FORBIDDEN = set('/\\*?[]{}<>:|"') | {chr(code) for code in range(32)}


# In YAML schemas a date is text; Dagster cannot derive that by itself.
Day = Annotated[datetime.date | None, dg.Resolver(lambda _, value: value, model_field_type=str | None)]


class Partitions(dg.Resolvable, dg.Model):
    """How a dataset is cut: each partition is published, replaced and refused on its own.

    Keys of monthly partitions are written 2013-01, of daily ones 2013-01-31, of weekly ones as their Monday.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["daily", "weekly", "monthly", "static"] = Field(description="daily, weekly, monthly or static.")
    start_date: Day = Field(
        default=None, description="First day of the first partition, as 2013-01-01. Not for static partitions."
    )
    end_date: Day = Field(
        default=None, description="The day after the last partition; without it, partitions go on as time does."
    )
    keys: list[str] | None = Field(default=None, description="The keys of static partitions, in their order.")

    @model_validator(mode="after")
    def _fits(self) -> Partitions:
        if self.type == "static":
            if not self.keys or self.start_date or self.end_date:
                raise ValueError("static partitions take keys: [...] and no dates")
            if len(set(self.keys)) != len(self.keys):
                raise ValueError("a key stands twice")
            for key in self.keys:
                if problem := key_problem(key):
                    raise ValueError(f"the key {key!r} cannot be used: {problem}")
        elif self.keys is not None or self.start_date is None:
            raise ValueError(f"{self.type} partitions take start_date (and end_date), and no keys")
        elif self.end_date is not None and self.end_date <= self.start_date:
            raise ValueError("end_date must be later than start_date")
        return self

    def definition(self) -> dg.PartitionsDefinition:
        """Return Dagster's definition; equal partitions share one, so that Dagster compares them cheaply."""
        return _definition(self.type, self.start_date, self.end_date, tuple(self.keys or ()))

    def as_mapping(self) -> dict[str, Any]:
        """Return what defs.yaml, graph.json and the catalog hold."""
        return self.model_dump(mode="json", exclude_none=True)


def key_problem(key: str) -> str:
    """Say why `key` cannot name a partition (it becomes a folder and part of a file name); empty when it can."""
    if not key or key != key.strip() or len(key) > 100:
        return "it must have 1 to 100 characters and no space at either end"
    if key in (".", "..") or _FORBIDDEN & set(key):
        return "it holds a character that a file name cannot"
    return ""


@cache
def _definition(
    type: str, start_date: datetime.date | None, end_date: datetime.date | None, keys: tuple[str, ...]
) -> dg.PartitionsDefinition:
    if type == "static":
        return dg.StaticPartitionsDefinition(list(keys))
    start = datetime.datetime.combine(start_date or datetime.date.min, datetime.time())
    end = datetime.datetime.combine(end_date, datetime.time()) if end_date else None
    if type == "monthly":
        return dg.MonthlyPartitionsDefinition(start_date=start, end_date=end, fmt=KEY_FORMATS[type])
    if type == "weekly":
        return dg.WeeklyPartitionsDefinition(start_date=start, end_date=end, fmt=KEY_FORMATS[type], day_offset=_MONDAY)
    return dg.DailyPartitionsDefinition(start_date=start, end_date=end, fmt=KEY_FORMATS[type])


def upstream_keys(
    own: Partitions | None, key: str | None, upstream: Partitions | None, published: Collection[str | None]
) -> tuple[str | None, ...]:
    """Return the partitions of an input that partition `key` of a dataset reads, as Dagster would map them.

    `(None,)` for an input without partitions; all `published` ones for a dataset without partitions. A needed
    partition that is not among `published` is returned too: the caller waits for it.
    Raises PlatformError when neither time nor equality says which belong together.
    """
    if upstream is None:
        return (None,)
    if own is None or key is None:
        return tuple(sorted(part for part in published if part is not None))
    if own == upstream:
        return (key,)
    mine, theirs = own.definition(), upstream.definition()
    if isinstance(mine, TimeWindowPartitionsDefinition) and isinstance(theirs, TimeWindowPartitionsDefinition):
        subset = mine.subset_with_partition_keys([key])
        mapped = dg.TimeWindowPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
            subset, mine, theirs
        )
        return tuple(mapped.partitions_subset.get_partition_keys())
    raise PlatformError(unmapped(own.as_mapping(), upstream.as_mapping()), hint=UNMAPPED_FIX)


def unmapped(own: Mapping[str, Any], upstream: Mapping[str, Any]) -> str:
    """Say that partitions of the two kinds do not belong together."""
    return f"{own['type']} partitions over {upstream['type']} ones: nothing says which belong together."


def mappable(own: Partitions | None, upstream: Partitions | None) -> bool:
    """Say whether a dataset cut like `own` can read an input cut like `upstream`."""
    if own is None or upstream is None or own == upstream:
        return True
    return "static" not in (own.type, upstream.type)
