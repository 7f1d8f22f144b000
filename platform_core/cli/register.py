"""platformctl register: bring this code location into the central workspace."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.cli.workspace import workspace_option
from platform_core.findings import FindingsError, exit_code

if TYPE_CHECKING:
    from platform_core.lineage import Change
    from platform_core.workspace import Registered, Workspace
    from platform_core.workspace.verify import Verified

__all__ = ["register"]

_FORMATS = ["text", "json", "markdown", "github"]  # the last two are the findings alone, for a build server
_HEADLINES = {
    "registered": "Registered {name} ({owner}): {datasets}.",
    "updated": "Updated {name} ({owner}): {datasets}.",
    "unchanged": "{name} ({owner}) is registered as it is: {datasets}.",
    "would-register": "Would register {name} ({owner}): {datasets}. Nothing was written.",
    "would-update": "Would update {name} ({owner}): {datasets}. Nothing was written.",
    "refused": "{name} was refused. Nothing was written.",
}


@click.command()
@click.argument("root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@workspace_option
@click.option(
    "--python", default="", metavar="PATH", help="The location's interpreter. Default: ROOT/.venv, else this one."
)
@click.option("--host", default="", help="Server profile: the host of the location's code server.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Server profile: its code server's port.")
@click.option("--allow-pending", is_flag=True, help="Register though an upstream is not published by anyone yet.")
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
    dry_run: bool,
    format_: str,
) -> None:
    """Register the code location in ROOT (default: this folder) in the workspace.

    Its definitions are loaded in its own environment, the gate is asked, and its folder in the workspace is written in
    one step. A running deployment then loads it, and the answer says whether that worked.
    """
    from platform_core.workspace import find_workspace
    from platform_core.workspace import register as register_location

    workspace = find_workspace(workspace_dir)
    try:
        outcome = register_location(root, workspace, python, allow_pending, dry_run, host=host, port=port or 0)
    except FindingsError as error:
        _show_problems(error, root, format_)
        context.exit(1)
    if format_ != "json":
        _show(outcome, format_)
    verified = _verify(outcome, workspace, format_) if not dry_run and outcome.verdict != "refused" else None
    if format_ == "json":
        click.echo(json.dumps(_as_data(outcome, verified), indent=2, ensure_ascii=False))
    elif verified:
        click.echo(verified.sentence, err=format_ != "text")
    context.exit(1 if exit_code(outcome.findings) or (verified and not verified.loaded) else 0)


def _verify(outcome: Registered, workspace: Workspace, format_: str) -> Verified | None:
    from platform_core.workspace.verify import verify

    def say(line: str) -> None:
        click.echo(line, err=format_ != "text")

    return verify(workspace, outcome.registration, say)


def _show_problems(error: FindingsError, root: Path, format_: str) -> None:
    from platform_core.formats.findings import render

    if format_ == "json":
        click.echo(json.dumps({"verdict": "refused", "findings": json.loads(render(error.findings, "json"))}, indent=2))
    else:
        click.echo(
            f"The location in {root.absolute()} cannot be registered. Nothing was written.", err=format_ != "text"
        )
        click.echo(render(error.findings, format_))


def _show(outcome: Registered, format_: str) -> None:
    from platform_core.formats.findings import render

    if format_ != "text":
        click.echo(render(outcome.findings, format_))
        return
    one = outcome.registration
    count = len(one.graph.assets)
    datasets = f"{count} dataset{'s' if count != 1 else ''}"
    click.echo(_HEADLINES[outcome.verdict].format(name=one.name, owner=one.owner, datasets=datasets))
    for change in outcome.changes if outcome.verdict != "refused" else ():
        click.echo(f"  {_line(change)}")
    if outcome.findings:
        click.echo(render(outcome.findings, "text"))
    if outcome.waiting_for and outcome.verdict != "refused":
        click.echo(f"Pending: it waits for {', '.join(outcome.waiting_for)}.")


def _line(change: Change) -> str:
    if change.kind != "changed":
        status = f": {change.after or change.before}" if change.field else ""
        return f"{'+' if change.kind == 'added' else '-'} {change.key}{status}"
    short = change.field in ("description", "checks", "partitions")
    return f"~ {change.key}: {change.field}" + ("" if short else f" {_said(change.before)} -> {_said(change.after)}")


def _said(value: Any) -> str:
    from platform_core.lineage import ContractRef

    if isinstance(value, ContractRef):
        return f"{value.version} ({value.hash})"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _as_data(outcome: Registered, verified: Verified | None) -> dict[str, Any]:
    from platform_core.formats.findings import render

    return {
        "location": outcome.registration.name,
        "verdict": outcome.verdict,
        "status": "pending" if outcome.waiting_for else "active",
        "waiting_for": list(outcome.waiting_for),
        "changes": [
            {**asdict(change), "before": _plain(change.before), "after": _plain(change.after)}
            for change in outcome.changes
        ],
        "findings": json.loads(render(outcome.findings, "json")),
        "deployment": asdict(verified) if verified else None,
    }


def _plain(value: Any) -> Any:
    """Dataclasses inside tuples and out, as JSON can hold them."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
