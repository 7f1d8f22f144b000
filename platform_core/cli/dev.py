"""platformctl dev: this location on this machine, on samples of other teams' data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from platform_core.testing.local import LocalPlatform, Seeded
    from platform_core.testing.local_runs import Ran

__all__ = ["dev"]


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Of the Dagster page.")
@click.option("--once", is_flag=True, help="No page: run every dataset now, print what came of it.")
@click.option("--materialize", "dataset", metavar="DATASET", help="No page: run this dataset and what it needs.")
@click.option("--partition", metavar="KEY", help="With --materialize: this partition of it.")
@click.option("--again", is_flag=True, help="With --materialize: run it even where a re-run is said to be unsafe.")
@click.option("--samples", is_flag=True, help="Seed this location's own sources too, where nothing is published yet.")
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
@click.pass_context
def dev(
    context: click.Context,
    *,
    port: int,
    once: bool,
    dataset: str | None,
    partition: str | None,
    again: bool,
    samples: bool,
    location_root: Path,
) -> None:
    """Run this location on this machine, on samples of other teams' data.

    Other teams' data is made from their registered contracts (PLATFORM_WORKSPACE says where). Files are taken from
    landing/; everything is written below .platform/local/ and nowhere else. Delete that folder to start afresh.
    """
    from platform_core.locations import find_root
    from platform_core.testing.local import LocalPlatform

    if partition and not dataset:
        raise click.UsageError("--partition belongs to --materialize.")
    if again and not dataset:
        raise click.UsageError("--again belongs to --materialize.")
    platform = LocalPlatform(find_root(location_root.absolute()))
    _warn_of_secrets(platform)
    if platform.engine_note:
        click.echo(platform.engine_note)
    seeded = platform.prepare()
    seeded += platform.seed_sources() if samples else []
    _show_seeds(seeded)
    if once or dataset:
        context.exit(_run(platform, dataset or "", partition, again))
    from platform_core.cli.dagster_page import serve

    context.exit(serve(platform, port))


def _warn_of_secrets(platform: LocalPlatform) -> None:
    if missing := platform.missing_secrets():
        click.echo(f"Not set: {', '.join(missing)} (named in location.yaml). Write them into .env.", err=True)


def _show_seeds(seeded: list[Seeded]) -> None:
    for one in seeded:
        cut = f" in {one.partitions} partitions" if one.partitions > 1 else ""
        word = "made" if one.fresh else "kept"
        click.echo(f"sample {word}: {one.asset}, {one.rows:,} rows{cut}")


def _run(platform: LocalPlatform, dataset: str, partition: str | None, again: bool) -> int:
    import os

    from platform_core.testing.local_runs import run_here

    os.environ.clear()
    os.environ.update(platform.environment())  # the team's code finds its secrets where it will find them later
    ended = []
    for ran in run_here(platform, dataset, partition, again):
        _show(ran)
        ended.append(ran.word)
    return int(any(word not in ("published", "kept") for word in ended))


def _show(ran: Ran) -> None:
    name = f"{ran.asset} {ran.partition}" if ran.partition else str(ran.asset)
    colour = {"published": "green", "kept": "green", "refused": "red", "failed": "red", "waiting": "yellow"}[ran.word]
    click.echo(f"{click.style(ran.word, fg=colour)}  {name}: {ran.detail}")
