"""platform.yaml: what the platform team decides once for a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from platform_core.documents import Document, load_document
from platform_core.findings import Finding, raise_errors
from platform_core.resources.catalog import ENGINE

__all__ = ["FILE_NAME", "Settings", "load_settings", "settings_text"]

FILE_NAME = "platform.yaml"
PROFILES = ("local",)
ENGINES = (ENGINE,)
_KEYS = {"profile", "warehouse", "landing", "webserver", "grpc_base_port", "runs", "organisation"}


@dataclass(frozen=True)
class Settings:
    """A workspace's settings; paths are absolute.

    `profile` says how locations run: `local` starts each from its own Python environment on this machine.
    `grpc_base_port` is the first port given to code servers. `max_runs` and `max_runs_per_location` bound how many
    runs go at once. `organisation` is put before team names in CODEOWNERS (GitHub wants @organisation/team).
    """

    warehouse: Path
    landing: Path
    profile: str = "local"
    engine: str = ENGINE
    port: int = 3000
    grpc_base_port: int = 3001
    max_runs: int = 4
    max_runs_per_location: int = 3
    organisation: str = ""


def settings_text(warehouse: str, landing: str, port: int) -> str:
    """Return a new platform.yaml. Paths are written as given; relative ones start at the workspace folder."""
    data = {
        "profile": "local",
        "warehouse": {"engine": ENGINE, "root": warehouse},
        "landing": landing,
        "webserver": {"port": port},
        "grpc_base_port": port + 1,
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
    warehouse, runs = data["warehouse"], data.get("runs") or {}
    port = (data.get("webserver") or {}).get("port", Settings.port)
    return Settings(
        warehouse=(root / warehouse["root"]).absolute(),
        landing=(root / data["landing"]).absolute(),
        profile=data.get("profile", Settings.profile),
        engine=warehouse.get("engine", Settings.engine),
        port=port,
        grpc_base_port=data.get("grpc_base_port", port + 1),
        max_runs=runs.get("max", Settings.max_runs),
        max_runs_per_location=runs.get("max_per_location", Settings.max_runs_per_location),
        organisation=data.get("organisation") or "",
    )


def _check(document: Document) -> Iterator[Finding]:
    def finding(message: str, fix: str, *keys: str) -> Finding:
        return Finding("platform-settings", "error", FILE_NAME, message, fix=fix, where=document.where(*keys))

    data: dict[str, Any] = document.data
    for key in sorted(set(data) - _KEYS, key=str):
        yield finding(f"unknown key '{key}'.", f"Known keys: {', '.join(sorted(_KEYS))}.", key)
    if data.get("profile", "local") not in PROFILES:
        yield finding("unknown profile.", f"Write one of: {', '.join(PROFILES)}.", "profile")
    warehouse = data.get("warehouse")
    if not isinstance(warehouse, dict) or not _is_text(warehouse.get("root")):
        yield finding("warehouse.root is needed: where is published data kept?", "Write root: <folder>.", "warehouse")
    elif warehouse.get("engine", ENGINE) not in ENGINES:
        yield finding("unknown engine.", f"Write one of: {', '.join(ENGINES)}.", "warehouse", "engine")
    if not _is_text(data.get("landing")):
        yield finding("landing is needed: where do files arrive?", "Write landing: <folder>.", "landing")
    if not isinstance(data.get("organisation", ""), (str, type(None))):
        yield finding("organisation must be text.", "Put it in quotes.", "organisation")
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
