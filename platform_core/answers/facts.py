"""What is known about a dataset, without a judgement: the material of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from platform_core.lineage import ContractRef
from platform_core.names import AssetId

__all__ = [
    "Audited",
    "BrokenRule",
    "Checks",
    "ContractRef",
    "DatasetFacts",
    "FailedRun",
    "Observed",
    "Published",
    "Refused",
    "Running",
    "StrayFile",
]


@dataclass(frozen=True)
class BrokenRule:
    """A rule that data broke. `violations` is None where counting them makes no sense, as for a missing column.

    `message` says what was found: counts and places, never a value of the data.
    """

    name: str
    violations: int | None
    blocking: bool
    message: str = ""


@dataclass(frozen=True)
class Checks:
    """The names of the rules that passed, and the rules that did not."""

    passed: tuple[str, ...] = ()
    broken: tuple[BrokenRule, ...] = ()


@dataclass(frozen=True)
class Published:
    """The current publication of one partition (None: the dataset has none). Times are aware, in UTC.

    `kind` is that of the publication record; `foreign` data came past the door, from another tool.
    `fresh_since` is when data of this partition last arrived: an earlier version that was published again, by a
    rollback, keeps the time of its first publication.
    """

    partition: str | None
    version: int
    published_at: datetime
    rows: int
    contract: ContractRef
    checks: Checks = Checks()
    kind: str = "publish"
    held: bool = False
    run_id: str = ""
    fresh_since: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """A delivery that broke its contract and was not published.

    `quarantine` is the folder that keeps it, `delivery` the name of the delivered file, where it was one. `rows` is
    None when it could not be read; `passed` counts the rules that held.
    """

    partition: str | None
    refused_at: datetime
    rows: int | None
    checks: Checks = Checks()
    passed: int = 0
    quarantine: str = ""
    delivery: str = ""
    run_id: str = ""


@dataclass(frozen=True)
class Audited:
    """What the registered contract says today of a partition that was published under an earlier one."""

    partition: str | None
    checks: Checks


@dataclass(frozen=True)
class Observed:
    """What Dagster's freshness daemon last said, and when. `state` is one of Dagster's words."""

    state: Literal["PASS", "WARN", "FAIL", "UNKNOWN", "NOT_APPLICABLE"]
    since: datetime


@dataclass(frozen=True)
class Running:
    """A run that is queued or at work for this dataset; no partitions means all, or that it has none."""

    run_id: str
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedRun:
    """The newest run for this dataset, when it ended without success."""

    run_id: str
    ended_at: datetime
    partition: str | None = None


@dataclass(frozen=True)
class StrayFile:
    """A delivered file that no dataset takes, and was likely meant for this one; `why` says so, with what to do."""

    name: str
    why: str


@dataclass(frozen=True)
class DatasetFacts:
    """Everything known about one dataset at the moment `now`.

    `partitions` is how it is cut, as in the catalog: {"type", "start_date", "end_date", "keys"}, or None.
    `version` is the one that readers see, of the table as a whole; None before the first publication.
    `audited` is there only where somebody asked for it, as it reads the data.
    `window` is the longest time the owner promises between publications; None where nothing is promised.
    `refused` holds refusals of any time; which of them still matter is for the verdict to say.
    `dynamic_keys` are, of dynamic partitions that another dataset's files make, those published there.
    `waiting_for` are the inputs that were never published. `unreadable` says why the warehouse could not be read.
    `unsafe` says, in the owner's words, why it may not be computed again from the same inputs; empty when it may.
    """

    asset: AssetId
    now: datetime
    owner: str = ""
    contact: str = ""
    description: str = ""
    partitions: Mapping[str, object] | None = None
    version: int | None = None
    published: tuple[Published, ...] = ()
    refused: tuple[Refused, ...] = ()
    registered: ContractRef | None = None
    audited: tuple[Audited, ...] = ()
    window: timedelta | None = None
    observed: Observed | None = None
    running: tuple[Running, ...] = ()
    failed_run: FailedRun | None = None
    dynamic_keys: tuple[str, ...] = ()
    strays: tuple[StrayFile, ...] = ()
    waiting_for: tuple[AssetId, ...] = ()
    unreadable: str = ""
    unsafe: str = ""
    address: str = field(default="", compare=False)
