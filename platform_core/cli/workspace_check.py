"""platformctl workspace check: everybody against everybody, and what came in by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from platform_core.cli.workspace_option import workspace_option

if TYPE_CHECKING:
    from platform_core.workspace.check import Checked
    from platform_core.workspace.layout import Workspace

__all__ = ["check"]

_FORMATS = ["text", "json", "markdown", "github"]


@click.command()
@workspace_option
@click.option("--no-servers", is_flag=True, help="Ask nobody what runs: the files alone.")
@click.option("--every-file", is_flag=True, help="Read every contract anew, though its registration's seal holds.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.pass_context
def check(
    context: click.Context, *, workspace_dir: str | None, no_servers: bool, every_file: bool, format_: str
) -> None:
    """Judge the whole workspace: every location against all others, as the gate does; files edited by hand; needs that
    no longer hold; exemptions; what is deprecated; and whether what runs is what is registered.

    Exit codes: 0 nothing is wrong, 1 something is, 2 it could not be judged.
    """
    from platform_core.findings import exit_code
    from platform_core.formats.findings import render
    from platform_core.workspace import find_workspace
    from platform_core.workspace.check import check_workspace

    workspace = find_workspace(workspace_dir)
    checked = check_workspace(workspace, every_file=every_file, servers=not no_servers)
    if format_ == "json":
        click.echo(json.dumps(_as_data(workspace, checked), indent=2, ensure_ascii=False, default=str))
    elif format_ == "github":
        click.echo(render(checked.findings, format_))
    else:
        click.echo("\n".join(_report(workspace, checked, format_)))
    context.exit(exit_code(checked.findings))


def _report(workspace: Workspace, checked: Checked, format_: str) -> list[str]:
    from platform_core.formats.escaping import markdown, one_line
    from platform_core.formats.findings import render

    said = markdown if format_ == "markdown" else one_line
    bullet = "- " if format_ == "markdown" else "  "
    lines = [*(["## Workspace", ""] if format_ == "markdown" else []), _summary(workspace, checked)]
    lines += [f"{bullet}{said(name)} waits for {said(', '.join(keys))}" for name, keys in checked.pending.items()]
    lines += ["", render(checked.findings, format_)]
    if checked.exemptions:
        lines += ["", "Exemptions that stand:"]
    for one in sorted(checked.exemptions, key=lambda one: one.until):
        by = f", by {said(one.by)}" if one.by else ", its own"
        rule = f"{said(one.location)}: {said(one.subject)} from {said(one.rule)}"
        lines.append(f"{bullet}until {one.until}: {rule}{by}: {said(one.reason)}")
    return lines


def _summary(workspace: Workspace, checked: Checked) -> str:
    locations = f"{checked.locations} location{'s' if checked.locations != 1 else ''}"
    datasets = f"{checked.datasets:,} dataset{'s' if checked.datasets != 1 else ''}"
    pending = f", {len(checked.pending)} pending" if checked.pending else ""
    asked = f" What runs was told by {checked.asked}." if checked.asked else " Nobody was asked what runs."
    return f"{workspace.root.name}: {locations}, {datasets}{pending}.{asked}"


def _as_data(workspace: Workspace, checked: Checked) -> dict[str, Any]:
    from platform_core.formats.findings import render

    return {
        "workspace": str(workspace.root),
        "locations": checked.locations,
        "datasets": checked.datasets,
        "pending": {name: list(keys) for name, keys in checked.pending.items()},
        "asked": checked.asked,
        "findings": json.loads(render(checked.findings, "json")),
        "exemptions": [{**one.as_data(), "location": one.location} for one in checked.exemptions],
    }
