"""Runs inside dbt: the plugin of dbt-duckdb that opens this run's private database, and shuts the door behind it.

The profile that dbt is given is the same for every run, for dbt parses the whole project again when it changes; what
differs, the path of the private database and the files that may be read, comes by the environment.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from platform_core.components.dbt.locking import CONFIGURATION, lock
from platform_core.components.dbt.profile import DATABASE_FILE, READABLE, SPILL

__all__ = ["Plugin"]


class Plugin(BasePlugin):
    """Opens the private database instead of the profile's, and locks the connection that all of dbt's threads share."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        config.update(CONFIGURATION, temp_directory=os.environ.get(SPILL, ""))
        # Without one, to parse a project, the profile's empty database in memory does.
        creds.path = os.environ.get(DATABASE_FILE, creds.path)

    def configure_connection(self, conn: Any) -> None:
        readable = os.environ.get(READABLE)
        lock(conn, json.loads(Path(readable).read_text("utf-8")) if readable else [])
