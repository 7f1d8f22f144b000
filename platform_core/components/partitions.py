"""Partitions as a team writes them, and which partitions of an input one partition of a dataset needs."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Collection
from functools import cache
from typing import Annotated, Any, Literal

import dagster as dg
from dagster import TimeWindowPartitionsDefinition
from pydantic import ConfigDict, Field, model_validator

from platform_core.errors import PlatformError
from platform_core.lineage.cuts import unmapped
from platform_core.names import KEY_FORMATS, NO_KEY, AssetId

__all__ = [
    "MADE_UP_KEYS",
    "UNMAPPED_FIX",
    "Partitions",
    "key_problem",
    "mappable",
    "mapping_to",
    "unmapped",
    "upstream_keys",
]

UNMAPPED_FIX = (
    "Give both the same partitions, or leave the partitions of the dataset out: it then reads all of the input."
)
MADE_UP_KEYS = ("sample-1", "sample-2")
_MONDAY = 1  # Dagster counts from Sunday
_LONGEST = datetime.timedelta(days=62)  # no period of ours is longer, wherever in it one looks
_FORBIDDEN = set('/\\*?[]{}<>:|"') | {chr(code) for code in range(32)}


# In YAML schemas a date is text; Dagster cannot derive that by itself.
Day = Annotated[datetime.date | None, dg.Resolver(lambda _, value: value, model_field_type=str | None)]


class Partitions(dg.Resolvable, dg.Model):
    """How a dataset is cut: each partition is published, replaced and refused on its own.

    Keys of monthly partitions are written 2013-01, of daily ones 2013-01-31, of weekly ones as their Monday. Those of
    dynamic ones are what stands for {partition} in the names of the files that arrive.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["daily", "weekly", "monthly", "static", "dynamic"] = Field(
        description="daily, weekly, monthly, static or dynamic."
    )
    start_date: Day = Field(
        default=None, description="First day of the first partition, as 2013-01-01. Only for partitions by time."
    )
    end_date: Day = Field(
        default=None, description="The day after the last partition; without it, partitions go on as time does."
    )
    keys: list[str] | None = Field(default=None, description="The keys of static partitions, in their order.")
    name: str | None = Field(
        default=None,
        description="Of dynamic partitions: the file dataset whose file names make the keys, as <location>/<dataset>. "
        "A file dataset has its own, and leaves it out.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Partitions:
        if self.name is not None and self.type != "dynamic":
            raise ValueError(f"{self.type} partitions take no name")
        if self.type == "dynamic":
            if self.keys is not None or self.start_date or self.end_date:
                raise ValueError("dynamic partitions take no keys and no dates: the names of the files make them")
        elif self.type == "static":
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
        return _definition(self.type, self.start_date, self.end_date, tuple(self.keys or ()), self.name or "")

    def of(self, asset: AssetId) -> Partitions:
        """Return them as those of `asset`: dynamic ones know whose file names make their keys.

        Raises PlatformError when `name` names no dataset.
        """
        if self.type != "dynamic":
            return self
        return self.model_copy(update={"name": str(AssetId.parse(self.name or asset.dataset, asset.location))})

    def known_keys(self, registered: Collection[str] = MADE_UP_KEYS) -> list[str]:
        """Return the keys there are by now, in their order; of dynamic partitions those `registered`.

        By default those are made up, for samples: where files come from, no other key is known.
        """
        return list(registered) if self.type == "dynamic" else list(self.definition().get_partition_keys())

    def has(self, key: str) -> bool:
        """Say whether a file may be called by this key; of dynamic partitions, whether it could ever be one."""
        return not key_problem(key) if self.type == "dynamic" else self.definition().has_partition_key(key)

    def as_mapping(self) -> dict[str, Any]:
        """Return what defs.yaml, graph.json and the catalog hold."""
        return self.model_dump(mode="json", exclude_none=True)


def key_problem(key: str) -> str:
    """Say why `key` cannot name a partition (it becomes a folder and part of a file name); empty when it can."""
    if not key or key != key.strip() or len(key) > 100:
        return "it must have 1 to 100 characters and no space at either end"
    if key in (".", "..") or _FORBIDDEN & set(key):
        return "it holds a character that a file name cannot"
    if key == NO_KEY:
        return "readers of the files take it for no key at all"
    return ""


@cache
def _definition(
    type: str, start_date: datetime.date | None, end_date: datetime.date | None, keys: tuple[str, ...], name: str
) -> dg.PartitionsDefinition:
    if type == "dynamic":
        return dg.DynamicPartitionsDefinition(name=name)
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
    partition that is not among `published` is returned too, though its period may not have ended yet.
    Raises PlatformError when neither time nor equality says which belong together.
    """
    if upstream is None:
        return (None,)
    if own is None or key is None:
        return tuple(sorted(part for part in published if part is not None))
    if own == upstream:
        return (key,)
    if why := unmapped(own.as_mapping(), upstream.as_mapping()):
        raise PlatformError(f"Its partitions do not fit those of an input: {why}", hint=UNMAPPED_FIX)
    mine, theirs = own.definition(), upstream.definition()
    if isinstance(mine, TimeWindowPartitionsDefinition) and isinstance(theirs, TimeWindowPartitionsDefinition):
        return tuple(_overlapping(mine, key, theirs))
    return (key,)


def _overlapping(
    mine: TimeWindowPartitionsDefinition, key: str, theirs: TimeWindowPartitionsDefinition
) -> Collection[str]:
    # As if all periods had ended: the last week of a month may end in the next, and is waited for.
    later = mine.time_window_for_partition_key(key).end + _LONGEST
    mapped = _by_time().get_upstream_mapped_partitions_result_for_partitions(
        mine.subset_with_partition_keys([key]), mine, theirs, current_time=later
    )
    return list(mapped.partitions_subset.get_partition_keys())


def mappable(own: Partitions | None, upstream: Partitions | None) -> bool:
    """Say whether a dataset cut like `own` can read an input cut like `upstream`."""
    return not unmapped(own.as_mapping() if own else None, upstream.as_mapping() if upstream else None)


def mapping_to(own: Partitions | None, upstream: Partitions | None, known: bool) -> dg.PartitionMapping | None:
    """Return the mapping of a dependency; None where Dagster's own choice is the same.

    Dagster would map by time too, but fail a backfill whose first month begins before the first day of its input.
    `known` says whether `upstream` is: what another team publishes may be cut in any way.
    """
    by_time = own is not None and own.type in KEY_FORMATS
    if not by_time or (known and (upstream is None or upstream == own)):
        return None
    return _by_time()


@cache
def _by_time() -> dg.TimeWindowPartitionMapping:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # the parameter is; nobody who reads the log can change that
        return dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
