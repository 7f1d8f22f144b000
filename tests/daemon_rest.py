"""Whether a deployment has come to rest, by what its daemon did: no clock tells on a machine that is slow today."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.scheduler.instigation import TickStatus

__all__ = ["Sensor", "unrest"]

Sensor = tuple[str, str]  # location, name
_RUN = dg.DagsterRunStatus
_RUNS = [_RUN.NOT_STARTED, _RUN.QUEUED, _RUN.STARTING, _RUN.STARTED, _RUN.CANCELING]
_BACKFILL = BulkActionStatus
_BACKFILLS = [_BACKFILL.REQUESTED, _BACKFILL.CANCELING, _BACKFILL.FAILING]
# A file is taken by the second look that finds it as it is. An automation asks at the first, and may be told of what
# it asked for at the next. What reconcile asks for has waited for minutes: nothing that a test just moved.
_LOOKS = {"landing": 2, "automation": 2}


def unrest(instance: dg.DagsterInstance, sensors: Iterable[Sensor], since: float) -> str:
    """Return what keeps a deployment from being at rest, "" when nothing does.

    It is at rest when no run and no backfill is under way, and since then (and since the time `since`, when the test
    moved something last) every sensor has looked as often as it must to find whatever there is to do, in whole looks.
    """
    # Before the runs: what a look asked for is there when the look is over.
    looks = _whole_looks(instance, since)
    if runs := instance.get_run_records(dg.RunsFilter(statuses=_RUNS), limit=1):
        return f"run {runs[0].dagster_run.run_id} is {runs[0].dagster_run.status.value}"
    if backfills := instance.get_backfills(BulkActionsFilter(statuses=_BACKFILLS), limit=1):
        return f"backfill {backfills[0].backfill_id} is under way"
    last = instance.get_run_records(limit=1, order_by="update_timestamp")
    ended = [backfill.backfill_end_timestamp or 0.0 for backfill in instance.get_backfills(limit=10)]  # newest first
    moved = max([since, *(record.update_timestamp.timestamp() for record in last), *ended])
    for location, name in sensors:
        found = sum(start > moved for start in looks.get((location, name), ()))
        if found < _LOOKS.get(name, 0):
            return f"{name} of {location} has looked {found} times since something moved"
    return ""


def _whole_looks(instance: dg.DagsterInstance, since: float) -> dict[Sensor, list[float]]:
    """Return when each sensor began the looks that it ended."""
    found = {}
    for state in instance.all_instigator_state():
        done = [TickStatus.SUCCESS, TickStatus.SKIPPED]
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, after=since, statuses=done, limit=10)
        location = state.origin.repository_origin.code_location_origin.location_name
        found[location, state.instigator_name] = [tick.timestamp for tick in ticks]
    return found
