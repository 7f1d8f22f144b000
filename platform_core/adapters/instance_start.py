"""Open the Dagster instance of DAGSTER_HOME, alone and first: `python -m platform_core.adapters.instance_start`.

Two processes that make the SQLite storage at once collide. And a run that was going when a deployment was killed would
count as going for ever, hold its slot in the queue and keep its assets from being asked for again.
"""

from __future__ import annotations

import json
import os

__all__ = ["settle_runs"]


def settle_runs() -> int:
    """Make the storage; mark runs as failed that no process works on any more; return how many there were.

    Call it only while no deployment runs on this instance. With run retries on, Dagster then starts them again.
    """
    import dagster as dg

    going = [
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=going))
        for run in runs:
            instance.report_run_failed(run, "The deployment was stopped while this run was going.")
        return len(runs)


def _main() -> None:
    import dagster as dg

    from platform_core.adapters.storage import POOLS, set_pools

    settle_runs()
    with dg.DagsterInstance.get() as instance:
        set_pools(instance, json.loads(os.environ.get(POOLS, "{}")))


if __name__ == "__main__":
    _main()
