"""Make Dagster's storage ready before any process of a deployment uses it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from platform_core.errors import PlatformError
from platform_core.workspace import commands
from platform_core.workspace.layout import Workspace
from platform_core.workspace.running import running_deployment

__all__ = ["need_password", "prepare_storage"]

_SLACK = 120.0  # seconds for the work itself, beyond the waiting


def need_password(workspace: Workspace) -> None:
    """Raise PlatformError when the variable that holds the password of Dagster's storage is not set."""
    server = workspace.settings.server
    if server and server.password_env not in os.environ:
        message = f"the variable {server.password_env} is not set: it holds the password of the {server.database}."
        hint = "Export it, as the process manager that starts this does; it stands in no file."
        raise PlatformError(message, hint=hint)


def prepare_storage(workspace: Workspace, patience: float, say: Callable[[str], None]) -> None:
    """Make the tables and set the pools; wait up to `patience` seconds for a database.

    Any number of these may run at once. Raises PlatformError with what stands against it; never a password.
    """
    need_password(workspace)
    if workspace.settings.server is None and running_deployment(workspace):
        raise PlatformError(
            "the deployment that runs has done it.", hint="Here `workspace serve` prepares the storage."
        )
    command = commands.prepare_instance(workspace, patience)
    workspace.state.mkdir(exist_ok=True)
    process = subprocess.Popen(
        command.arguments,
        cwd=command.cwd,
        env=dict(command.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout  # noqa: S101 - asked for above
        for line in process.stdout:
            say(line.rstrip())
        _, errors = process.communicate(timeout=patience + _SLACK)
    except BaseException:
        process.kill()
        raise
    if process.returncode:
        first, *more = errors.strip().splitlines() or ["Dagster's storage cannot be opened."]
        raise PlatformError(first, hint=" ".join(line.strip() for line in more))
