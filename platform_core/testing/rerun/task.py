"""What a child process is told to do with one dataset, and what it answers: plain data, sent as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Kill", "Step", "Task", "clear", "make", "publish", "read"]

Kill = Literal["", "staged", "commit"]


@dataclass(frozen=True)
class Step:
    """`publish` the sample in `files` (by partition) as `asset`, `make` the partition `key`, or `read` all to `out`.

    `clear` takes the schemas out of the database again.
    `kill` ends the process by SIGKILL in the middle of making: with the rows staged, or just before the commit.
    """

    do: Literal["publish", "make", "read", "clear"]
    asset: str = ""
    files: tuple[tuple[str | None, str], ...] = ()
    key: str | None = None
    kill: Kill = ""
    out: str = ""


@dataclass(frozen=True)
class Task:
    """Steps with one dataset of the location at `root`, in the warehouse below `folder`.

    `shift` moves the clock, in seconds; `zone` is the time zone. `landing` holds the deliveries. `answers` is the file
    to which one line of JSON is written after each step. `prefix` stands before the schemas of the database that
    PLATFORM_POSTGRES_URL names; without it, everything lies in the folder.
    """

    root: str
    dataset: str
    folder: str
    landing: str
    answers: str
    steps: tuple[Step, ...]
    shift: float = 0.0
    zone: str = "Etc/GMT+12"
    prefix: str = ""

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Task:
        """Read what `as_data` gave, from JSON or not."""
        steps = tuple(
            Step(**{**step, "files": tuple((key, path) for key, path in step["files"])}) for step in data["steps"]
        )
        return cls(**{**data, "steps": steps})


def clear() -> Step:
    return Step("clear")


def publish(asset: str, files: Mapping[str | None, str]) -> Step:
    return Step("publish", asset=asset, files=tuple(files.items()))


def make(key: str | None, kill: Kill = "") -> Step:
    return Step("make", key=key, kill=kill)


def read(out: str) -> Step:
    return Step("read", out=out)
