"""What a team declares about partitions beside how they are cut: which are waited for, and how many one run takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from platform_core.components.partitions import Partitions
from platform_core.errors import PlatformError
from platform_core.names import AssetId

__all__ = ["MISSING_PARTITIONS", "PARTITIONS_PER_RUN", "MissingPartitions", "cutting_problems"]

MissingPartitions = Literal["wait", "skip"]
MISSING_PARTITIONS: Any = Field(
    default="wait",
    description="wait: a partition is made when all partitions of its inputs that belong to it are published, a month "
    "when all its days are. skip: when one is, and again with each further one.",
)
PARTITIONS_PER_RUN: Any = Field(
    default=0,
    description="How many partitions of a backfill go into one run, at most; 0: all. Each run is a process of its own.",
)


def cutting_problems(
    partitions: Partitions | None, missing: str = "wait", per_run: object = 0, own_files: bool = False
) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong: the key, the message, and what to write. `own_files`: its file names may make the keys."""
    if partitions is not None and partitions.type == "dynamic" and bool(partitions.name) == own_files:
        if own_files:
            yield "partitions", "the keys are those in its own file names: name is not needed.", "Take name out."
        else:
            fix = "Add name: <location>/<dataset>, the file dataset whose file names make the keys."
            yield "partitions", "dynamic partitions need a name here.", fix
    elif partitions is not None and partitions.name:
        try:
            AssetId.parse(partitions.name, "here")
        except PlatformError as error:
            yield "partitions", f"name: {error.message}", "Write <location>/<dataset>, as in shop/scans."
    if missing not in ("wait", "skip"):
        yield "missing_partitions", f"missing_partitions is wait or skip, not '{missing}'.", "Leave it out to wait."
    elif missing == "skip" and partitions is None:
        message = "without partitions the dataset reads whatever is published."
        yield "missing_partitions", message, "Take missing_partitions out."
    if type(per_run) is not int or per_run < 0:
        yield "partitions_per_run", "partitions_per_run is a number of partitions.", "As in partitions_per_run: 30."
    elif per_run and partitions is None:
        yield "partitions_per_run", "the dataset has no partitions.", "Take partitions_per_run out."
