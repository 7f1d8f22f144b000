"""dagster.yaml: how the shared deployment queues, retries and keeps things. Each setting has a measured reason."""

from __future__ import annotations

from typing import Any

from platform_core.workspace.layout import Workspace
from platform_core.workspace.server_settings import Server

__all__ = ["instance_config"]


def instance_config(workspace: Workspace) -> dict[str, Any]:
    """Return the Dagster instance configuration of a workspace.

    The `local` profile keeps its record in SQLite, the `server` profile in Postgres; no password stands in it.
    """
    settings, state = workspace.settings, workspace.state
    server = settings.server
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "storage": _postgres(server) if server else {"sqlite": {"base_dir": str(state / "storage")}},
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
        "concurrency": {
            "runs": {
                "max_concurrent_runs": settings.max_runs,
                # No team can fill all slots: every run carries the location it belongs to.
                "tag_concurrency_limits": [
                    {
                        "key": "dagster/code_location",
                        "value": {"applyLimitPerUniqueValue": True},
                        "limit": settings.max_runs_per_location,
                    }
                ],
            },
            # A run waits for its pools in the queue. By `op` it would start first and wait inside, in a place that
            # others could use; and a crash would leave the pool's slot taken.
            "pools": {"granularity": "run"},
        },
        "run_queue": {
            # Without threads runs start one after the other, whatever max_concurrent_runs says.
            "dequeue_use_threads": True,
            "dequeue_num_workers": settings.max_runs,
            "dequeue_interval_seconds": 1,
            # A code server that is away is no reason to fail a run: restarting here, being deployed there (half an
            # hour). Meanwhile the queue passes over the runs of that location alone.
            "max_user_code_failure_retries": 120 if server else 3,
            "user_code_failure_retry_delay": 15 if server else 5,
        },
        # Notices a run whose process and code server are both gone; Dagster's own launcher cannot.
        "run_launcher": {
            "module": "platform_core.adapters.run_launcher",
            "class": "LocationRunLauncher",
            "config": {},
        },
        # A refusal is final for its input; only a run that crashed is tried again, from its beginning.
        "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
        "run_monitoring": {"enabled": True, "start_timeout_seconds": 180, "poll_interval_seconds": 10},
        "auto_materialize": {"use_threads": True, "num_workers": 4},
        "sensors": {"use_threads": True, "num_workers": 4},
        "schedules": {"use_threads": True, "num_workers": 4},
        "backfills": {"use_threads": True, "num_workers": 2},
        "freshness": {"enabled": True},
        "code_servers": {"local_startup_timeout": 180, "reload_timeout": 180},
        "retention": {
            "schedule": {"purge_after_days": {"skipped": 1, "success": 30}},
            "sensor": {"purge_after_days": {"skipped": 1, "success": 30}},
            "auto_materialize": {"purge_after_days": {"skipped": 1, "success": 30}},
        },
    }


def _postgres(server: Server) -> dict[str, Any]:
    config = server.storage_config()
    options = {
        # A host that vanished without a word is noticed in a minute, not when the system gives the connection up.
        **{"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"},
        "application_name": "dagster",
        **config.pop("options"),
    }
    address = {
        **config,
        "password": {"env": server.password_env},
        "params": options,
        # Named, because SQLAlchemy 2.1 takes a bare postgresql:// for a driver that Dagster does not install.
        "scheme": "postgresql+psycopg2",
    }
    # Dagster's own, but that it waits for a database that is away. It makes no tables: `workspace prepare` does, alone.
    return {
        "custom": {
            "module": "platform_core.adapters.patient_storage",
            "class": "PatientPostgresStorage",
            "config": {"postgres_db": address},
        }
    }
