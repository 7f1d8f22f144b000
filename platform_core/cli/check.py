"""platformctl check: all that a pull request of a location must pass."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from platform_core.formats.findings import FORMATS

__all__ = ["check"]


@click.command()
@click.option("--fast", is_flag=True, help="Files only: nothing is imported, no workspace is asked (pre-commit).")
@click.option(
    "--workspace", "workspace_dir", metavar="DIR", help="A copy of the workspace, only read. [PLATFORM_WORKSPACE]"
)
@click.option("--allow-pending", is_flag=True, help="An upstream that nobody publishes yet is only worth a warning.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to write what was found.")
@click.option(
    "--report", "reports", metavar="FORMAT=FILE", multiple=True, help="Write it to a file as well; again for more."
)
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def check(
    *,
    fast: bool,
    workspace_dir: str | None,
    allow_pending: bool,
    format_: str,
    reports: tuple[str, ...],
    location_root: Path,
) -> None:
    """Check all that a pull request of this location must pass; the tests are pytest's.

    Its files, that the definitions load, inputs that are not declared, whether a dbt project agrees with its contracts;
    and, against the workspace, what a registration would meet: contracts that others rely on, needs, unique keys.
    Exit codes: 0 nothing is wrong, 1 something is, 2 it could not be checked.
    """
    from platform_core import checking  # each part is loaded when it is called: the fast one imports no Dagster
    from platform_core.formats.check import render_report
    from platform_core.locations import find_root

    files = [_report_file(text) for text in reports]
    root = find_root(location_root.absolute())
    if fast:
        report = checking.check_fast(root)
    else:
        report = checking.check_location(root, _workspace(root, workspace_dir), allow_pending=allow_pending)
    for name, file in files:
        _write(file, render_report(report, name))
    click.echo(render_report(report, format_))
    sys.exit(report.exit_code)


def _workspace(root: Path, named: str | None) -> Path | None:
    """The folder of the workspace that is named, also in the location's .env; none when none is."""
    from platform_core.testing.environment import variable

    folder = named or variable(root, "PLATFORM_WORKSPACE")
    return Path(folder) if folder else None


def _report_file(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if name not in FORMATS or not file:
        raise click.UsageError(f"--report {text}: write FORMAT=FILE, with one of {', '.join(FORMATS)}.")
    return name, Path(file)


def _write(file: Path, text: str) -> None:
    from platform_core.errors import PlatformError, Where

    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise PlatformError(f"cannot be written: {error.strerror}.", Where(file)) from error
