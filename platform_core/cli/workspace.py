"""platformctl workspace: make the central workspace, render it, list who is in it, serve it on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.cli.workspace_check import check
from platform_core.cli.workspace_option import named_workspace, workspace_option

if TYPE_CHECKING:
    from platform_core.workspace import Registration, Workspace

__all__ = ["named_workspace", "workspace", "workspace_option"]


@click.group()
def workspace() -> None:
    """The central workspace: which locations there are, where they run, and where their data is."""


workspace.add_command(check)


_DATABASE = "A Postgres warehouse: postgresql://host:5432/name, without the password."
_ENGINE = "Where datasets of locations that name no engine are published. Default: duckdb_delta, a folder."


@workspace.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--warehouse", metavar="DIR", default="", help="Where published data is kept. Default: DIR/warehouse.")
@click.option("--database-url", metavar="URL", default="", help=_DATABASE)
@click.option("--warehouse-engine", type=click.Choice(["duckdb_delta", "postgres"]), default=None, help=_ENGINE)
@click.option("--landing", metavar="DIR", default="", help="Where files arrive. Default: DIR/landing.")
@click.option("--port", type=click.IntRange(1, 65534), default=None, help="Port of the web page. Default: 3000.")
@click.option(
    "--profile",
    type=click.Choice(["local", "server"]),
    default="local",
    show_default=True,
    help="local: all on this machine. server: code servers that others start, Dagster's record in Postgres.",
)
@click.option(
    "--storage",
    metavar="URL",
    default="",
    help="Server profile: the database of Dagster's record, postgresql://user@host:5432/name, without the password.",
)
@click.option(
    "--host",
    "hosts",
    metavar="HOST",
    multiple=True,
    help="Server profile: a host that may serve code; again for more. Default: localhost and 127.0.0.1.",
)
def init(
    directory: Path,
    *,
    warehouse: str,
    database_url: str,
    warehouse_engine: str | None,
    landing: str,
    port: int | None,
    profile: str,
    storage: str,
    hosts: tuple[str, ...],
) -> None:
    """Make a workspace in DIRECTORY: a folder to keep in git. Run again, it changes nothing."""
    from platform_core.workspace import init_workspace, render
    from platform_core.workspace.server_settings import server_data

    if profile == "server" and not storage:
        raise click.UsageError("--profile server needs --storage URL: where does Dagster keep its record?")
    if profile == "local" and (storage or hosts):
        raise click.UsageError("--storage and --host belong to --profile server.")
    if warehouse_engine == "postgres" and not database_url:
        raise click.UsageError("--warehouse-engine postgres needs --database-url: where is the database?")
    server = server_data(storage, hosts) if profile == "server" else None
    warehouses = {"engine": warehouse_engine or "", "database": database_url}
    made = init_workspace(directory, warehouse, landing, port or 0, **warehouses, server=server)
    with made.lock():
        render(made)
    click.echo(f"The workspace is ready: {made.root}")
    if made.settings.server:
        click.echo(f"  Dagster's record: {made.settings.server.database}")
        click.echo(f"  its password: the variable {made.settings.server.password_env}, in the environment of serve")
        click.echo(f"  code is served from: {', '.join(made.settings.server.hosts)}")
    for line in _published(made):
        click.echo(f"  {line}")
    click.echo(f"  files arrive in: {made.settings.landing}/<location>/")
    where = " --host HOST --port PORT" if made.settings.server else ""
    click.echo(f"Next, in a code location: platformctl register --workspace {directory}{where}")


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


@workspace.command()
@workspace_option
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def grants(workspace_dir: str | None, output: Path | None) -> None:
    """Write the SQL that gives each location its role and its rights in the Postgres warehouse.

    Each owns its own schemas and reads what it declares, nothing else. Run it as whoever runs the database, again
    after each registration; it holds no password. Needs `roles: location` in platform.yaml to be of use.
    """
    from platform_core.errors import PlatformError, Where
    from platform_core.workspace import find_workspace
    from platform_core.workspace.grants import grants_sql, rights_of

    rights = rights_of(find_workspace(workspace_dir))
    text = grants_sql(rights)
    if rights.address.roles != "location":
        hint = "platform.yaml says roles: shared, so locations log in as one role. Write roles: location to use these."
        click.echo(f"Note: {hint}", err=True)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PlatformError(f"cannot be written: {error.strerror}.", Where(output)) from error
    click.echo(f"Written: {output}")


@workspace.command()
@workspace_option
@click.option("--wait", type=click.FloatRange(0), default=60, show_default=True, help="Seconds to wait for it.")
def prepare(workspace_dir: str | None, wait: float) -> None:
    """Make the tables of Dagster's storage and set its pools. Run again, it changes nothing.

    `serve` does it by itself: this is for who starts the webserver and the daemon otherwise.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace.preparing import prepare_storage

    prepare_storage(find_workspace(workspace_dir), wait, say=click.echo)
    click.echo("Dagster's storage is ready.")


