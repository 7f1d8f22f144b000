"""Makes one dataset, in a warehouse of its own each time: as it is, twice, and varied."""

from __future__ import annotations

import secrets
import signal
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.testing.rerun.child import ForkServer, Outcome
from platform_core.testing.rerun.laid_out import LaidOut
from platform_core.testing.rerun.task import Step, Task, clear, make, publish, read
from platform_core.testing.rerun.variations import AGAIN, Variation

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset

__all__ = ["Bench", "Contents", "Made", "unmade"]

Contents = Mapping[str | None, "pyarrow.Table"]
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Made:
    """What came of one way to make a dataset: what is published then, or why it could not be made.

    `before` is what was published of other partitions until its last partition was made.
    """

    after: Contents
    before: Contents
    problem: str = ""
    where: Where | None = None
    refused: str = ""


class Bench:
    """Where one dataset is made, below `folder`, by processes of the two `servers`."""

    def __init__(self, dataset: Dataset, laid: LaidOut, folder: Path, servers: Sequence[ForkServer]) -> None:
        self.dataset, self.laid, self.folder, self.servers = dataset, laid, folder, servers
        self._database = on_database(dataset)
        self._prefix = f"rerun_{secrets.token_hex(4)}_"

    def twice(self) -> tuple[Made, Made]:
        """Make every partition, then the first one a second time in the same warehouse."""
        first, *_ = self.laid.keys
        making = [make(key) for key in self.laid.keys]
        name = "twice"
        steps = [*self._published(AGAIN), *making, read(self._out(name, 0)), make(first), read(self._out(name, 1))]
        outcome = self._run(AGAIN, name, steps)
        reads = [_contents(answer) for answer in outcome.all("read")]
        once = self._made(outcome, reads[:1], {})
        others = {key: rows for key, rows in once.after.items() if key != first}
        return once, self._made(outcome, reads[1:], others)

    def varied(self, variation: Variation) -> Made:
        """Make every partition in another way, in a warehouse of its own."""
        name = f"varied-{id(variation)}"
        keys = list(reversed(self.laid.keys)) if variation.backwards else list(self.laid.keys)
        *others, last = keys
        begin = [*self._published(variation), *(make(key) for key in others), read(self._out(name, 0))]
        if not variation.killed:
            outcome = self._run(variation, name, [*begin, make(last), read(self._out(name, 1))])
            before, *after = [_contents(answer) for answer in outcome.all("read")] or [{}]
            return self._made(outcome, after, before)
        staged = self._run(variation, name, [*begin, make(last, "staged")])
        before = next((_contents(answer) for answer in staged.all("read")), {})
        commit = self._run(variation, name, [make(last, "commit")])
        for outcome in (staged, commit):
            if outcome.error is not None or (outcome.signal != signal.SIGKILL and not _refused(outcome)):
                return self._made(outcome, [], before)
        rest = [read(self._out(name, 1)), make(last), read(self._out(name, 2))]
        outcome = self._run(variation, name, rest)
        reads = [_contents(answer) for answer in outcome.all("read")]
        if reads and set(reads[0]) != set(before):
            return Made({}, before, "a run that was killed has published something")
        return self._made(outcome, reads[1:], before)

    def close(self) -> None:
        """Remove what was published to a database."""
        if self._database:
            root, name = str(self.dataset.root), self.dataset.asset.dataset
            folder, answers = str(self.folder / "clear"), str(self.folder / "clear.answers")
            task = Task(root, name, folder, str(self.laid.landing), answers, (clear(),), prefix=self._prefix)
            self.servers[0].run(task)

    def _published(self, variation: Variation) -> list[Step]:
        inputs = self.laid.shuffled if variation.shuffled else self.laid.inputs
        return [publish(asset, files) for asset, files in inputs.items()]

    def _out(self, name: str, number: int) -> str:
        return str(self.folder / f"{name}-read-{number}")

    def _run(self, variation: Variation, name: str, steps: Sequence[Step]) -> Outcome:
        task = Task(
            str(self.dataset.root),
            self.dataset.asset.dataset,
            str(self.folder / name),
            str(self.laid.landing_shuffled if variation.shuffled else self.laid.landing),
            str(self.folder / f"{name}.answers"),
            tuple(steps),
            variation.days * _SECONDS_A_DAY,
            variation.zone,
            f"{self._prefix}{zlib.crc32(name.encode()):08x}__" if self._database else "",
        )
        return self.servers[variation.seed].run(task)

    def _made(self, outcome: Outcome, reads: Sequence[Contents], before: Contents) -> Made:
        if (error := outcome.error) is not None:
            where = error.get("where")
            return Made({}, before, error["error"], Where(Path(where[0]), where[1]) if where else None)
        if not reads:
            return Made({}, before, f"its process was ended by signal {outcome.signal}")
        return Made(reads[-1], before, refused=_refused(outcome))


def _refused(outcome: Outcome) -> str:
    return next((str(answer["refused"]) for answer in outcome.all("made") if answer["refused"]), "")


def _contents(answer: Mapping[str, Any]) -> Contents:
    from pyarrow import parquet

    return {key: parquet.read_table(path, partitioning=None) for key, path in answer["read"]}


def on_database(dataset: Dataset) -> bool:
    """Whether it is made on a Postgres server: of a location on Postgres, where one is named for trying things out.

    Without one, DuckDB tries the dataset out in its place.
    """
    from platform_core.components.engine import engine_of
    from platform_core.resources.engine import POSTGRES
    from platform_core.resources.postgres_address import local_address

    return engine_of(dataset) == POSTGRES and local_address() is not None


def unmade(dataset: Dataset, made: Made) -> tuple[dict[str, Any], list[Finding]]:
    """Say that the dataset cannot be made of its samples at all. Of a derived one, the test `run` says so too."""
    if dataset.inputs:
        return {"rerun": "not shown", "skipped": "it cannot be made of its samples: see the test `run`"}, []
    text = f"it cannot be made of its sample: {made.problem}"
    where = made.where or dataset.declaration.where
    return {"rerun": "not shown"}, [Finding("rerun-unmade", "error", dataset.asset.dataset, text, "", "", where)]
