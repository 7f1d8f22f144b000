"""A workspace of the server profile as a platform team runs it: from the shell, each process with its own variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from postgres_server import ADMIN, Server
from running_processes import Processes, quiet_ports
from webserver_runs import run_status

from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError
from platform_core.workspace import find_workspace

__all__ = ["PASSWORD", "ServerProfile", "control"]

CONTROL = Path(sys.executable).with_name("platformctl")
PASSWORD = "DAGSTER_POSTGRES_PASSWORD"
_BASE = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def control(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run platformctl with these variables and nothing of the test's own but PATH and HOME."""
    command = [str(CONTROL), *map(str, arguments)]
    return subprocess.run(command, env={**_BASE, **variables}, capture_output=True, text=True, check=False, timeout=300)


class ServerProfile(Processes):
    """`secrets` are the values that a process manager would hand out."""

    def __init__(self, root: Path, server: Server, database: str) -> None:
        super().__init__(root)
        self.server = server
        self.home, self.landing = root / "ws", root / "landing"
        self.port = quiet_ports(8)
        self.secrets = {PASSWORD: server.password}
        url = f"postgresql://{ADMIN}@127.0.0.1:{server.port}/{database}"
        options = ("--profile", "server", "--storage", url, "--landing", self.landing, "--port", self.port)
        made = control("workspace", "init", self.home, *options)
        assert made.returncode == 0, made.stderr
        self.webserver = Webserver(f"http://127.0.0.1:{self.port}")
        self.folders: dict[str, Path] = {}

    def configure(self, **settings: Any) -> None:
        """Change platform.yaml, as the platform team does, and render."""
        import yaml

        file = self.home / "platform.yaml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **settings}))
        assert control("workspace", "render", "--workspace", self.home).returncode == 0

    def register(self, name: str, folder: Path, *options: object, port: int = 0) -> subprocess.CompletedProcess[str]:
        self.folders[name] = folder
        place = ("--host", "127.0.0.1", "--port", port or self.port + len(self.folders))
        return control("register", folder, "--workspace", self.home, *place, *options)

    def serve(self) -> None:
        """`workspace serve`, until it says that Dagster is open."""
        command = [str(CONTROL), "workspace", "serve", "--workspace", str(self.home)]
        self.spawn("serve", command, self.root, {**_BASE, **self.secrets})
        self.wait(lambda: "Dagster is at" in self.log("serve"), "workspace serve to be ready")

    def start(self, name: str, **secrets: str) -> None:
        """Start a code server by what `workspace commands` prints, with its own secrets alone, and wait for it."""
        told = control("workspace", "commands", name, "--workspace", self.home, "--format", "json")
        (one,) = json.loads(told.stdout)
        arguments = [sys.executable, *one["arguments"][1:]]
        given = {variable: {**self.secrets, **secrets}[variable] for variable in one["secrets"]}
        self.spawn(name, arguments, self.folders[name], {**_BASE, **one["environment"], **given})
        self.wait(lambda: self.loaded(name), f"{name} to be loaded")

    def loaded(self, name: str) -> bool:
        try:
            state = self.webserver.locations().get(name)
        except PlatformError:
            return False
        return state is not None and state.state == "loaded"

    def logs(self) -> Iterable[Path]:
        return [*super().logs(), *(self.home / ".dagster/logs").glob("*.log")]

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """Dagster's record, opened as any process of the deployment opens it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(PASSWORD, self.server.password)
            with dg.DagsterInstance.from_config(str(self.home)) as instance:
                yield instance

    def run_status(self, run: str) -> str:
        try:
            return run_status(self.webserver, run)
        except PlatformError as error:
            return str(error)

    def until_run(self, run: str, *statuses: str) -> str:
        self.wait(lambda: self.run_status(run) in statuses, f"run {run} to be {' or '.join(statuses)}")
        return self.run_status(run)

    @property
    def workspace(self) -> Any:
        return find_workspace(self.home)
