"""Where a Postgres warehouse is and who logs in to it. Settings only: nothing here connects."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from platform_core.errors import PlatformError

__all__ = ["PASSWORD", "ROLES", "URL", "USER", "PostgresAddress", "local_address", "own_password", "url_problem"]

URL, USER, PASSWORD = "PLATFORM_POSTGRES_URL", "PLATFORM_POSTGRES_USER", "PLATFORM_POSTGRES_PASSWORD"
ROLES = ("shared", "location")
_AS = "Write postgresql://host:5432/database."
_OPTIONS = (
    *("host", "hostaddr", "port", "user", "dbname", "passfile", "connect_timeout", "application_name"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslnegotiation", "channel_binding", "gssencmode"),
    *("target_session_attrs", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("tcp_user_timeout", "require_auth", "krbsrvname"),
)


@dataclass(frozen=True)
class PostgresAddress:
    """A Postgres warehouse.

    `url` names host, port and database and never a password: that is in the environment variable `password_env`, or
    in the one of that name with the role's behind it (PLATFORM_POSTGRES_PASSWORD_FLIGHT_OPS); where neither is set,
    libpq looks in its own places, as ~/.pgpass. `roles`: with `location` each code location logs in as
    the role that has its name; with `shared` all do as one. `user` is that role, empty for libpq's own default.
    `prefix` stands before the name of every schema, so that people who try things out do not meet. `role` is the role
    that a session takes on once it is logged in: so the platform's commands act as the location whose data it is.
    """

    url: str
    password_env: str = PASSWORD
    roles: str = "shared"
    prefix: str = ""
    user: str = ""
    role: str = ""

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for psycopg.connect, the password among them: never log them."""
        found = {"conninfo": self.url, "application_name": "platform_core"}
        if user := os.environ.get(USER) or self.user:
            found["user"] = user
        own = os.environ.get(own_password(self.password_env, self.login)) if self.login else None
        if password := own or os.environ.get(self.password_env):
            found["password"] = password
        if self.role and self.role != self.login:
            found["options"] = f"-c role={self.role}"
        return found

    @property
    def login(self) -> str:
        """The role that logs in; empty where libpq decides."""
        return os.environ.get(USER) or self.user or unquote(urlsplit(self.url).netloc.rpartition("@")[0])

    def schema(self, name: str) -> str:
        """Return the schema that stands for `name` in this database."""
        return f"{self.prefix}{name}"

    def of_location(self, location: str) -> PostgresAddress:
        """Return the address as the processes of a code location use it."""
        return replace(self, user=location) if self.roles == "location" else self

    def on_behalf(self, location: str) -> PostgresAddress:
        """Return the address as the platform's own commands use it for the data of a location."""
        return replace(self, role=location) if self.roles == "location" else self

    @property
    def database(self) -> str:
        """Host and database, to be shown to people."""
        parts = urlsplit(self.url)
        options = dict(parse_qsl(parts.query))
        host = parts.netloc.rpartition("@")[2] or options.get("host", "localhost")
        return f"{unquote(parts.path.strip('/')) or options.get('dbname', '')} on {host}"

    def as_data(self) -> dict[str, Any]:
        """Return what catalog.json holds of it: no password, and no user but the one the URL names."""
        found = {"url": self.url, "password_env": self.password_env, "roles": self.roles}
        return {**found, "prefix": self.prefix} if self.prefix else found

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PostgresAddress:
        """Read what `as_data` gave. Raises KeyError when it is incomplete, PlatformError for a URL of no use."""
        if problem := url_problem(data["url"]):
            raise PlatformError(f"The URL of the Postgres warehouse cannot be used: {problem[0]}", hint=problem[1])
        return cls(data["url"], data.get("password_env", PASSWORD), data.get("roles", "shared"), data.get("prefix", ""))


def own_password(password_env: str, role: str) -> str:
    """Return the environment variable that holds the password of one role alone."""
    return f"{password_env}_{re.sub(r'[^A-Z0-9]', '_', role.upper())}"


def local_address(variables: Mapping[str, str] | None = None) -> PostgresAddress | None:
    """Return the database for trying things out that PLATFORM_POSTGRES_URL names, in schemas of this user; else None.

    `variables` are by default the environment. Raises PlatformError when the URL cannot be used.
    """
    url = (os.environ if variables is None else variables).get(URL)
    if not url:
        return None
    if problem := url_problem(url):
        raise PlatformError(f"{URL} cannot be used: {problem[0]}", hint=problem[1])
    name = re.sub(r"[^a-z0-9_]", "_", getpass.getuser().lower())[:20]
    return PostgresAddress(url, prefix=f"dev_{name}__")


def url_problem(url: Any) -> tuple[str, str] | None:
    """Return what is wrong with the URL of a database and what to write, or None. No part of it is repeated."""
    return next(_problems(url), None)


def _problems(url: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(url, str) or not url.strip():
        yield "a URL is needed: where is the database?", _AS
        return
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query), keep_blank_values=True))
    except ValueError:
        yield "it is no URL.", _AS
        return
    if ":" in parts.netloc.rpartition("@")[0] or re.search(r"(?i)password\s*=", url):
        where = f"Take it out, and set it in the environment as {PASSWORD} (or name another with password_env)."
        yield "it holds a password, which stands in no file.", where
    if parts.scheme not in ("postgresql", "postgres"):
        yield "it does not start with postgresql://.", _AS
    if not parts.path.strip("/") and "dbname" not in options:
        yield "it names no database.", _AS
    if unknown := sorted(set(options) - set(_OPTIONS)):
        names = ", ".join(name if re.fullmatch(r"[a-z_]{1,32}", name) else "?" for name in unknown)
        yield f"it has options that are not known: {names}.", f"Known: {', '.join(_OPTIONS)}."
    if parts.fragment or any(char.isspace() or ord(char) < 32 for char in url):
        yield "it holds signs that must be written as %XX.", "A # is %23, a space %20."
