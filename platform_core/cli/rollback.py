"""platformctl rollback and release: publish an earlier version again and hold it; let the dataset move on."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from platform_core.cli.workspace import workspace_option

if TYPE_CHECKING:
    from platform_core.names import AssetId
    from platform_core.resources.warehouse import Publication
    from platform_core.workspace import Workspace

__all__ = ["release", "rollback"]

_by_option = click.option("--by", help="Who decided, for the history. Default: your user name.")


@click.command()
@click.argument("asset")
@workspace_option
@click.option("--partition", help="Only this partition. Default: every partition that differs.")
@click.option("--to", type=click.IntRange(0), metavar="VERSION", help="Default: what was published before.")
@_by_option
@click.option("--yes", is_flag=True, help="Do not ask first.")
def rollback(
    asset: str, workspace_dir: str | None, *, partition: str | None, to: int | None, by: str | None, yes: bool
) -> None:
    """Publish an earlier version of ASSET again, and hold it until it is released or new data arrives.

    The earlier version must satisfy today's contract. Nothing is lost: what is rolled away from stays in the history.
    """
    from platform_core.adapters.restoring import audit_of
    from platform_core.answers.words import count
    from platform_core.cli.asked import contract, subjects, table
    from platform_core.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    (subject,) = subjects(workspace, asset)
    today = contract(workspace, subject.asset)
    if not yes:
        _ask(workspace, subject.asset, partition, to)
    publications = table(workspace, subject.asset).rollback(
        partition,
        to,
        by=by or getpass.getuser(),
        contract=(today.version, today.hash),
        audit=audit_of(subject.asset, partial(contract, workspace), partial(table, workspace)),
    )
    for item in publications:
        of = f" ({item.partition})" if item.partition else ""
        back = f"holds the {count(item.rows, 'row')} of version {item.source_version} again, as version {item.version}"
        click.echo(f"{subject.asset}{of} {back}.")
    _announce(workspace, subject.asset, publications)
    option = f" --partition {partition}" if partition else ""
    click.echo(f"It stays so until new data arrives, or: platformctl release {subject.asset}{option}")


@click.command()
@click.argument("asset")
@workspace_option
@click.option("--partition", help="Only this partition. Default: all that are held.")
@_by_option
def release(asset: str, workspace_dir: str | None, partition: str | None, by: str | None) -> None:
    """End the hold of a rolled-back ASSET: the next delivery is published again, even one it was rolled back from."""
    from platform_core.cli.asked import subjects, table
    from platform_core.formats.escaping import one_line
    from platform_core.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    (subject,) = subjects(workspace, asset)
    released = table(workspace, subject.asset).release(partition, by=by or getpass.getuser())
    for item in released:
        click.echo(f"Released: {subject.asset}{f' ({item.partition})' if item.partition else ''}.")
    stays = "What stands now stays published until newer data takes its place"
    if subject.unsafe:
        click.echo(f"{stays}. Nothing runs it again by itself, as a re-run is unsafe: {one_line(subject.unsafe)}")
    else:
        click.echo(f"{stays}: it follows its deliveries and inputs again.")


def _ask(workspace: Workspace, asset: AssetId, partition: str | None, to: int | None) -> None:
    """Say what would change, and who reads it, before asking."""
    from platform_core.answers.words import count
    from platform_core.cli.asked import table
    from platform_core.formats.escaping import one_line
    from platform_core.lineage import Graph
    from platform_core.workspace import load_registry

    live = {key: item for key, item in table(workspace, asset).current().items() if partition in (None, key)}
    for key, item in sorted(live.items(), key=lambda pair: pair[0] or ""):
        click.echo(
            f"{asset}{f' ({key})' if key else ''}: version {item.version}, {count(item.rows, 'row')}, stands now."
        )
    graph = Graph.union(one.graph for one in load_registry(workspace).values())
    if readers := graph.downstream(str(asset)):
        click.echo(f"Made from it, and made again after the rollback: {', '.join(readers)}")
        for key in readers:
            if key in graph.assets and (unsafe := graph.assets[key].unsafe):
                click.echo(f"  {key} is said to be unsafe to run again: {one_line(unsafe)}")
    target = "what was published before" if to is None else f"version {to}"
    click.confirm(f"Go back to {target}?", abort=True)


def _announce(workspace: Workspace, asset: AssetId, publications: Sequence[Publication]) -> None:
    """The commit stands whatever becomes of its announcement; the location's reconcile sensor makes up for it."""
    from platform_core.adapters.announcing import announce
    from platform_core.adapters.instance import open_instance, readable
    from platform_core.errors import PlatformError

    later = "The location announces it when it next runs."
    try:
        with open_instance(workspace.root) as instance, readable():
            if instance is None:
                click.echo(f"Dagster was never started here. {later}")
                return
            announce(instance, asset, publications)
    except PlatformError as error:
        click.echo(f"Warning: {error}\n  {later}", err=True)
        return
    click.echo("Dagster was told: what is made from it follows by itself.")
