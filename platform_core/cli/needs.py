"""platformctl contract needs: what this location relies on of other teams."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["needs"]


@click.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def needs(*, format_: str, location_root: Path) -> None:
    """List the columns of other teams' datasets that this location uses, and for which of its datasets.

    Told from its queries, and from the SQL that dbt compiles of its models; of a Python function's inputs, all.
    """
    import json

    from platform_core.formats.table import table
    from platform_core.locations import find_root
    from platform_core.onboarding.needs import needs_of

    found = needs_of(find_root(location_root.absolute()))
    if format_ == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("It reads nothing of other teams.")
        return
    rows = [[asset, column, ", ".join(users)] for asset, columns in found.items() for column, users in columns.items()]
    rows += [[asset, "(rows only)", ""] for asset, columns in found.items() if not columns]
    click.echo(table(["DATASET", "COLUMN", "USED BY"], sorted(rows)))
