"""What Dagster's instance knows of datasets: runs, and what the freshness daemon last said. Read in batches.

Everything taken from Dagster beyond its public API stands in this module; a contract test holds it to the installed
version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platform_core.answers.facts import FailedRun, Observed, Running
from platform_core.errors import PlatformError, Where
from platform_core.names import AssetId

__all__ = ["failed_runs", "freshness_states", "open_instance", "readable", "runs_in_progress"]

_RENDER = "Make it again: platformctl workspace render"
MAX_RUNS = 1000  # of those in progress: more are at work for something else than an answer about one dataset
_PARTITION = "dagster/partition"


@contextmanager
def open_instance(home: Path) -> Iterator[Any | None]:
    """Open the Dagster instance whose DAGSTER_HOME is `home`; None when it was never started.

    Nothing is created: two processes that first touch a fresh SQLite storage at once can break each other.
    Raises PlatformError when its configuration, or its storage, cannot be read.
    """
    if not (home / "dagster.yaml").is_file() or not _was_started(home):
        yield None
        return
    import dagster as dg

    with _hurried(home):
        with readable(Where(home / "dagster.yaml")):
            instance = dg.DagsterInstance.from_config(str(home))
        try:
            yield instance
        finally:
            instance.dispose()


def _hurried(home: Path) -> AbstractContextManager[None]:
    """Nobody who typed a command waits for minutes until the database comes back."""
    if "patient_storage" not in (home / "dagster.yaml").read_text("utf-8"):
        return nullcontext()  # and no driver of a database is imported
    from platform_core.adapters.patient_storage import hurried

    return hurried()


@contextmanager
def readable(where: Where | None = None) -> Iterator[None]:
    """Turn what Dagster and its storage raise when they cannot be reached into a PlatformError."""
    import dagster as dg
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (dg.DagsterError, SQLAlchemyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise PlatformError(f"Dagster's record cannot be read: {reason}", where) from error


def _was_started(home: Path) -> bool:
    """Only the SQLite storage is made by whoever comes first; any other is there or is an error."""
    import yaml

    try:
        storage = (yaml.safe_load((home / "dagster.yaml").read_text("utf-8")) or {}).get("storage") or {}
    except (yaml.YAMLError, AttributeError) as error:
        raise PlatformError("is no configuration of Dagster.", Where(home / "dagster.yaml"), _RENDER) from error
    if "sqlite" not in storage:
        return True
    folder = storage["sqlite"].get("base_dir")
    return bool(isinstance(folder, str) and (home / folder).is_dir())


def freshness_states(instance: Any, assets: Sequence[AssetId]) -> dict[AssetId, Observed]:
    """Return what the freshness daemon last recorded for each asset; nothing for those it never looked at.

    `get_freshness_state_records` has no mark of being public; the contract test of this module fails when it changes.
    """
    records = instance.get_freshness_state_records(_keys(assets))
    return {
        AssetId(*key.path): Observed(record.freshness_state.value, record.updated_at.astimezone(timezone.utc))
        for key, record in records.items()
    }


def runs_in_progress(instance: Any, assets: Sequence[AssetId]) -> dict[AssetId, tuple[Running, ...]]:
    """Return the runs that are queued or at work for each asset."""
    import dagster as dg

    statuses = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    records = instance.get_run_records(dg.RunsFilter(statuses=statuses), limit=MAX_RUNS)
    wanted, found = set(assets), dict[AssetId, tuple[Running, ...]]()
    for record in records:
        run = record.dagster_run
        partition = run.tags.get(_PARTITION)
        for asset in _selected(run, wanted):
            found[asset] = (*found.get(asset, ()), Running(run.run_id, (partition,) if partition else ()))
    return found


def failed_runs(instance: Any, assets: Sequence[AssetId]) -> dict[AssetId, FailedRun]:
    """Return, for each asset whose newest run ended without success, that run."""
    import dagster as dg

    last = {
        AssetId(*record.asset_entry.asset_key.path): record.asset_entry.last_run_id
        for record in instance.get_asset_records(_keys(assets))
        if record.asset_entry.last_run_id
    }
    if not last:
        return {}
    failed = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    records = instance.get_run_records(dg.RunsFilter(run_ids=sorted(set(last.values())), statuses=failed))
    runs = {record.dagster_run.run_id: _failed(record) for record in records}
    return {asset: runs[run_id] for asset, run_id in last.items() if run_id in runs}


def _failed(record: Any) -> FailedRun:
    ended = record.end_time or record.update_timestamp.timestamp()
    run = record.dagster_run
    return FailedRun(run.run_id, datetime.fromtimestamp(ended, tz=timezone.utc), run.tags.get(_PARTITION))


def _selected(run: Any, wanted: set[AssetId]) -> Iterable[AssetId]:
    paths: Iterable[Sequence[str]] = (key.path for key in run.asset_selection or ())
    keys: Mapping[tuple[str, ...], AssetId] = {tuple(asset.path): asset for asset in wanted}
    return [keys[tuple(path)] for path in paths if tuple(path) in keys]


def _keys(assets: Sequence[AssetId]) -> list[Any]:
    import dagster as dg

    return [dg.AssetKey(asset.path) for asset in assets]
