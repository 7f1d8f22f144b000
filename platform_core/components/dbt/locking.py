"""What a connection to a private database may reach: the files it is given by name, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from platform_core.sql.quoting import text

__all__ = ["CONFIGURATION", "lock"]

CONFIGURATION: Mapping[str, Any] = {
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


def lock(connection: Any, files: Iterable[str], folders: Iterable[str] = ()) -> None:
    """Shut the database of `connection`: from here on no file beside these, no network, no change of settings.

    `files` one by one where that is possible: a folder would open unpublished files too, and let them be written.
    """
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # the same rows wherever it runs
    connection.execute(f"SET allowed_paths = [{', '.join(map(text, files))}]")
    if listed := ", ".join(map(text, folders)):
        connection.execute(f"SET allowed_directories = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
