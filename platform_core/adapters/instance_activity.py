"""What a Dagster instance is busy with. Backfill filters are not public in Dagster: they are touched here alone."""

from __future__ import annotations

from datetime import datetime

import dagster as dg
from dagster import AssetRecordsFilter, DagsterRunStatus, RunsFilter

__all__ = ["busy_assets", "latest_materialization", "run_since", "unfinished_run"]

_UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def busy_assets(instance: dg.DagsterInstance) -> set[dg.AssetKey]:
    """Return the assets that an unfinished run, or a backfill still under way, will publish."""
    from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus

    busy: set[dg.AssetKey] = set()
    for run in instance.get_runs(RunsFilter(statuses=_UNFINISHED)):
        busy |= set(run.asset_selection or ())
    for backfill in instance.get_backfills(BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED])):
        busy |= set(backfill.asset_selection or ())
    return busy


def unfinished_run(instance: dg.DagsterInstance, tag: str, value: str) -> bool:
    """Say whether a run with this tag has not ended."""
    return bool(instance.get_runs(RunsFilter(tags={tag: value}, statuses=_UNFINISHED), limit=1))


def run_since(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None, since: datetime) -> bool:
    """Say whether a run of this asset (of this partition, or of several) was under way at `since` or later."""
    for run in instance.get_runs(RunsFilter(updated_after=since)):
        if key in (run.asset_selection or ()) and run.tags.get("dagster/partition", partition) == partition:
            return True
    return False


def latest_materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None
) -> dg.AssetMaterialization | None:
    """Return the newest materialization of an asset, or of one of its partitions."""
    filter_ = AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition is not None else None)
    records = instance.fetch_materializations(filter_, limit=1).records
    return records[0].asset_materialization if records else None
