"""The environment variables of a process that belongs to a workspace."""

from __future__ import annotations

import os
from collections.abc import Iterable

from platform_core.resources.catalog import Place
from platform_core.resources.postgres_address import USER, PostgresAddress, own_password
from platform_core.workspace.layout import VARIABLE, Workspace
from platform_core.workspace.registry import Registration
from platform_core.workspace.server_settings import PASSWORD

__all__ = ["location_environment", "workspace_environment"]

# What our own Python environment would impose on another one, and what would override the catalog behind everyone's
# back. Without written bytecode every start of a Dagster process takes twice as long.
_DROPPED = (
    *("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"),
    *("PLATFORM_WAREHOUSE", "PLATFORM_POSTGRES_URL"),
)
# What a program needs to run at all on this machine, and no more: a secret has any name.
_AMBIENT = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "TERM"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LD_LIBRARY_PATH", "JAVA_HOME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SYSTEMROOT", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
}
_AMBIENT_PREFIXES = ("LC_", "XDG_", "OMP_", "MALLOC_", "PYTHON", "GRPC_", "PLATFORM_", "DAGSTER_")


def workspace_environment(workspace: Workspace) -> dict[str, str]:
    """Return this process's variables with those that name the workspace, its catalog and its landing folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return {
        **kept,
        VARIABLE: str(workspace.root),
        "PLATFORM_CATALOG": str(workspace.catalog),
        "PLATFORM_LANDING": str(workspace.settings.landing),
    }


def location_environment(workspace: Workspace, one: Registration, others: Iterable[Registration]) -> dict[str, str]:
    """Return the variables of a location's code server and its runs.

    The platform's own, what any program needs, and the secrets its location.yaml names: no other team's.
    """
    variables = workspace_environment(workspace)
    wanted, foreign, reserved = set(one.secrets), {PASSWORD}, {PASSWORD, USER, *_passwords(workspace)}
    for other in others:
        roles = {own_password(variable, other.name) for variable in _passwords(workspace)}
        foreign |= {*other.secrets, *roles}
        reserved |= roles
    wanted -= reserved  # a team may write any name among its secrets: these are not theirs to have
    for variable in _passwords(workspace):
        own = own_password(variable, one.name)  # a role of its own makes the password of the common one needless
        wanted.add(own if own in variables else variable)
        foreign.add(variable)
    if any(isinstance(place, PostgresAddress) and place.roles == "location" for place in _places(workspace)):
        foreign.add(USER)  # the platform's own role: each location has one that is called as it is
    return {
        name: value
        for name, value in variables.items()
        if name in wanted or (name not in foreign and (name in _AMBIENT or name.startswith(_AMBIENT_PREFIXES)))
    }


def _passwords(workspace: Workspace) -> list[str]:
    """The variables that hold the passwords of the workspace's databases."""
    return [place.password_env for place in _places(workspace) if isinstance(place, PostgresAddress)]


def _places(workspace: Workspace) -> list[Place]:
    return list(workspace.settings.places.values())
