"""platformctl contract: lint contracts, or infer one from data."""

from __future__ import annotations

from pathlib import Path

import click

from platform_core.errors import PlatformError, Where
from platform_core.findings import exit_code

__all__ = ["contract"]

_FORMATS = ("text", "json", "markdown", "github")  # as in formats.findings, which help must not import


@click.group()
def contract() -> None:
    """Lint contracts, or infer one from data."""


@contract.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(_FORMATS), default="text", show_default=True)
def lint(paths: tuple[Path, ...], format: str) -> None:
    """Check contract files, and all *.odcs.yaml in folders (default: ./contracts).

    Every problem is listed with its line and what to write instead. Exit code 0: no errors; 1: errors; 2: could not run.
    """
    from platform_core.contracts.load import contract_files, lint_paths
    from platform_core.formats.findings import render

    chosen = paths or (Path("contracts"),)
    files = contract_files(chosen)
    if not files:
        hint = "Write one, or infer one from data: platformctl contract infer FILE."
        raise PlatformError("there is no contract here (*.odcs.yaml).", Where(chosen[0]), hint)
    findings = lint_paths(files)
    if text := render(findings, format):
        click.echo(text)
    if format == "text" and not findings:
        click.echo(f"{len(files)} contract{'s' if len(files) > 1 else ''} checked.")
    raise SystemExit(exit_code(findings))
