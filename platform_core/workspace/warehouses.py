"""The warehouses of platform.yaml: the default one under `warehouse`, one of another engine beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.documents import Document, load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.locations import FILE_NAME as LOCATION_FILE
from platform_core.locations.engines import DUCKDB_DELTA, ENGINES, POSTGRES, engine_fix
from platform_core.resources.catalog import Place, warehouse_at
from platform_core.resources.postgres_address import PASSWORD, ROLES, PostgresAddress, url_problem

if TYPE_CHECKING:
    from platform_core.resources.engine import Warehouse
    from platform_core.workspace.layout import Workspace

__all__ = ["check_warehouses", "read_warehouses", "warehouse_of", "warehouses_data"]

_KNOWN = {DUCKDB_DELTA: {"root"}, POSTGRES: {"url", "password_env", "roles"}}
_NEEDED = {DUCKDB_DELTA: "root", POSTGRES: "url"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def warehouses_data(engine: str, folder: str, url: str, roles: str = "") -> dict[str, Any]:
    """Return the keys `warehouse` and `warehouses` of a new platform.yaml: `engine` is the default.

    The other engine stands beside it when it is named by a folder or a URL too.
    """
    settings: dict[str, dict[str, Any]] = {}
    if folder or engine == DUCKDB_DELTA:
        settings[DUCKDB_DELTA] = {"root": folder or "warehouse"}
    if url or engine == POSTGRES:
        settings[POSTGRES] = {"url": url, "password_env": PASSWORD, "roles": roles or ROLES[0]}
    own = settings.pop(engine)
    return {"warehouse": {"engine": engine, **own}, **({"warehouses": settings} if settings else {})}


def read_warehouses(root: Path, data: Mapping[str, Any]) -> tuple[str, dict[str, Place]]:
    """Return the default engine, and where each engine's warehouse is. Paths start at `root`. Call it on sound data."""
    engine = data["warehouse"].get("engine", DUCKDB_DELTA)
    found = {engine: data["warehouse"], **(data.get("warehouses") or {})}
    return engine, {name: _place(root, name, settings) for name, settings in found.items()}


def _place(root: Path, engine: str, settings: Mapping[str, Any]) -> Place:
    if engine == DUCKDB_DELTA:
        return (root / settings["root"]).absolute()
    return PostgresAddress(settings["url"], settings.get("password_env", PASSWORD), settings.get("roles", ROLES[0]))


def warehouse_of(workspace: Workspace, location: str) -> Warehouse:
    """Return the warehouse that holds the datasets of a registered location.

    Raises PlatformError when the workspace has none of its engine.
    """
    file = workspace.locations / location / LOCATION_FILE
    engine = load_document(file).data.get("engine") if file.is_file() else None
    name = engine or (DUCKDB_DELTA if file.is_file() else workspace.settings.engine)
    place = workspace.settings.places.get(name)
    if place is None:
        message = f"the data of {location} is on {name}, and the workspace has no such warehouse."
        hint = f"Add it: warehouses: {{{name}: ...}}."
        raise PlatformError(message, Where(workspace.root / "platform.yaml"), hint)
    return warehouse_at(place.on_behalf(location) if isinstance(place, PostgresAddress) else place)


def check_warehouses(document: Document) -> Iterator[Finding]:
    """Yield everything wrong with the warehouses of a platform.yaml, each with its line; no URL is repeated."""

    def finding(message: str, fix: str, *keys: str) -> Finding:
        return Finding("platform-settings", "error", document.path.name, message, fix=fix, where=document.where(*keys))

    default = document.data.get("warehouse")
    if not isinstance(default, dict):
        message = "warehouse is needed: where is published data kept?"
        yield finding(message, "Write warehouse: {engine: duckdb_delta, root: <folder>}.", "warehouse")
        default = {}
    engine = default.get("engine", DUCKDB_DELTA)
    if engine not in ENGINES:
        yield finding("unknown engine.", engine_fix(engine), "warehouse", "engine")
    elif isinstance(document.data.get("warehouse"), dict):
        settings = {key: value for key, value in default.items() if key != "engine"}
        yield from (finding(*said, "warehouse", *keys) for said, keys in _problems(engine, settings))
    others = document.data.get("warehouses") or {}
    if not isinstance(others, dict):
        yield finding(
            "warehouses must hold one engine each.", "As in warehouses: {postgres: {url: ...}}.", "warehouses"
        )
        return
    for name, settings in others.items():
        if name not in ENGINES:
            yield finding("unknown engine.", engine_fix(name), "warehouses", str(name))
        elif name == engine:
            message = f"{name} stands twice: it is the default already."
            yield finding(message, "Take it out here, or name another default.", "warehouses", name)
        else:
            yield from (finding(*said, "warehouses", name, *keys) for said, keys in _problems(name, settings))


def _problems(engine: str, settings: Any) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Yield pairs: what is wrong and what to write, and the keys below the warehouse that it is about."""
    if not isinstance(settings, dict):
        yield (f"{engine} must hold keys and values.", f"Known keys: {', '.join(sorted(_KNOWN[engine]))}."), ()
        return
    for key in sorted(set(settings) - _KNOWN[engine], key=str):
        # Whatever was meant for a password goes by another name than its own: the value is never shown.
        yield (f"unknown key '{key}'.", f"Keys of {engine}: {', '.join(sorted(_KNOWN[engine]))}."), (str(key),)
    needed = settings.get(_NEEDED[engine])
    if engine == DUCKDB_DELTA:
        if not isinstance(needed, str) or not needed.strip():
            yield ("warehouse.root is needed: where is published data kept?", "Write root: <folder>."), ()
        return
    if problem := url_problem(needed):
        yield (f"url: {problem[0]}", problem[1]), ("url",)
    name = settings.get("password_env", PASSWORD)
    if not isinstance(name, str) or not _VARIABLE.match(name):
        message = "password_env names an environment variable: a password stands in no file."
        yield (message, f"Write password_env: {PASSWORD}."), ("password_env",)
    if settings.get("roles", ROLES[0]) not in ROLES:
        fix = "Write shared (all log in as one role), or location (each as a role of its own: workspace grants)."
        yield ("roles: there is no such way.", fix), ("roles",)
