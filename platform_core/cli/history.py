"""platformctl history: what was published and refused, and when."""

from __future__ import annotations

import click

from platform_core.cli.workspace import workspace_option

__all__ = ["history"]


@click.command()
@click.argument("asset")
@workspace_option
@click.option("--partition", help="Only this partition.")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="At most so many, newest first.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def history(asset: str, workspace_dir: str | None, partition: str | None, limit: int, format_: str) -> None:
    """List the publications, rollbacks and refusals of ASSET, newest first."""
    from platform_core.adapters.facts_history import events
    from platform_core.cli.asked import subjects, table
    from platform_core.formats.history import render
    from platform_core.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    (subject,) = subjects(workspace, asset)
    found = events(table(workspace, subject.asset), partition, limit)
    click.echo(render(str(subject.asset), found, format_))
