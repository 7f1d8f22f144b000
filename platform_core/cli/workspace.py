"""platformctl workspace: make the central workspace, render it, list who is in it, serve it on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from platform_core.workspace import Registration

__all__ = ["workspace", "workspace_option"]

workspace_option = click.option(
    "--workspace", "workspace_dir", metavar="DIR", help="The workspace folder. Default: PLATFORM_WORKSPACE."
)


@click.group()
def workspace() -> None:
    """The central workspace: which locations there are, where they run, and where their data is."""


@workspace.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--warehouse", metavar="DIR", default="", help="Where published data is kept. Default: DIR/warehouse.")
@click.option("--landing", metavar="DIR", default="", help="Where files arrive. Default: DIR/landing.")
@click.option("--port", type=click.IntRange(1, 65534), default=None, help="Port of the web page. Default: 3000.")
def init(directory: Path, warehouse: str, landing: str, port: int | None) -> None:
    """Make a workspace in DIRECTORY: a folder to keep in git. Run again, it changes nothing."""
    from platform_core.workspace import init_workspace, render

    made = init_workspace(directory, warehouse, landing, port or 0)
    with made.lock():
        render(made)
    click.echo(f"The workspace is ready: {made.root}")
    click.echo(f"  published data: {made.settings.warehouse}")
    click.echo(f"  files arrive in: {made.settings.landing}/<location>/")
    click.echo(f"Next, in a code location: platformctl register --workspace {directory}")


@workspace.command()
@workspace_option
def render(workspace_dir: str | None) -> None:
    """Write workspace.yaml, catalog.json, CODEOWNERS and dagster.yaml from what is registered."""
    from platform_core.workspace import find_workspace
    from platform_core.workspace import render as render_files

    found = find_workspace(workspace_dir)
    with found.lock():
        changed = render_files(found)
    click.echo(f"Written: {', '.join(changed)}." if changed else "Nothing changed.")


@workspace.command(name="list")
@workspace_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(workspace_dir: str | None, format_: str) -> None:
    """List the registered locations: owner, datasets, and what a pending one waits for."""
    from platform_core.workspace import find_workspace, load_registry, waiting_for

    found = find_workspace(workspace_dir)
    registry = load_registry(found)
    rows = [_row(one, waiting_for(name, registry)) for name, one in registry.items()]
    if format_ == "json":
        click.echo(json.dumps({"locations": rows}, indent=2, ensure_ascii=False))
    elif not rows:
        click.echo(f"No location is registered. In a code location: platformctl register --workspace {found.root}")
    else:
        _table(rows)


@workspace.command()
@workspace_option
@click.option(
    "--port", type=click.IntRange(1, 65534), default=None, help="Port of the web page, instead of platform.yaml's."
)
def serve(workspace_dir: str | None, port: int | None) -> None:
    """Run every registered location, the web page and the daemon on this machine, until Ctrl-C.

    Locations that are registered or changed meanwhile are picked up.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace.serving import serve as serve_until_stopped

    serve_until_stopped(find_workspace(workspace_dir), port or 0, say=click.echo)


def _row(one: Registration, waiting: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": one.name,
        "owner": one.owner,
        "status": "pending" if waiting else "active",
        "waiting_for": list(waiting),
        "datasets": sorted(one.graph.assets),
        "description": one.description,
        "repository": one.repository,
        "commit": one.commit,
        "versions": dict(one.versions),
        "server": {"host": one.host, "port": one.port},
    }


def _table(rows: list[dict[str, Any]]) -> None:
    lines = [("LOCATION", "OWNER", "DATASETS", "SERVER", "STATUS")]
    for row in rows:
        status = f"pending: waits for {', '.join(row['waiting_for'])}" if row["waiting_for"] else "active"
        server = f"{row['server']['host']}:{row['server']['port']}"
        lines.append((row["name"], row["owner"], str(len(row["datasets"])), server, status))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]))