@workspace.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@workspace_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def commands(names: tuple[str, ...], workspace_dir: str | None, format_: str) -> None:
    """Print how each process of the deployment is started: its command, and the variables it needs.

    NAME is prepare, webserver, daemon or a location; without any, all are printed. For systemd, compose and the like.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace.starting import as_text, starts

    found = starts(find_workspace(workspace_dir), names)
    click.echo(json.dumps([one.as_data() for one in found], indent=2) if format_ == "json" else as_text(found))


@workspace.command(name="list")
@workspace_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(workspace_dir: str | None, format_: str) -> None:
    """List the registered locations: owner, datasets, and what a pending one waits for."""
    from platform_core.workspace import find_workspace, waiting_for
    from platform_core.workspace.placement import silent_servers
    from platform_core.workspace.registry import read_registry

    found = find_workspace(workspace_dir)
    read = read_registry(found)
    registry = read.locations
    silent = silent_servers(found, registry)
    rows = [_row(one, waiting_for(name, registry), silent.get(name, "")) for name, one in registry.items()]
    if format_ == "json":
        data = {"locations": rows, "unreadable": sorted(read.unreadable)}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    elif not rows and not read.unreadable:
        click.echo(f"No location is registered. In a code location: platformctl register --workspace {found.root}")
    else:
        _table(rows)
        for name, findings in read.unreadable.items():
            click.echo(f"{ascii(name)[1:-1]}: cannot be read, and is left out: {findings[0].message}", err=True)


@workspace.command()
@workspace_option
@click.option(
    "--port", type=click.IntRange(1, 65534), default=None, help="Port of the web page, instead of platform.yaml's."
)
def serve(workspace_dir: str | None, port: int | None) -> None:
    """Run every registered location, the web page and the daemon on this machine, until Ctrl-C.

    In the server profile: the web page and the daemon, beside the code servers that others started.
    Locations that are registered or changed meanwhile are picked up.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace.serving import serve as serve_until_stopped

    serve_until_stopped(find_workspace(workspace_dir), port or 0, say=click.echo)


def _published(made: Workspace) -> list[str]:
    """Say where published data is kept: the default first."""
    from platform_core.resources.postgres_address import PostgresAddress

    lines = []
    for engine, place in sorted(made.settings.places.items(), key=lambda pair: pair[0] != made.settings.engine):
        where = f"{place.database}" if isinstance(place, PostgresAddress) else str(place)
        word = "published data" if engine == made.settings.engine else f"of locations with engine: {engine}"
        lines.append(f"{word}: {where}")
        if isinstance(place, PostgresAddress):
            lines.append(f"its password: the variable {place.password_env}; roles: platformctl workspace grants")
    return lines


def _row(one: Registration, waiting: tuple[str, ...], silent: str) -> dict[str, Any]:
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
        "server": {"host": one.host, "port": one.port, "silent": silent},
    }


def _table(rows: list[dict[str, Any]]) -> None:
    lines = [("LOCATION", "OWNER", "DATASETS", "SERVER", "STATUS")]
    for row in rows:
        status = f"pending: waits for {', '.join(row['waiting_for'])}" if row["waiting_for"] else "active"
        if row["server"]["silent"]:
            status += f"; its code server does not answer: {row['server']['silent']}"
        server = f"{row['server']['host']}:{row['server']['port']}"
        lines.append((row["name"], row["owner"], str(len(row["datasets"])), server, status))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]))
