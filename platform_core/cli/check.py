"""platformctl check: what the build pipeline runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from platform_core.formats.findings import FORMATS

__all__ = ["check"]


@click.command()
@click.option("--fast", is_flag=True, help="Files only: neither load the definitions nor run the tests (pre-commit).")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", help="How to write what was found.")
@click.option("--location-root", type=click.Path(path_type=Path), default=Path(), help="Default: this folder.")
def check(*, fast: bool, format_: str, location_root: Path) -> None:
    """Check this location as the build pipeline does.

    location.yaml, the contracts, whose file is whose; then that the definitions load, that a dbt project agrees with
    its contracts, the contract tests, and the location's own tests. Exit codes: 0 nothing is wrong, 1 something is,
    2 it could not be checked.
    """
    from platform_core.findings import exit_code
    from platform_core.formats.findings import render
    from platform_core.locations import find_root
    from platform_core.onboarding.checking import check_dbt, check_definitions, check_files, run_tests

    root = find_root(location_root.absolute())
    found = check_files(root)
    if not fast and not exit_code(found):
        found += [finding for finding in check_definitions(root) if finding not in found]
        if not exit_code(found):
            found += [finding for finding in check_dbt(root) if finding not in found]
        if not exit_code(found):
            found += run_tests(root, None if format_ == "text" else sys.stderr)
    text = render(found, format_)
    if text:
        click.echo(text)
    sys.exit(exit_code(found))
