"""platformctl contract needs: what this location relies on of other teams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from platform_core.onboarding.need_files import NeedFile

__all__ = ["needs"]


@click.command()
@click.option("--write", is_flag=True, help="Draft needs/, or bring it up to date; what you wrote in it stays.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def needs(*, write: bool, format_: str, location_root: Path) -> None:
    """List the columns of other teams' datasets that this location uses, for which of its datasets, and what is
    promised of them and relied on; then the version, the keys and the service levels. What is not promised is marked
    NOT MET: `platformctl check` says what to do about it.

    Told from its queries, the rules of its contracts, and from the SQL that dbt compiles of its models; of a Python
    function's inputs, all. What is relied on stands in needs/<location>.<dataset>.yaml: without a file, everything
    that is promised of these columns counts.
    """
    import json

    from platform_core.locations import find_root
    from platform_core.onboarding.need_files import write_needs
    from platform_core.onboarding.needs import needs_of

    root = find_root(location_root.absolute())
    if write:
        _show(write_needs(root), root)
    elif format_ == "json":
        click.echo(json.dumps(needs_of(root), indent=2, ensure_ascii=False))
    else:
        _list(root)


def _list(root: Path) -> None:
    from platform_core.formats.needs import need_rows
    from platform_core.formats.table import table
    from platform_core.lineage.needs import FOLDER, load_needs
    from platform_core.onboarding.needs import known_uses

    known = known_uses(root)
    if not known:
        click.echo("It reads nothing of other teams.")
        return
    written = load_needs(root / FOLDER)
    rows = [row for name, one in known.items() for row in need_rows(name, one, written.get(name))]
    click.echo(table(["DATASET", "COLUMN", "USED BY", "PROMISED", "RELIED ON"], rows))
    if any(one.unknown for one in known.values()):
        click.echo("?: a Python function, or SQL that cannot be followed: nobody knows which columns it uses.")


def _show(files: list[NeedFile], root: Path) -> None:
    if not files:
        click.echo("It reads nothing of other teams.")
    for one in files:
        name = one.path.relative_to(root).as_posix()
        if one.before is None:
            click.echo(f"{name}: drafted, {_columns(one.added)}.")
        elif one.changed:
            said = [f"{_columns(one.added)} added"] if one.added else []
            said += [f"{_columns(one.removed)} taken out"] if one.removed else []
            click.echo(f"{name}: {', '.join(said)}.")
        else:
            click.echo(f"{name}: up to date.")
        for note in one.notes:
            click.echo(f"  {note}")


def _columns(names: tuple[str, ...]) -> str:
    return f"{len(names)} column{'' if len(names) == 1 else 's'} ({', '.join(names)})" if names else "no columns"
