"""platformctl sync: write what follows from location.yaml."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["sync"]


@click.command()
@click.option("--dry-run", is_flag=True, help="Name the files that would change; write nothing.")
@click.option("--catalog-info", is_flag=True, help="Also make catalog-info.yaml (Backstage) where there is none.")
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def sync(*, dry_run: bool, catalog_info: bool, location_root: Path) -> None:
    """Write owner and support as location.yaml says into the files that repeat them.

    CODEOWNERS (the rule for all files), catalog-info.yaml (owner, location and support of the Component), and of each
    contract `team` and `support`. Whatever else stands there stays as it is. Exit codes: 0 all follows now; 1 something
    is left for a person, with its place; 2 it could not run.
    """
    from platform_core.findings import exit_code
    from platform_core.formats.findings import render
    from platform_core.locations import find_root
    from platform_core.onboarding.following import follow

    outcome = follow(find_root(location_root.absolute()), new_catalog_info=catalog_info, dry_run=dry_run)
    for name in outcome.files:
        click.echo(f"{name}: {'would be written' if dry_run else 'written'}.")
    if not outcome.files:
        click.echo(
            "There is nothing that could be written." if outcome.left else "Everything follows from location.yaml."
        )
    if outcome.left:
        click.echo(render(outcome.left))
    raise SystemExit(exit_code(outcome.left))
