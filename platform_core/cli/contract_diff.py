"""platformctl contract diff: what a changed contract means for those who read the data."""

from __future__ import annotations

import os
from pathlib import Path

import click

from platform_core.cli.workspace import workspace_option

__all__ = ["diff"]

_FORMATS = ("text", "json", "markdown", "github", "gitlab")  # as in formats.findings, which help must not import


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@workspace_option
def diff(*, old: str | None, new: str | None, format_: str, workspace_dir: str | None) -> None:
    """Judge a changed contract: whom it breaks, whether published data keeps it, which version says so.

    OLD and NEW are contract files or folders, revisions of git (main, or main:contracts/orders.odcs.yaml), or what is
    registered (location/dataset). One alone is held against this location's contracts when it is a revision or is
    registered, and is itself held against what is registered when it is a file. Without any, this location's contracts
    are held against what it has registered.

    With a workspace, those who read the dataset are evidence: what hurts none of them breaks nobody. Exit codes: 0 it
    breaks nobody and its version says what changed, 1 not so, 2 it could not be judged.
    """
    from platform_core.findings import FindingsError, exit_code
    from platform_core.formats.contract_diff import render_comparisons, render_unsound
    from platform_core.workspace import find_workspace
    from platform_core.workspace.revisions import Revisions

    named = workspace_dir or os.environ.get("PLATFORM_WORKSPACE")
    mine = Path(old or ".") if not new and Path(old or ".").exists() else Path()
    revisions = Revisions(mine.absolute(), find_workspace(workspace_dir) if named else None)
    try:
        if old and new:
            sides = revisions.side(old), revisions.side(new)
        elif old and mine != Path():
            sides = revisions.registered(), revisions.side(old)
        elif old:
            sides = revisions.side(old), revisions.own()
        else:
            sides = revisions.registered(), revisions.own()
    except FindingsError as error:
        click.echo(error.message, err=True)
        click.echo(render_unsound(error.findings, format_))
        raise SystemExit(2) from error
    compared = revisions.compare(*sides)
    if text := render_comparisons(compared, format_):
        click.echo(text)
    raise SystemExit(exit_code(finding for one in compared for finding in one.findings))
