"""Dagster's own launcher of runs, which also notices when a run's process is gone.

Dagster starts a run as a child of its code server, and only that server notices when the child dies. When the server
dies too (a machine, a container, an out-of-memory kill) nobody does: the run counts as going for ever, keeps its place
in the queue, and its assets are not asked for again. Run monitoring asks a launcher for a run's health where the
launcher can say; Dagster's cannot. This one asks the code server that started the run.

A run does not outlive its code server (`platform_core.components.lifeline`), so a server that answers and does not
know the run has lost it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from dagster import DefaultRunLauncher

if TYPE_CHECKING:
    from dagster import DagsterRun
    from dagster._core.launcher.base import CheckRunHealthResult

__all__ = ["PATIENCE", "LocationRunLauncher"]

PATIENCE = 60.0  # seconds a code server may be out of reach before its runs count as lost
_TAG = ".dagster/grpc_info"  # where Dagster writes which server a run was started on


class LocationRunLauncher(DefaultRunLauncher):
    """Runs in the code servers; named as `run_launcher` in the rendered dagster.yaml."""

    def __init__(self, inst_data: Any = None) -> None:
        super().__init__(inst_data)
        self._silent_since: dict[tuple[str, int], float] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Say whether the run's process is there: RUNNING, or FAILED with the reason."""
        from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

        reason = self._lost(run)
        return CheckRunHealthResult(WorkerStatus.FAILED if reason else WorkerStatus.RUNNING, reason or None)

    def _lost(self, run: DagsterRun) -> str:
        from platform_core.adapters.code_server import current_runs

        server = json.loads(run.tags.get(_TAG) or "{}")
        if not server.get("port"):
            return ""
        place = (str(server["host"]), int(server["port"]))
        runs = current_runs(*place)
        if runs is None:
            since = self._silent_since.setdefault(place, time.monotonic())
            silent = time.monotonic() - since
            return f"its code server {place[0]}:{place[1]} is out of reach" if silent > PATIENCE else ""
        self._silent_since.pop(place, None)
        return "" if run.run_id in runs else f"the code server {place[0]}:{place[1]} was started anew and lost it"
