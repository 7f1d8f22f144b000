"""platformctl status: is the data safe to use?"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from platform_core.cli.workspace import workspace_option

if TYPE_CHECKING:
    from platform_core.answers import DatasetFacts
    from platform_core.workspace import Workspace

__all__ = ["status"]


@click.command()
@click.argument("asset", required=False)
@workspace_option
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "html", "markdown"]), default="text", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--audit", is_flag=True, help="Audit data published under an earlier contract against today's.")
def status(asset: str | None, workspace_dir: str | None, format_: str, output: Path | None, *, audit: bool) -> None:
    """Say what is published, since when, and whether it is safe to use: all datasets, or the full story of ASSET.

    Exit code 0: all asked are safe to use. 1: some are not. 2: could not be answered.
    """
    from platform_core.adapters.facts import gather
    from platform_core.answers import answer
    from platform_core.cli.asked import subjects, table
    from platform_core.cli.landed import with_strays
    from platform_core.formats.escaping import one_line
    from platform_core.formats.status import render
    from platform_core.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    asked = subjects(workspace, asset)
    facts = _observed(gather(asked, partial(table, workspace)), workspace)
    if audit:
        facts = tuple(_audited(item, workspace) for item in facts)
    facts, unplaced = with_strays(facts, workspace)
    answers = [answer(item) for item in facts]
    text = render(answers, format_, story=asset is not None)
    if unplaced and asset is None and format_ == "text":
        text = "\n".join([text, "", "Delivered, and not taken:", *(f"  {one_line(line)}" for line in unplaced)])
    _warn_of_silence(workspace, {item.asset.location for item in facts})
    if output is None:
        click.echo(text)
    else:
        _write(output, text)
    sys.exit(int(not all(item.verdict.safe for item in answers)))


def _warn_of_silence(workspace: Workspace, locations: set[str]) -> None:
    """What stands is safe or not whoever answers; but nothing new comes from where nobody does."""
    from platform_core.workspace import load_registry
    from platform_core.workspace.placement import silent_servers

    for name, reason in sorted(silent_servers(workspace, load_registry(workspace)).items()):
        if name in locations:
            click.echo(f"Warning: the code server of {name} does not answer ({reason}): its runs wait.", err=True)


def _observed(facts: tuple[DatasetFacts, ...], workspace: Workspace) -> tuple[DatasetFacts, ...]:
    """Without Dagster's record the verdicts still stand: they come from the warehouse."""
    from platform_core.adapters.facts import observe
    from platform_core.adapters.instance import open_instance
    from platform_core.errors import PlatformError

    try:
        with open_instance(workspace.root) as instance:
            return facts if instance is None else observe(facts, instance)
    except PlatformError as error:
        click.echo(f"Warning: {error}\n  Runs and Dagster's freshness are left out.", err=True)
        return facts


def _audited(facts: DatasetFacts, workspace: Workspace) -> DatasetFacts:
    from platform_core.adapters.restoring import audit_published
    from platform_core.answers import judge
    from platform_core.cli.asked import contract, table

    outdated = judge(facts).outdated
    if not outdated:
        return facts
    audited = audit_published(facts.asset, partial(contract, workspace), partial(table, workspace), outdated)
    return replace(facts, audited=audited)


def _write(output: Path, text: str) -> None:
    """In one step: a page that people read while it is written is never half a page."""
    from platform_core.errors import PlatformError, Where

    staged = output.with_name(f".{output.name}.new")
    try:
        staged.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
        staged.replace(output)
    except OSError as error:
        raise PlatformError(f"cannot be written: {error.strerror}.", Where(output)) from error
    click.echo(f"Written: {output}")
