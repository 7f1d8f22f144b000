"""A real PostgreSQL server for tests: its own data folder, its own port, gone when the tests are."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

ADMIN = "admin"


@dataclass
class Server:
    """A running server. `password` is that of its superuser `admin`."""

    folder: Path
    port: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, without user and password."""
        return f"postgresql://127.0.0.1:{self.port}/{database}"

    def connect(
        self, database: str = "postgres", user: str = ADMIN, password: str | None = None, **options: Any
    ) -> Any:
        import psycopg

        return psycopg.connect(
            self.url(database), user=user, password=self.password if password is None else password, **options
        )

    def run(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run SQL as superuser, each statement for itself, and return the rows of the last."""
        with self.connect(database, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # a test may kill the server, not the machine
            "max_connections": "200",
            "log_min_messages": "fatal",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [_command("postgres"), "-D", str(self.folder / "data"), *settings],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            **_as_other(),
        )
        ready = [_command("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text('utf-8', 'replace')[-2000:]}")

    def stop(self, kill: bool = False) -> None:
        """Stop the server: sessions are cut. With `kill` as in a crash, and the next start recovers."""
        if self.process is not None and self.process.poll() is None:
            # SIGQUIT ends it at once and leaves recovery to the next start; SIGINT cuts the sessions and shuts down.
            self.process.send_signal(signal.SIGQUIT if kill else signal.SIGINT)
            self.process.wait(PATIENCE)
        self.process = None


def installed() -> bool:
    """Whether this machine has the server's programs; scripts/postgres installs them."""
    return _found("postgres") is not None and _found("initdb") is not None


@contextmanager
def running_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(folder, _free_port(), secrets.token_hex(8))
    try:
        (folder / "password").write_text(server.password, "utf-8")
        if other := _as_other():
            for path in (folder, folder / "password"):
                shutil.chown(path, other["user"], other["group"])
        login = ("-U", ADMIN, "-A", "scram-sha-256", "--pwfile", str(folder / "password"))
        initdb = [
            _command("initdb"),
            "-D",
            str(folder / "data"),
            *login,
            "-E",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **other)
        server.start()
        yield server
    finally:
        server.stop(kill=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server for all tests of this process. A test that stops or breaks a server takes `own_postgres`."""
    _needed()
    with running_server() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A server of the test's own, to stop, kill and fill up."""
    _needed()
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: Server) -> Iterator[str]:
    """The name of a new, empty database on the shared server."""
    name = f"test_{secrets.token_hex(6)}"
    postgres.run(f'CREATE DATABASE "{name}"')
    yield name
    postgres.run(f'DROP DATABASE "{name}" WITH (FORCE)')


def _needed() -> None:
    if installed():
        return
    message = "PostgreSQL's server is not installed: run scripts/postgres."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _found(program: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    search = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    return shutil.which(program, path=search)


def _command(program: str) -> str:
    found = _found(program)
    assert found is not None, program
    return found


def _as_other() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: its own user then does."""
    return {"user": "postgres", "group": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
