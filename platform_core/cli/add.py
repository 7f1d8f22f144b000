"""platformctl add: what is new in a location."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["add"]


@click.group()
def add() -> None:
    """Add to the location this folder lies in."""


@add.command("dataset")
@click.argument("name")
@click.option("--from", "file", type=click.Path(path_type=Path), help="A delivery: its contract is inferred.")
@click.option("--sql", "query", type=click.Path(path_type=Path), help="A file with one SELECT over other datasets.")
@click.option("--python", is_flag=True, help="A Python function.")
@click.option("--copy-of", metavar="DATASET", help="Another team's dataset, copied to this location's engine.")
@click.option("--input", "inputs", multiple=True, metavar="DATASET", help="With --python: what the function reads.")
@click.option(
    "--partitions",
    metavar="HOW",
    help="monthly:2013-01-01 (daily, weekly), static:EWR,JFK, dynamic, none; same (as what --sql reads). "
    "Default: by file name.",
)
@click.option("--encoding", help="With --from: of a text file. Default: utf-8.")
@click.option("--delimiter", help="With --from: the sign between the values of a CSV file. Default: a comma.")
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def dataset(  # one argument an option
    *,
    name: str,
    file: Path | None,
    query: Path | None,
    python: bool,
    copy_of: str | None,
    inputs: tuple[str, ...],
    partitions: str | None,
    encoding: str | None,
    delimiter: str | None,
    location_root: Path,
) -> None:
    """Bring the dataset NAME under contract: writes its contract, its code and a sample, or nothing."""
    from platform_core.locations import find_root
    from platform_core.onboarding.dataset import add_python, add_sql
    from platform_core.onboarding.partitioning import parse_partitions

    ways = {"--from": file, "--sql": query, "--python": python or None, "--copy-of": copy_of}
    _one_way([name for name, given in ways.items() if given is not None], inputs, partitions, encoding or delimiter)
    root = find_root(location_root.absolute())
    cut = parse_partitions(partitions) if partitions and partitions != "same" else None
    if file is not None:
        from platform_core.onboarding.delivery import FileOptions, add_file

        options = FileOptions(encoding or "utf-8", delimiter or "")
        added = add_file(root, name, file, cut, detect_partitions=partitions is None, options=options)
    elif copy_of is not None:
        from platform_core.onboarding.copying import add_copy

        added = add_copy(root, name, copy_of)
    elif query is not None:
        added = add_sql(root, name, query, cut, same=partitions == "same")
    else:
        added = add_python(root, name, inputs, cut)
    click.echo(f"Added {added.asset}:\n")
    for path in added.files:
        click.echo(f"    {path}")
    click.echo()
    for note in added.notes:
        click.echo(note)
    click.echo("Read the contract: it is what you promise. Then run: platformctl check")


def _one_way(ways: list[str], inputs: tuple[str, ...], partitions: str | None, reading: str | None) -> None:
    """Raise click.UsageError unless the data comes from one place, and each option belongs to it."""
    if len(ways) != 1:
        known = "--from FILE, --sql FILE, --python and --copy-of DATASET"
        raise click.UsageError(f"Say where the data comes from: one of {known}.")
    if ways == ["--copy-of"] and partitions is not None:
        raise click.UsageError("A copy is cut as its source is: leave --partitions out.")
    if inputs and ways != ["--python"]:
        raise click.UsageError("--input belongs to --python; a query says itself what it reads.")
    if reading and ways != ["--from"]:
        raise click.UsageError("--encoding and --delimiter belong to --from.")
    if partitions == "same" and ways != ["--sql"]:
        raise click.UsageError("--partitions same belongs to --sql.")


@add.command("dbt-project")
@click.option("--folder", default="dbt", show_default=True, help="Its folder: an existing project, or a new one.")
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def dbt_project(*, folder: str, location_root: Path) -> None:
    """Declare a dbt project: the one in FOLDER of this location, or an empty one, made there."""
    from platform_core.locations import find_root
    from platform_core.onboarding.dbt_project import add_dbt_project

    added = add_dbt_project(find_root(location_root.absolute()), folder)
    click.echo("Added a dbt project:\n")
    for path in added.files:
        click.echo(f"    {path}")
    click.echo()
    for note in added.notes:
        click.echo(note)
    click.echo("Then run: platformctl check")
