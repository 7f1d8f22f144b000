"""platformctl contract: lint contracts, or infer one from data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from platform_core.cli.workspace import workspace_option
from platform_core.errors import PlatformError, Where
from platform_core.findings import exit_code

if TYPE_CHECKING:
    from platform_core.contracts import Contract
    from platform_core.locations import Location

__all__ = ["contract"]

_FORMATS = ("text", "json", "markdown", "github")  # as in formats.findings, which help must not import
_READ = ("csv", "tsv", "parquet", "json", "ndjson")


@click.group()
def contract() -> None:
    """Lint contracts, or infer one from data."""


@contract.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(_FORMATS), default="text", show_default=True)
@workspace_option
def lint(paths: tuple[Path, ...], format: str, workspace_dir: str | None) -> None:
    """Check contract files, and all *.odcs.yaml in folders (default: ./contracts).

    Every problem is listed with its line and what to write instead. References to datasets of other locations are
    judged when there is a workspace. Exit code 0: no errors; 1: errors; 2: could not run.
    """
    from platform_core.contracts.load import contract_files, lint_paths
    from platform_core.formats.findings import render

    chosen = paths or (Path("contracts"),)
    files = contract_files(chosen)
    if not files:
        hint = "Write one, or infer one from data: platformctl contract infer FILE."
        raise PlatformError("there is no contract here (*.odcs.yaml).", Where(chosen[0]), hint)
    findings = lint_paths(files, _registered(workspace_dir))
    if text := render(findings, format):
        click.echo(text)
    if format == "text" and not findings:
        click.echo(f"{len(files)} contract{'s' if len(files) > 1 else ''} checked.")
    raise SystemExit(exit_code(findings))


def _registered(workspace_dir: str | None) -> dict[str, Contract | Path] | None:
    """Return the contract files of the workspace by `location/dataset`; None when no workspace is named."""
    from platform_core.contracts import SUFFIX, dataset_of

    if not (workspace_dir or os.environ.get("PLATFORM_WORKSPACE")):
        return None
    from platform_core.workspace import find_workspace

    files = find_workspace(workspace_dir).root.glob(f"locations/*/contracts/*{SUFFIX}")
    return {f"{file.parts[-3]}/{dataset_of(file)}": file for file in files}


@contract.command()
@click.argument("file", metavar="FILE|TABLE", type=click.Path(path_type=Path))
@click.option("--dataset", default="", help="Its name; by default made from the file's name.")
@click.option("--location", default="", help="The location that publishes it; by default that of location.yaml here.")
@click.option("--owner", default="", help="team:<name> or an e-mail; by default that of location.yaml here.")
@click.option("--null", "null_values", multiple=True, metavar="TEXT", help="Stands for no value, as NA. Repeatable.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of CSV, TSV and JSON.")
@click.option("--delimiter", default="", help="Of CSV: one character, by default a comma.")
@click.option("--format", type=click.Choice(_READ), help="If the suffix does not say.")
@click.option("--write", type=click.Path(path_type=Path), metavar="DIR", help="Write <dataset>.odcs.yaml there.")
def infer(
    file: Path,
    *,
    dataset: str,
    location: str,
    owner: str,
    null_values: tuple[str, ...],
    encoding: str,
    delimiter: str,
    format: str | None,
    write: Path | None,
) -> None:
    """Profile a file (CSV, TSV, Parquet, JSON, NDJSON) or a table, and write the contract it keeps.

    A table is the folder of a Delta table, or a published dataset: <location>/<dataset>.

    Every rule holds on that data; read it before you sign it. To standard output, or to a new file with --write.
    """
    from platform_core.contracts import SUFFIX
    from platform_core.contracts.infer import dataset_name, infer_contract

    here = _location()
    text = infer_contract(
        _source(file),
        dataset=dataset,
        location=location or (here.name if here else ""),
        owner=owner or (here.owner if here else ""),
        null_values=null_values,
        encoding=encoding,
        delimiter=delimiter,
        format=format or "",
    )
    if write is None:
        click.echo(text, nl=False)
        return
    target = write / f"{dataset or dataset_name(file)}{SUFFIX}"
    _write_new(target, text)
    click.echo(f"{target}: written. Read it before you sign it; check it with: platformctl contract lint {target}")


def _source(file: Path) -> Path:
    """Return what to read: the file itself, or the table of the published dataset it names."""
    from platform_core.names import AssetId, name_problem

    if file.exists() or len(file.parts) != 2 or any(map(name_problem, file.parts)):
        return file
    from platform_core.resources.catalog import Catalog

    table = Catalog.from_environment(Path()).table(AssetId(*file.parts))
    if table.snapshot() is None:
        hint = "Name a file, the folder of a Delta table, or a dataset that is published."
        raise PlatformError(f"there is neither a file nor a published dataset {file}.", None, hint)
    return Path(table.path)


def _location() -> Location | None:
    from platform_core.locations import FILE_NAME, load_location

    return load_location(Path()) if Path(FILE_NAME).is_file() else None


def _write_new(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise PlatformError("exists already; nothing was written.", Where(target), "Move it away first.") from None
    except OSError as error:
        raise PlatformError(f"cannot be written: {error.strerror}.", Where(target)) from error
