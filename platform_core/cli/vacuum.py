"""platformctl vacuum: remove old versions and quarantine that their contract no longer keeps."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from platform_core.cli.workspace import workspace_option

if TYPE_CHECKING:
    from platform_core.resources.warehouse import Cleared

__all__ = ["vacuum"]


@click.command()
@click.argument("asset", required=False)
@workspace_option
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def vacuum(asset: str | None, workspace_dir: str | None, dry_run: bool) -> None:
    """Remove what the contract of ASSET (default: of every dataset) no longer keeps, and what killed runs left.

    What is published now is never touched. How long versions and refused deliveries are kept, the contract says: the
    SLA property retention, and the custom property platformVersions.
    """
    from platform_core.cli.asked import contract, subjects, table
    from platform_core.errors import PlatformError
    from platform_core.resources.warehouse import Retention
    from platform_core.workspace import find_workspace

    workspace = find_workspace(workspace_dir)
    failed = False
    for subject in subjects(workspace, asset):
        try:
            retention = Retention.of(contract(workspace, subject.asset))
            cleared = table(workspace, subject.asset).vacuum(retention, dry_run)
        except PlatformError as error:  # one dataset's problem keeps no other from being cleared
            click.echo(f"Error: {subject.asset}: {error}", err=True)
            failed = True
            continue
        click.echo(f"{subject.asset}: {_said(cleared, dry_run)}")
    if failed:
        sys.exit(2)


def _said(cleared: Cleared, dry_run: bool) -> str:
    counts = (
        (cleared.files, "file of old versions", "files of old versions"),
        (cleared.stages, "stage left by a killed run", "stages left by killed runs"),
        (cleared.refusals, "refused delivery", "refused deliveries"),
    )
    said = [f"{number:,} {one if number == 1 else many}" for number, one, many in counts if number]
    if not said:
        return "nothing to remove."
    size = f" ({cleared.size / 1e6:,.1f} MB)" if cleared.files else ""
    return f"{'would remove' if dry_run else 'removed'} {', '.join(said)}{size}."
