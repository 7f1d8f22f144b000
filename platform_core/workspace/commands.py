"""How each process of a deployment is started: code servers, webserver, daemon, the first touch of storage."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from platform_core.adapters.storage import POOLS
from platform_core.workspace.environment import location_environment, workspace_environment
from platform_core.workspace.layout import Workspace
from platform_core.workspace.process import Command
from platform_core.workspace.registry import Registration

__all__ = ["HOST", "code_server", "daemon", "prepare_instance", "serve_arguments", "webserver"]

HOST = "127.0.0.1"
# Each of the three storages keeps one connection of the webserver open and adds some under load: Dagster's own 20
# would be 63, most of what a database allows.
_OVERFLOW = 5


def serve_arguments(one: Registration, python: str, source: str) -> tuple[str, ...]:
    """Return the command that serves a location: `python` is its interpreter, `source` its folder src.

    A location that does not load is served as its error.
    """
    return (
        *(python, "-m", "dagster", "api", "grpc"),
        *("--module-name", f"{one.package}.definitions", "--working-directory", source),
        *("--host", one.host, "--port", str(one.port), "--location-name", one.name),
        *("--lazy-load-user-code", "--use-python-environment-entry-point", "--log-format", "json"),
    )


def code_server(workspace: Workspace, one: Registration, others: Iterable[Registration] = ()) -> Command:
    """Serve one location from its own environment (`local` profile). `others` are those whose secrets it must not see.

    A location that does not load is served as its error.
    """
    root = Path(one.root)
    environment = {**location_environment(workspace, one, others), "DAGSTER_HOME": str(workspace.root)}
    environment["PATH"] = os.pathsep.join([str(Path(one.python).parent), environment.get("PATH", os.defpath)])
    arguments = serve_arguments(one, one.python, str(root / "src"))
    return Command(one.name, arguments, root, environment, one.port, one.version)


def webserver(workspace: Workspace, port: int) -> Command:
    """Serve the web page and the GraphQL interface: on this machine only, but where platform.yaml says otherwise."""
    server = workspace.settings.server
    arguments = (
        *(sys.executable, "-m", "dagster_webserver", "--workspace", str(workspace.workspace_yaml), "--empty-workspace"),
        *("--host", server.web_host if server else HOST, "--port", str(port)),
        *(("--db-pool-max-overflow", str(_OVERFLOW)) if server else ()),
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


def prepare_instance(workspace: Workspace, patience: float = 60) -> Command:
    """Make the instance's storage and set its pools; it ends by itself.

    On this machine it also settles what a killed deployment left. In the `server` profile it waits up to `patience`
    seconds for the database; runs there outlive the deployment, with their code servers.
    """
    arguments: tuple[str, ...] = (sys.executable, "-m", "platform_core.adapters.instance_start")
    if workspace.settings.server:
        arguments = (sys.executable, "-m", "platform_core.adapters.storage", str(patience))
    environment = {**_environment(workspace), POOLS: json.dumps(dict(workspace.settings.pools))}
    return Command("instance", arguments, workspace.root, environment)


def _environment(workspace: Workspace) -> dict[str, str]:
    return {**workspace_environment(workspace), "DAGSTER_HOME": str(workspace.root)}
