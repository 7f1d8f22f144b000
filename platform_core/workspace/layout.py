"""The workspace folder: where each thing stands, how a command finds it, and how it is made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError, Where
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.resources.postgres_address import PASSWORD as WAREHOUSE_PASSWORD
from platform_core.resources.postgres_address import PostgresAddress, url_problem
from platform_core.workspace.atomic import replace_file
from platform_core.workspace.server_settings import PASSWORD
from platform_core.workspace.settings import FILE_NAME, Settings, load_settings, settings_text
from platform_core.workspace.warehouses import warehouses_data

__all__ = ["EXEMPTIONS", "VARIABLE", "Workspace", "find_workspace", "init_workspace"]

VARIABLE = "PLATFORM_WORKSPACE"
EXEMPTIONS = "exemptions.yaml"
LOCK_TIMEOUT = 60  # seconds; the lock is held for the gate and the writing, well under one
_GITIGNORE = """\
# Rendered from platform.yaml and locations/ (platformctl workspace render), or written by the running deployment.
/workspace.yaml
/catalog.json
/CODEOWNERS
/dagster.yaml
/.dagster/
/.lock
/.telemetry/
/.nux/
/logs/
/.logs_queue/
/.staged-*
/locations/.staged-*
/locations/.previous-*
/warehouse/
/landing/
"""
_EXEMPTIONS = """\
# What the platform team lets pass for a while, of the rules that protect other teams. `platformctl workspace check`
# lists it. An entry stops working on the day `until`, at most 180 days away:
#
# exemptions:
# - location: growth
#   rule: dataset-in-use
#   subject: growth/orders
#   reason: Its only reader is switched off with the old shop at the end of the month.
#   until: 2030-01-31
#   by: team:platform
exemptions: []
"""


@dataclass(frozen=True)
class Workspace:
    """A workspace folder and its settings. Make it with `find_workspace` or `init_workspace`."""

    root: Path
    settings: Settings

    @property
    def locations(self) -> Path:
        return self.root / "locations"

    @property
    def catalog(self) -> Path:
        return self.root / "catalog.json"

    @property
    def workspace_yaml(self) -> Path:
        return self.root / "workspace.yaml"

    @property
    def state(self) -> Path:
        """What Dagster and the running deployment keep: storage, logs, process ids. Never committed."""
        return self.root / ".dagster"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace for writing. Raises PlatformError when another process holds it for a minute."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.root / ".lock", timeout=LOCK_TIMEOUT):
                yield
        except Timeout as error:
            message = f"another registration has held the workspace for {LOCK_TIMEOUT} seconds."
            raise PlatformError(message, Where(self.root / ".lock"), "See which platformctl still runs.") from error


def find_workspace(option: str | Path | None = None) -> Workspace:
    """Open the workspace named by `option` (the --workspace of a command), else by PLATFORM_WORKSPACE.

    Raises PlatformError when there is none, FindingsError when its platform.yaml has problems.
    """
    named = option or os.environ.get(VARIABLE)
    if not named:
        raise PlatformError("no workspace is named.", hint=f"Use --workspace DIR, or set {VARIABLE}.")
    if "://" in str(named):
        hint = "Clone it, and name that folder. `register` and `unregister` take a URL with --push."
        raise PlatformError("the workspace is named by a URL, and this needs a folder.", hint=hint)
    root = Path(named).absolute()
    if not (root / FILE_NAME).is_file():
        hint = f"Make one with `platformctl workspace init {named}`, or name another with --workspace."
        raise PlatformError(f"is not a workspace: it has no {FILE_NAME}.", Where(root), hint)
    return Workspace(root, load_settings(root))


def init_workspace(
    root: Path,
    warehouse: str = "",
    landing: str = "",
    port: int = 0,
    *,
    engine: str = "",
    database: str = "",
    server: Mapping[str, Any] | None = None,
) -> Workspace:
    """Make a workspace in `root`, or open the one that is there; its settings are never overwritten.

    `warehouse` and `landing` are folders (default: `warehouse` and `landing` in the workspace), `port` the web page's.
    `database` is the URL of a Postgres warehouse, without a password; `engine` is that of locations which name none.
    `server` is what `server_data` gave, for the profile of that name; without it the profile is `local`.
    Raises PlatformError when `root` holds something else, or a workspace with other settings than those asked for.
    """
    root = root.absolute()
    settings = root / FILE_NAME
    if settings.is_file():
        workspace = find_workspace(root)
        _refuse_others(workspace, warehouse, landing, port, engine=engine, database=database)
        _refuse_other_server(workspace, server)
    else:
        _refuse_foreign(root)
        if (database or engine == POSTGRES) and (problem := url_problem(database)):
            raise PlatformError(f"the URL of the database: {problem[0]}", hint=problem[1])
        if server and (problem := url_problem(server["dagster_storage"]["url"])):
            hint = problem[1].replace(WAREHOUSE_PASSWORD, PASSWORD)
            raise PlatformError(f"the URL of Dagster's storage: {problem[0]}", hint=hint)
        root.mkdir(parents=True, exist_ok=True)
        # Where many teams share a server, each has a role of its own.
        roles = "location" if server else "shared"
        warehouses = warehouses_data(engine or Settings.engine, _absolute(warehouse), database, roles)
        text = settings_text(warehouses, _absolute(landing) or "landing", port or Settings.port, server)
        replace_file(settings, text.encode())
        workspace = find_workspace(root)
    # Each time, so that an init that was killed is completed by the next.
    workspace.locations.mkdir(exist_ok=True)
    for name, content in ((".gitignore", _GITIGNORE), ("locations/.gitkeep", ""), (EXEMPTIONS, _EXEMPTIONS)):
        if not (root / name).exists():
            replace_file(root / name, content.encode())
    return workspace


def _refuse_foreign(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise PlatformError("is a file: a workspace is a folder.", Where(root), "Choose an empty or a new folder.")
    # What a git host puts into a new repository is not in the way.
    own = {".git", "README.md", "LICENSE"}
    if foreign := sorted(entry.name for entry in root.iterdir() if entry.name not in own) if root.exists() else []:
        message = f"is not empty (it holds {foreign[0]}), and not a workspace: nothing was changed."
        raise PlatformError(message, Where(root), "Choose an empty or a new folder.")


def _absolute(folder: str) -> str:
    return str(Path(folder).absolute()) if folder else ""


def _refuse_other_server(workspace: Workspace, asked: Mapping[str, Any] | None) -> None:
    have = workspace.settings.server
    if asked and (have is None or have.url != asked["dagster_storage"]["url"]):
        message = f"there is a workspace here already, of the {workspace.settings.profile} profile"
        message += " with another storage." if have else "."
        hint = "Change profile and dagster_storage in that file; the workspace was left as it is."
        raise PlatformError(message, Where(workspace.root / FILE_NAME), hint)


def _refuse_others(
    workspace: Workspace, warehouse: str, landing: str, port: int, *, engine: str, database: str
) -> None:
    settings = workspace.settings
    postgres = settings.places.get(POSTGRES)
    asked = {
        "warehouse": (warehouse and Path(warehouse).absolute(), settings.places.get(DUCKDB_DELTA, "in no folder")),
        "database": (database, postgres.url if isinstance(postgres, PostgresAddress) else "not there"),
        "engine": (engine, settings.engine),
        "landing": (landing and Path(landing).absolute(), settings.landing),
        "port": (port, settings.port),
    }
    other = [f"{name} is {have}, not {want}" for name, (want, have) in asked.items() if want and want != have]
    if database and url_problem(database):
        other = ["the URL of the database that was named cannot be used"]  # it may hold a password: not repeated
    if other:
        hint = "Change it in that file; the workspace was left as it is."
        raise PlatformError(
            f"there is a workspace here already: {'; '.join(other)}.", Where(workspace.root / FILE_NAME), hint
        )
