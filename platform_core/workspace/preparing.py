"""Make Dagster's storage ready before any process of a deployment uses it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable

from platform_core.adapters.storage import ERROR
from platform_core.errors import PlatformError
from platform_core.workspace import commands
from platform_core.workspace.layout import Workspace
from platform_core.workspace.running import running_deployment

__all__ = ["need_password", "prepare_storage"]

_SLACK = 60.0  # seconds to end, once nothing more is said


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
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            command.arguments,
            cwd=command.cwd,
            env=dict(command.environment),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            for line in process.stdout or ():
                say(line.rstrip())
            process.wait(_SLACK)
        except BaseException:
            process.kill()
            raise
        errors.seek(0)
        if process.returncode:
            raise _problem(errors.read())


def _problem(text: str) -> PlatformError:
    """What the process said last; before it there may be Dagster's own warnings."""
    *_, said = text.strip().rpartition(f"{ERROR} ")
    first, *more = said.splitlines() or ["Dagster's storage cannot be opened."]
    return PlatformError(first, hint=" ".join(line.strip() for line in more))
