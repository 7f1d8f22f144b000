"""What the `server` profile adds to platform.yaml: Dagster's database, who may serve code, pools of shared systems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from platform_core.findings import Finding
from platform_core.names import POOL, VARIABLE
from platform_core.resources.postgres_address import PASSWORD as WAREHOUSE_PASSWORD
from platform_core.resources.postgres_address import url_problem

__all__ = ["KEYS", "PASSWORD", "Server", "check_pools", "check_server", "server_data", "server_of"]

KEYS = {"dagster_storage", "code_servers", "pools"}
PASSWORD = "DAGSTER_POSTGRES_PASSWORD"  # noqa: S105 - the name of a variable
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*\Z")
_WEB_HOSTS = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - behind a proxy that knows people
_STORAGE = "dagster_storage: {url: postgresql://dagster@host:5432/dagster}"
MAX_POOL = 1000  # Dagster's own bound

Problem = Callable[..., Finding]  # (message, fix, *keys)


@dataclass(frozen=True)
class Server:
    """Where Dagster keeps its record, and which hosts may serve code.

    `url` names host, database and user of Dagster's storage and never a password: that is in the environment variable
    `password_env`. `hosts` are names or addresses; `*.example.org` stands for every host of that domain. `web_host` is
    the address the web page listens on.
    """

    url: str
    password_env: str = PASSWORD
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    web_host: str = "127.0.0.1"

    def allows(self, host: str) -> bool:
        """Say whether a code server on `host` may be asked."""
        # More than a name would be an address to gRPC: dns://6.6.6.6/x.example.org asks a name server of its choice.
        if not _HOST.match(host) or host.startswith("*"):
            return False
        host = host.lower()
        return any(
            host == known.lower() or (known.startswith("*.") and host.endswith(known[1:].lower()))
            for known in self.hosts
        )

    @property
    def database(self) -> str:
        """Host, port and database, to be shown to people."""
        found = self.storage_config()
        return f"database {found['db_name']} on {found['hostname']}:{found['port']}"

    def storage_config(self) -> dict[str, Any]:
        """Return the storage in the words of dagster.yaml; user and password apart."""
        parts = urlsplit(self.url)
        return {
            "hostname": parts.hostname or "localhost",
            "port": parts.port or 5432,
            "db_name": unquote(parts.path.strip("/")),
            "username": unquote(parts.username or ""),
            "options": dict(parse_qsl(parts.query)),
        }


def server_data(url: str, hosts: tuple[str, ...]) -> dict[str, Any]:
    """Return what a new platform.yaml says of the `server` profile."""
    return {
        "dagster_storage": {"url": url, "password_env": PASSWORD},
        "code_servers": {"hosts": list(hosts or Server.hosts)},
        "pools": {},
    }


def server_of(data: Mapping[str, Any]) -> Server:
    """Read what `check_server` found in order."""
    storage = data["dagster_storage"]
    return Server(
        url=storage["url"],
        password_env=storage.get("password_env", PASSWORD),
        hosts=tuple((data.get("code_servers") or {}).get("hosts") or Server.hosts),
        web_host=(data.get("webserver") or {}).get("host", Server.web_host),
    )


def check_server(data: Mapping[str, Any], problem: Problem) -> Iterator[Finding]:
    """Yield everything wrong with what only the `server` profile has."""
    storage = data.get("dagster_storage")
    if not isinstance(storage, dict):
        yield problem("dagster_storage is needed: where does Dagster keep its record?", f"Write {_STORAGE}.", "profile")
    else:
        yield from _check_storage(storage, problem)
    servers = data.get("code_servers") or {}
    hosts = servers.get("hosts", []) if isinstance(servers, dict) else None
    if not isinstance(hosts, list) or (isinstance(servers, dict) and set(servers) - {"hosts"}):
        yield problem(
            "code_servers holds the hosts that may serve code.", "Write {hosts: [localhost]}.", "code_servers"
        )
    for number, host in enumerate(hosts if isinstance(hosts, list) else []):
        if not isinstance(host, str) or not _HOST.match(host):
            fix = "Write a host name, an address, or *.domain; no port."
            yield problem(f"code_servers.hosts: {host!r} is no host.", fix, "code_servers", "hosts", number)
    host = (
        (data.get("webserver") or {}).get("host", _WEB_HOSTS[0])
        if isinstance(data.get("webserver") or {}, dict)
        else ""
    )
    if host not in _WEB_HOSTS:
        fix = f"Write one of: {', '.join(_WEB_HOSTS)} (every address of this machine)."
        yield problem("webserver.host is where the web page listens.", fix, "webserver", "host")
    runs: Any = data.get("runs")
    most, each = (runs.get("max"), runs.get("max_per_location")) if isinstance(runs, dict) else (None, None)
    if type(most) is int and type(each) is int and each >= most > 1:
        fix = f"Write max_per_location: {most - 1} or less."
        yield problem("one location could take all runs.", fix, "runs", "max_per_location")


def _check_storage(storage: Mapping[str, Any], problem: Problem) -> Iterator[Finding]:
    for key in sorted(set(storage) - {"url", "password_env"}, key=str):
        yield problem(f"unknown key 'dagster_storage.{key}'.", "Known: url, password_env.", "dagster_storage", key)
    url, variable = storage.get("url"), storage.get("password_env", PASSWORD)
    if not isinstance(variable, str) or not VARIABLE.match(variable):
        # What stands there is not repeated: it may be the password.
        fix = f"Write the name of an environment variable, as in {PASSWORD}."
        yield problem("dagster_storage.password_env names no variable.", fix, "dagster_storage", "password_env")
    if found := url_problem(url):
        fix = found[1].replace(WAREHOUSE_PASSWORD, PASSWORD)
        yield problem(f"dagster_storage.url: {found[0]}", fix, "dagster_storage", "url")
        return
    try:
        parts = urlsplit(str(url))
        missing = not parts.username or not parts.hostname or parts.port == 0
    except ValueError:
        missing = True
    if missing:
        fix = "Write postgresql://user@host:5432/database."
        yield problem("dagster_storage.url must name a user and a host.", fix, "dagster_storage", "url")


def check_pools(data: Mapping[str, Any], problem: Problem) -> Iterator[Finding]:
    """Yield everything wrong with the pools."""
    pools = data.get("pools") or {}
    if not isinstance(pools, dict):
        yield problem("pools maps a shared system to the runs it can take.", "As in {warehouse_db: 4}.", "pools")
        return
    for name, limit in pools.items():
        if not isinstance(name, str) or not POOL.match(name):
            yield problem(f"pools: {name!r} is no name.", "Lower case letters, digits and underscores.", "pools", name)
        if type(limit) is not int or not 0 <= limit <= MAX_POOL:
            yield problem(f"pools.{name} must be a whole number, 0 to {MAX_POOL}.", "", "pools", name)
