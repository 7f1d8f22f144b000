"""platform.yaml: what the platform team decides once for a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from platform_core.documents import Document, load_document
from platform_core.errors import PlatformError
from platform_core.findings import Finding, raise_errors
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.resources.catalog import Place
from platform_core.workspace.deprecation import DEFAULT, Deprecation, check_deprecation, deprecation_of
from platform_core.workspace.deprecation import KEY as DEPRECATION
from platform_core.workspace.server_settings import KEYS, Server, check_pools, check_server, server_of
from platform_core.workspace.warehouses import check_warehouses, read_warehouses

__all__ = ["FILE_NAME", "LOCAL", "SERVER", "Settings", "load_settings", "settings_text"]

FILE_NAME = "platform.yaml"
LOCAL, SERVER = "local", "server"
PROFILES = (LOCAL, SERVER)
_KEYS = {
    "profile",
    "warehouse",
    "warehouses",
    "landing",
    "webserver",
    "grpc_base_port",
    "runs",
    "organisation",
    DEPRECATION,
    *KEYS,
}


@dataclass(frozen=True)
class Settings:
    """A workspace's settings; paths are absolute.

    `profile` says how locations run: `local` starts each from its own Python environment on this machine; `server`
    (then `server` is set) asks code servers that others started, and keeps Dagster's record in Postgres. `pools` are
    the shared systems, each with the number of runs it can take at once.
    `places` holds where the warehouse of each engine is, a folder or a database; `engine` is that of locations which
    name none. `grpc_base_port` is the first port given to code servers. `max_runs` and `max_runs_per_location` bound
    how many runs go at once. `organisation` is put before team names in CODEOWNERS (GitHub wants @organisation/team).
    `deprecation` is the grace between the announcement of a dataset's end and the end.
    """

    places: Mapping[str, Place]
    landing: Path
    profile: str = "local"
    engine: str = DUCKDB_DELTA
    port: int = 3000
    grpc_base_port: int = 3001
    max_runs: int = 4
    max_runs_per_location: int = 3
    organisation: str = ""
    server: Server | None = None
    pools: Mapping[str, int] = field(default_factory=dict)
    deprecation: Deprecation = DEFAULT

    @property
    def warehouse(self) -> Path:
        """The folder that holds published data. Raises PlatformError when no warehouse of the workspace is one."""
        place = self.places.get(DUCKDB_DELTA)
        if not isinstance(place, Path):
            hint = f"See `warehouse` in {FILE_NAME}."
            raise PlatformError("published data of this workspace is in no folder.", hint=hint)
        return place


def settings_text(
    warehouses: Mapping[str, Any], landing: str, port: int, server: Mapping[str, Any] | None = None
) -> str:
    """Return a new platform.yaml. Paths are written as given; relative ones start at the workspace folder.

    `warehouses` is what `warehouses_data` gave, `server` what `server_data` gave for the profile of that name.
    """
    data = {
        "profile": SERVER if server else LOCAL,
        **warehouses,
        "landing": landing,
        **(server or {}),
        "webserver": {"port": port},
        # A code server of the server profile has the port its host gave it.
        **({} if server else {"grpc_base_port": port + 1}),
        "runs": {"max": Settings.max_runs, "max_per_location": Settings.max_runs_per_location},
    }
    return "# What the platform team decides for every location of this workspace.\n" + yaml.safe_dump(
        data, sort_keys=False
    )


def load_settings(root: Path) -> Settings:
    """Read platform.yaml in the folder `root`.

    Raises PlatformError when it cannot be read, FindingsError with everything wrong in it.
    """
    document = load_document(root / FILE_NAME)
    raise_errors(f"{FILE_NAME} has problems:", [*document.problems, *_check(document)])
    data = document.data
    runs = data.get("runs") or {}
    engine, places = read_warehouses(root, data)
    port = (data.get("webserver") or {}).get("port") or Settings.port
    return Settings(
        places=places,
        landing=(root / data["landing"]).absolute(),
        profile=data.get("profile", Settings.profile),
        engine=engine,
        port=port,
        grpc_base_port=data.get("grpc_base_port") or port + 1,
        max_runs=runs.get("max") or Settings.max_runs,
        max_runs_per_location=runs.get("max_per_location") or Settings.max_runs_per_location,
        organisation=data.get("organisation") or "",
        server=server_of(data) if data.get("profile") == SERVER else None,
        pools=dict(data.get("pools") or {}),
        deprecation=deprecation_of(data),
    )


def _check(document: Document) -> Iterator[Finding]:
    def finding(message: str, fix: str, *keys: str | int) -> Finding:
        return Finding("platform-settings", "error", FILE_NAME, message, fix=fix, where=document.where(*keys))

    data: dict[str, Any] = document.data
    for key in sorted(set(data) - _KEYS, key=str):
        yield finding(f"unknown key '{key}'.", f"Known keys: {', '.join(sorted(_KEYS))}.", key)
    if data.get("profile", "local") not in PROFILES:
        yield finding("unknown profile.", f"Write one of: {', '.join(PROFILES)}.", "profile")
    yield from check_warehouses(document)
    yield from check_pools(data, finding)
    yield from check_deprecation(data, finding)
    if data.get("profile") == SERVER:
        yield from check_server(data, finding)
    else:
        for key in sorted({"dagster_storage", "code_servers"} & data.keys()):
            yield finding(f"{key} belongs to the server profile.", f"Write profile: {SERVER}, or take it out.", key)
    if not _is_text(data.get("landing")):
        yield finding("landing is needed: where do files arrive?", "Write landing: <folder>.", "landing")
    if not isinstance(data.get("organisation", ""), (str, type(None))):
        yield finding("organisation must be text.", "Put it in quotes.", "organisation")
    for key in ("webserver", "runs"):
        if not isinstance(data.get(key), (dict, type(None))):
            yield finding(f"{key} must hold keys and values.", f"Write {key}: {{...}}.", key)
    for keys, low, high in (
        (("webserver", "port"), 1, 65535),
        (("grpc_base_port",), 1, 65535),
        (("runs", "max"), 1, 10_000),
        (("runs", "max_per_location"), 1, 10_000),
    ):
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and (type(value) is not int or not low <= value <= high):
            yield finding(f"{'.'.join(keys)} must be a whole number, {low} to {high}.", "", *keys)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
