"""How each process of the `local` profile is started: code servers, webserver, daemon, the first touch of storage."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from platform_core.workspace.environment import workspace_environment
from platform_core.workspace.layout import Workspace
from platform_core.workspace.process import Command
from platform_core.workspace.registry import Registration

__all__ = ["code_server", "daemon", "prepare_instance", "webserver"]

HOST = "127.0.0.1"


def code_server(workspace: Workspace, one: Registration) -> Command:
    """Serve one location from its own environment. A location that does not load is served as its error."""
    root = Path(one.root)
    arguments = (
        *(one.python, "-m", "dagster", "api", "grpc"),
        *("--module-name", f"{one.package}.definitions", "--working-directory", str(root / "src")),
        *("--host", one.host, "--port", str(one.port), "--location-name", one.name),
        *("--lazy-load-user-code", "--use-python-environment-entry-point", "--log-format", "json"),
    )
    environment = _environment(workspace)
    environment["PATH"] = os.pathsep.join([str(Path(one.python).parent), environment.get("PATH", os.defpath)])
    return Command(one.name, arguments, root, environment, one.port, one.version)


def webserver(workspace: Workspace, port: int) -> Command:
    """Serve the web page and the GraphQL interface, on this machine only."""
    arguments = (
        *(sys.executable, "-m", "dagster_webserver", "--workspace", str(workspace.workspace_yaml), "--empty-workspace"),
        *("--host", HOST, "--port", str(port)),
    )
    return Command("webserver", arguments, workspace.root, _environment(workspace), port)


def daemon(workspace: Workspace, names: Iterable[str]) -> Command:
    """Run sensors, automation, the run queue, freshness and retries, for the locations `names`.

    A running daemon looks for new locations once a minute, and fails runs of one it does not know yet. So a set of
    locations has a daemon of its own.
    """
    arguments = (
        *(sys.executable, "-m", "dagster._daemon", "run"),
        *("--workspace", str(workspace.workspace_yaml), "--empty-workspace"),
    )
    version = ",".join(sorted(names))
    return Command("daemon", arguments, workspace.root, _environment(workspace), version=version)


def prepare_instance(workspace: Workspace) -> Command:
    """Make the instance's storage and settle what a killed deployment left; it ends by itself."""
    arguments = (sys.executable, "-m", "platform_core.adapters.instance_start")
    return Command("instance", arguments, workspace.root, _environment(workspace))


def _environment(workspace: Workspace) -> dict[str, str]:
    return {**workspace_environment(workspace), "DAGSTER_HOME": str(workspace.root)}
