"""A location that fits together, ready to be made into definitions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platform_core.components.dataset import Dataset
from platform_core.components.dbt.project import Project
from platform_core.locations import Location

__all__ = ["LoadedLocation"]


@dataclass(frozen=True)
class LoadedLocation:
    """What a location declares. `foreign` are the parts of `defs/` that Dagster's own loader must read.

    `projects` are its dbt projects, whose published models are among the datasets.
    """

    location: Location
    root: Path
    datasets: tuple[Dataset, ...]
    foreign: tuple[Path, ...]
    projects: tuple[Project, ...] = ()
