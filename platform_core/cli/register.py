"""platformctl register: bring this code location into the central workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.cli.registered import as_data, show, show_problems
from platform_core.cli.workspace import named_workspace, workspace_option
from platform_core.findings import FindingsError, exit_code

if TYPE_CHECKING:
    from platform_core.workspace import Registered, Workspace
    from platform_core.workspace.pushing import Pushed
    from platform_core.workspace.verify import Verified

__all__ = ["register"]

_FORMATS = ["text", "json", "markdown", "github"]  # the last two are the findings alone, for a build server


@click.command()
@click.argument("root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@workspace_option
@click.option(
    "--python", default="", metavar="PATH", help="The location's interpreter. Default: ROOT/.venv, else this one."
)
@click.option("--host", default="", help="Server profile: the host of the location's code server.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Server profile: its code server's port.")
@click.option("--allow-pending", is_flag=True, help="Register though an upstream is not published by anyone yet.")
@click.option("--push", is_flag=True, help="Push to the git repository that the workspace is a clone, or the URL, of.")
@click.option("--dry-run", is_flag=True, help="Show what would change and whether it would pass; write nothing.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.pass_context
def register(
    context: click.Context,
    *,
    root: Path,
    workspace_dir: str | None,
    python: str,
    host: str,
    port: int | None,
    allow_pending: bool,
    push: bool,
    dry_run: bool,
    format_: str,
) -> None:
    """Register the code location in ROOT (default: this folder) in the workspace.

    Its definitions are loaded in its own environment, the gate is asked, and its folder in the workspace is written in
    one step. A running deployment then loads it, and the answer says whether that worked.

    With --push the same happens in a private clone of the workspace's git repository, and the change is pushed. A
    location that is new there is pushed as the branch onboard/NAME, for the platform team to merge.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace import register as register_location
    from platform_core.workspace.pushing import push_registration

    options: dict[str, Any] = {"host": host, "port": port or 0}
    pushed: Pushed | None = None
    workspace: Workspace | None = None
    try:
        if push:
            outcome, pushed = push_registration(
                root, named_workspace(workspace_dir), python, allow_pending, dry_run, **options
            )
        else:
            workspace = find_workspace(workspace_dir)
            outcome = register_location(root, workspace, python, allow_pending, dry_run, **options)
    except FindingsError as error:
        show_problems(error, root, format_)
        context.exit(1)
    if format_ != "json":
        show(outcome, format_, pushed)
    verified = (
        _verify(outcome, workspace, format_) if workspace and not dry_run and outcome.verdict != "refused" else None
    )
    if format_ == "json":
        click.echo(json.dumps(as_data(outcome, verified, pushed), indent=2, ensure_ascii=False))
    elif verified:
        click.echo(verified.sentence, err=format_ != "text")
    context.exit(1 if exit_code(outcome.findings) or (verified and not verified.loaded) else 0)


def _verify(outcome: Registered, workspace: Workspace, format_: str) -> Verified | None:
    from platform_core.workspace.verify import verify

    def say(line: str) -> None:
        click.echo(line, err=format_ != "text")

    return verify(workspace, outcome.registration, say)
