"""How the processes of a deployment are started by something else than `workspace serve`: systemd, compose, a script.

Nothing here starts anything. Secrets are named, never shown.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError
from platform_core.resources.catalog import Place
from platform_core.resources.postgres_address import PostgresAddress, own_password
from platform_core.workspace import commands
from platform_core.workspace.layout import VARIABLE, Workspace
from platform_core.workspace.registry import Registration, load_registry

__all__ = ["Start", "as_text", "starts"]


@dataclass(frozen=True)
class Start:
    """One process: `arguments` in the folder `cwd` (empty: the location's own), with `environment` and `secrets` set.

    `environment` are values that are no secret, `secrets` the names of variables that hold one. `first` tells that it
    ends by itself and goes before the others.
    """

    name: str
    arguments: tuple[str, ...]
    cwd: str
    environment: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    first: bool = False
    note: str = ""

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def starts(workspace: Workspace, names: Sequence[str] = ()) -> tuple[Start, ...]:
    """Return the processes of the `server` profile in the order they are started; of `names` only, when given.

    Raises PlatformError for a name that is none of them, and in the `local` profile, where only `serve` starts them.
    """
    server = workspace.settings.server
    if server is None:
        hint = "Run: platformctl workspace serve. Or make it a server: profile in platform.yaml."
        raise PlatformError("in the local profile `workspace serve` starts every process.", hint=hint)
    ours = {VARIABLE: str(workspace.root), **_data(workspace)}
    home = {**ours, "DAGSTER_HOME": str(workspace.root)}
    found = [
        Start(
            "prepare",
            (str(Path(sys.executable).with_name("platformctl")), "workspace", "prepare"),
            str(workspace.root),
            ours,
            (server.password_env,),
            first=True,
        )
    ]
    for command in (commands.webserver(workspace, workspace.settings.port), commands.daemon(workspace, ())):
        found.append(Start(command.name, command.arguments, str(command.cwd), home, (server.password_env,)))
    found += [_code_server(workspace, one, server.password_env) for one in load_registry(workspace).values()]
    if unknown := sorted(set(names) - {one.name for one in found}):
        known = ", ".join(one.name for one in found)
        raise PlatformError(f"there is no process {', '.join(unknown)}.", hint=f"Known: {known}.")
    return tuple(one for one in found if not names or one.name in names)


def _data(workspace: Workspace) -> dict[str, str]:
    return {"PLATFORM_CATALOG": str(workspace.catalog), "PLATFORM_LANDING": str(workspace.settings.landing)}


def _code_server(workspace: Workspace, one: Registration, password: str) -> Start:
    place = workspace.settings.places.get(one.engine)
    own = _warehouse_password(place, one.name) if place else ""
    note = f"On {one.host}, with the Python of the location's environment, in its folder."
    arguments = commands.serve_arguments(one, "python", "src")
    secrets = tuple(dict.fromkeys((password, *([own] if own else []), *one.secrets)))
    return Start(one.name, arguments, "", _data(workspace), secrets, note=note)


def _warehouse_password(place: Place, location: str) -> str:
    """The variable of the password with which a location writes its data; empty where it needs none."""
    if not isinstance(place, PostgresAddress):
        return ""
    return own_password(place.password_env, location) if place.roles == "location" else place.password_env


def as_text(found: Iterable[Start]) -> str:
    """Write the processes as blocks of a shell script, to be read or taken over."""
    return "\n\n".join("\n".join(_lines(one)) for one in found)


def _lines(one: Start) -> list[str]:
    lines = [f"# {one.name}{' (first; it ends by itself)' if one.first else ''}"]
    lines += [f"# {one.note}"] if one.note else []
    lines += [f"# secrets: {', '.join(one.secrets)}"] if one.secrets else []
    lines += [f"cd {shlex.quote(one.cwd)}"] if one.cwd else []
    lines += [f"export {name}={shlex.quote(value)}" for name, value in one.environment.items()]
    return [*lines, shlex.join(one.arguments)]
