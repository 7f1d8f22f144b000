"""platformctl unregister: take a location out of the central workspace."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.cli.workspace import named_workspace, workspace_option
from platform_core.findings import exit_code

if TYPE_CHECKING:
    from platform_core.workspace.pushing import Pushed
    from platform_core.workspace.unregister import Unregistered
    from platform_core.workspace.verify import Verified

__all__ = ["unregister"]

_FORMATS = ["text", "json", "markdown", "github"]
_HEADLINES = {
    "unregistered": "Unregistered {name}{owner}: {datasets} gone from the workspace.",
    "would-unregister": "Would unregister {name}{owner}: {datasets}. Nothing was written.",
    "refused": "{name} was not unregistered. Nothing was written.",
}


@click.command()
@click.argument("name")
@workspace_option
@click.option("--push", is_flag=True, help="Push to the git repository that the workspace is a clone, or the URL, of.")
@click.option("--dry-run", is_flag=True, help="Say whether it could go; write nothing.")
@click.option("--platform", is_flag=True, help="As the platform team: any location, from anywhere.")
@click.option(
    "--location-root", type=click.Path(path_type=Path), default=Path(), help="Its checkout. Default: this folder."
)
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.pass_context
def unregister(
    context: click.Context,
    *,
    name: str,
    workspace_dir: str | None,
    push: bool,
    dry_run: bool,
    platform: bool,
    location_root: Path,
    format_: str,
) -> None:
    """Take the location NAME out of the workspace: refused while others read or need what it publishes.

    Run it in a checkout of the location, whose repository and owner must be the registered ones; or, as the platform
    team, with --platform. What it has published stays where it is. A running deployment drops it.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace.unregister import push_removal
    from platform_core.workspace.unregister import unregister as unregister_location

    root, pushed, verified = None if platform else location_root, None, None
    if push:
        outcome, pushed = push_removal(name, named_workspace(workspace_dir), root, dry_run)
    else:
        workspace = find_workspace(workspace_dir)
        outcome = unregister_location(name, workspace, root, dry_run)
        if outcome.verdict == "unregistered":
            from platform_core.workspace.verify import verify_gone

            verified = verify_gone(workspace, name)
    if format_ == "json":
        click.echo(json.dumps(_as_data(outcome, pushed, verified), indent=2, ensure_ascii=False))
    else:
        _show(outcome, pushed, verified, format_)
    context.exit(1 if exit_code(outcome.findings) or (verified and not verified.loaded) else 0)


def _show(outcome: Unregistered, pushed: Pushed | None, verified: Verified | None, format_: str) -> None:
    from platform_core.formats.changes import change_line
    from platform_core.formats.findings import render

    if format_ != "text":
        click.echo(render(outcome.findings, format_))
        return
    one = outcome.registration
    count = len(one.graph.assets) if one else 0
    datasets = f"{count} dataset{'s' if count != 1 else ''}"
    owner = f" ({one.owner})" if one else ""
    click.echo(_HEADLINES[outcome.verdict].format(name=outcome.name, owner=owner, datasets=datasets))
    for change in outcome.changes if outcome.verdict != "refused" else ():
        click.echo(f"  {change_line(change)}")
    if outcome.findings:
        click.echo(render(outcome.findings, "text"))
    if outcome.verdict == "unregistered":
        if pushed:
            click.echo(f"Pushed {pushed.commit[:12]} to {pushed.branch} of {pushed.address}.")
        click.echo("What it has published stays where it is; nobody finds it in the catalog any more.")
        if verified:
            click.echo(verified.sentence)


def _as_data(outcome: Unregistered, pushed: Pushed | None, verified: Verified | None) -> dict[str, Any]:
    from platform_core.formats.findings import render

    return {
        "location": outcome.name,
        "verdict": outcome.verdict,
        "owner": outcome.registration.owner if outcome.registration else None,
        "datasets": sorted(outcome.registration.graph.assets) if outcome.registration else [],
        "findings": json.loads(render(outcome.findings, "json")),
        "deployment": asdict(verified) if verified else None,
        **({"pushed": asdict(pushed)} if pushed else {}),
    }
