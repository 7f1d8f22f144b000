"""dagster.yaml: how the shared deployment queues, retries and keeps things. Each setting has a measured reason."""

from __future__ import annotations

from typing import Any

from platform_core.workspace.layout import Workspace

__all__ = ["instance_config"]


def instance_config(workspace: Workspace) -> dict[str, Any]:
    """Return the Dagster instance configuration of a workspace (the `local` profile: SQLite, this machine)."""
    settings, state = workspace.settings, workspace.state
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "storage": {"sqlite": {"base_dir": str(state / "storage")}},
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",  # as Dagster's manual writes it; it has no public name
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(state)},
        },
        "compute_logs": {
            "module": "dagster._core.storage.local_compute_log_manager",
            "class": "LocalComputeLogManager",
            "config": {"base_dir": str(state / "compute")},
        },
        "run_queue": {
            "max_concurrent_runs": settings.max_runs,
            # No team can fill all slots: every run carries the location it belongs to.
            "tag_concurrency_limits": [
                {
                    "key": "dagster/code_location",
                    "value": {"applyLimitPerUniqueValue": True},
                    "limit": settings.max_runs_per_location,
                }
            ],
            # Without threads runs start one after the other, whatever max_concurrent_runs says.
            "dequeue_use_threads": True,
            "dequeue_num_workers": settings.max_runs,
            "dequeue_interval_seconds": 1,
            # A code server that is restarting is no reason to fail a run.
            "max_user_code_failure_retries": 3,
            "user_code_failure_retry_delay": 5,
        },
        # A refusal is final for its input; only a run that crashed is tried again.
        "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
        "run_monitoring": {"enabled": True, "start_timeout_seconds": 180, "poll_interval_seconds": 10},
        "auto_materialize": {"use_threads": True, "num_workers": 4},
        "sensors": {"use_threads": True, "num_workers": 4},
        "schedules": {"use_threads": True, "num_workers": 4},
        "backfills": {"use_threads": True, "num_workers": 2},
        "freshness": {"enabled": True},
        "code_servers": {"local_startup_timeout": 180, "reload_timeout": 180},
        "retention": {
            "sensor": {"purge_after_days": {"skipped": 1, "success": 30}},
            "auto_materialize": {"purge_after_days": {"skipped": 1, "success": 30}},
        },
    }
