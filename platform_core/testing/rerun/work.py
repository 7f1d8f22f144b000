"""What a forked process does: the steps of one task, through the same door as a run, and dies on the way if told so."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError, Where
from platform_core.findings import FindingsError
from platform_core.names import AssetId
from platform_core.testing.rerun.clock import shift_clock
from platform_core.testing.rerun.task import Kill, Step, Task

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset
    from platform_core.resources.catalog import Catalog

__all__ = ["do"]

# By engine, the function that commits a publication.
_COMMITS = {
    "duckdb_delta": "platform_core.resources.warehouse.publish:commit",
    "postgres": "platform_core.resources.postgres.publish:commit",
}


def do(task: Task) -> None:
    """Do the steps of a task, and write an answer to each; stop at the first that goes wrong."""
    scratch = Path(task.folder) / "tmp"  # what a killed process leaves lies there
    scratch.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
    with Path(task.answers).open("a", encoding="utf-8") as answers:

        def answer(**told: Any) -> None:
            answers.write(json.dumps(told) + "\n")
            answers.flush()

        try:
            answer(clock=shift_clock(task.shift, task.zone))
            worker = _Worker(task)
            for step in task.steps:
                answer(**worker.do(step))
        except BaseException as error:
            answer(**_told(task, error))


def _told(task: Task, error: BaseException) -> dict[str, Any]:
    """Say what went wrong, and where in the team's code."""
    if isinstance(error, FindingsError):
        return {"error": " ".join(finding.message for finding in error.findings[:3])}
    if isinstance(error, PlatformError):
        return {"error": error.message, "where": _place(error.where)}
    from platform_core.testing.computed import own_line

    text = f"{type(error).__name__}: {error}"
    return {"error": text, "where": _place(own_line(Path(task.root), error)) if isinstance(error, Exception) else None}


def _place(where: Where | None) -> list[Any] | None:
    return [str(where.path), where.line] if where else None


class _Worker:
    def __init__(self, task: Task) -> None:
        from platform_core.components.loading import load_datasets
        from platform_core.locations import load_location
        from platform_core.resources.catalog import Catalog
        from platform_core.resources.engine import POSTGRES
        from platform_core.resources.postgres_address import local_address

        root = Path(task.root)
        loaded = load_datasets(root / "src" / load_location(root).name)
        self.dataset = next(one for one in loaded.datasets if one.asset.dataset == task.dataset)
        _without_rules(self.dataset)
        self.catalog: Catalog = Catalog.on(Path(task.folder) / "warehouse", Path(task.landing))
        self.prefix, self.made = task.prefix, 0
        if task.prefix and (address := local_address()) is not None:
            places = {**self.catalog.places, POSTGRES: replace(address, prefix=task.prefix)}
            self.catalog = replace(self.catalog, places=places, engine=POSTGRES)

    def do(self, step: Step) -> dict[str, Any]:
        if step.do == "publish":
            return self._publish(step)
        if step.do == "clear":
            return self._clear()
        return self._make(step) if step.do == "make" else self._read(step)

    def _publish(self, step: Step) -> dict[str, Any]:
        from pyarrow import parquet

        from platform_core.testing.inputs import publish_sample

        asset = AssetId.parse(step.asset)
        contract = _contract(self.dataset, asset, Path(self.dataset.root))
        parts = {key: parquet.read_table(path, partitioning=None) for key, path in step.files}
        publish_sample(self.catalog.table(asset), contract, parts)
        return {"published": step.asset}

    def _make(self, step: Step) -> dict[str, Any]:
        from platform_core.components.passage import pass_through

        self.made += 1
        with _dying(step.kill, self.catalog.table(self.dataset.asset).engine):
            verdict = pass_through(self.dataset, self.catalog, step.key, f"rerun-{os.getpid()}-{self.made}")
        refused = verdict.refusal.reason if verdict.refusal else ""
        return {"made": step.key, "refused": refused, "rows": verdict.publication.rows if verdict.publication else 0}

    def _read(self, step: Step) -> dict[str, Any]:
        """Write what is published to Parquet files, one a partition."""
        import duckdb

        from platform_core.resources.bridge import local
        from platform_core.resources.warehouse import declared_columns
        from platform_core.sql.quoting import text

        out = Path(step.out)
        out.mkdir(parents=True, exist_ok=True)
        snapshot = self.catalog.table(self.dataset.asset).snapshot()
        files: list[tuple[str | None, str]] = []
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for key in sorted(snapshot.partitions if snapshot else (), key=lambda key: key or ""):
                assert snapshot is not None  # noqa: S101 - for mypy: it has partitions
                path = out / f"{len(files)}.parquet"
                columns = declared_columns(self.dataset.contract)
                relation = local(snapshot.relation([key], columns), out / f"{len(files)}").bound(connection)
                rows = f"SELECT * FROM {relation.source().sql('duckdb')}"  # noqa: S608 - built by sqlglot
                connection.execute(f"COPY ({rows}) TO {text(str(path))} (FORMAT parquet)")
                files.append((key, str(path)))
        return {"read": files}

    def _clear(self) -> dict[str, Any]:
        """Remove what was published to the database: nothing of it is anybody's."""
        from psycopg import sql

        from platform_core.resources.postgres.connection import connect
        from platform_core.resources.postgres_address import local_address

        address = local_address()
        assert address is not None and self.prefix  # noqa: S101 - for mypy: whoever asks has both
        with connect(address) as connection:
            found = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"
            for (name,) in connection.execute(found, [self.prefix]).fetchall():
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
        return {"cleared": self.prefix}


def _without_rules(dataset: Dataset) -> None:
    """Whether made-up rows keep the contract's rules is asked elsewhere; here, that the same rows are published."""
    from platform_core.checks import door_checks

    dataset.__dict__.update(rules=(), checks=tuple(door_checks(dataset.contract)), references=())


def _contract(dataset: Dataset, asset: AssetId, root: Path) -> Any:
    from platform_core.testing.neighbours import Neighbours

    known = dataset.neighbours.get(asset)
    return known.contract if known else Neighbours(root).contract(asset)


@contextlib.contextmanager
def _dying(kill: Kill, engine: str) -> Iterator[None]:
    """Let this process be killed in the middle of what is done meanwhile."""
    if not kill:
        yield
        return
    if kill == "staged":
        _patch("platform_core.components.passage:Passage.judge", _then_die)
    else:
        _patch(_COMMITS[engine], lambda _: _die)
    yield


def _patch(name: str, wrap: Callable[[Any], Any]) -> None:
    from importlib import import_module

    home, _, rest = name.partition(":")
    *outer, last = rest.split(".")
    place: Any = import_module(home)
    for part in outer:
        place = getattr(place, part)
    setattr(place, last, wrap(getattr(place, last)))


def _then_die(real: Callable[..., Any]) -> Callable[..., Any]:
    def done(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        _die()

    return done


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
