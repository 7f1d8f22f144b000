"""What a team declares about one dataset, whichever way it is written: file, SQL, Python or dbt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from platform_core.components.cutting import MissingPartitions
from platform_core.components.dbt.project import DbtModel, Project
from platform_core.components.files.spec import FileSpec
from platform_core.components.partitions import Partitions
from platform_core.components.python_dataset import Function
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId

__all__ = ["Copy", "Declaration", "Declared", "Kind", "Query", "problem"]

Kind = Literal["file", "sql", "python", "dbt", "copy"]


@dataclass(frozen=True)
class Query:
    """The text of one SELECT, the file it stands in, and the engine whose dialect it is written in."""

    text: str
    path: Path
    engine: str = DUCKDB_DELTA


@dataclass(frozen=True)
class Copy:
    """A copy of another team's dataset, as far as the contract of the copy promises it."""

    of: AssetId


@dataclass(frozen=True)
class Declaration:
    """One dataset as declared.

    `inputs` are the datasets it reads, by the name they have in the query or among the arguments; `places` says where
    each was written. `fingerprint` changes when the code that makes the rows does. `cron` is empty for all but
    sources with a clock. `unsafe` says why the dataset may not be computed again; empty when it may.
    `pool` is the shared system whose places its runs take; empty for none.
    `missing_partitions` says whether a partition waits until all partitions of its inputs that belong to it are
    published, or skips those that are not. `partitions_per_run` is how many a backfill puts into one run; 0: all.
    """

    dataset: str
    kind: Kind
    where: Where
    recipe: FileSpec | Query | Function | DbtModel | Copy
    partitions: Partitions | None = None
    inputs: Mapping[str, AssetId] = field(default_factory=dict)
    places: Mapping[str, Where] = field(default_factory=dict)
    fingerprint: str = ""
    kinds: tuple[str, ...] = ()
    cron: str = ""
    unsafe: str = ""
    pool: str = ""
    missing_partitions: MissingPartitions = "wait"
    partitions_per_run: int = 0

    def place(self, name: str) -> Where:
        return self.places.get(name, self.where)


@dataclass(frozen=True)
class Declared:
    """What reading a `defs/` folder found: datasets, folders that are Dagster's own, and everything wrong.

    The published models of `projects` are among the declarations. `whole` is false when a dbt project could not be
    read: nobody knows which datasets it has.
    """

    declarations: tuple[Declaration, ...] = ()
    foreign: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()
    projects: tuple[Project, ...] = ()
    whole: bool = True


def problem(id: str, subject: str, message: str, fix: str, where: Where | None) -> Finding:
    """Return a finding of level error about a declaration."""
    return Finding(id, "error", subject, message, fix=fix, where=where)
