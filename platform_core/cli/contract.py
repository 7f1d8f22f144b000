"""platformctl contract: lint contracts, or infer one from data."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from platform_core.cli.contract_diff import diff
from platform_core.cli.contract_rules import rules
from platform_core.cli.needs import needs
from platform_core.cli.workspace import workspace_option
from platform_core.errors import PlatformError, Where
from platform_core.findings import exit_code

if TYPE_CHECKING:
    from platform_core.contracts import Contract
    from platform_core.findings import Finding
    from platform_core.locations import Location

__all__ = ["contract"]

_FORMATS = ("text", "json", "markdown", "github")  # as in formats.findings, which help must not import
_READ = ("csv", "tsv", "parquet", "json", "ndjson")


@click.group()
def contract() -> None:
    """Lint contracts, compare two, infer one from data or dbt, say what is relied on of others."""


contract.add_command(diff)
contract.add_command(needs)
contract.add_command(rules)


@contract.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(_FORMATS), default="text", show_default=True)
@workspace_option
def lint(paths: tuple[Path, ...], format: str, workspace_dir: str | None) -> None:
    """Check contract files, and all *.odcs.yaml in folders (default: ./contracts).

    Every problem is listed with its line and what to write instead. References to datasets of other locations are
    judged when there is a workspace, and a dbt project beside the contracts is held against them. Exit code 0: no
    errors; 1: errors; 2: could not run.
    """
    from platform_core.contracts.load import contract_files, lint_paths
    from platform_core.formats.findings import render

    chosen = paths or (Path("contracts"),)
    files = contract_files(chosen)
    if not files:
        hint = "Write one, or infer one from data: platformctl contract infer FILE."
        raise PlatformError("there is no contract here (*.odcs.yaml).", Where(chosen[0]), hint)
    findings = [*lint_paths(files, _registered(workspace_dir)), *_of_dbt(files)]
    if text := render(findings, format):
        click.echo(text)
    if format == "text" and not findings:
        click.echo(f"{len(files)} contract{'s' if len(files) > 1 else ''} checked.")
    raise SystemExit(exit_code(findings))


def _of_dbt(files: list[Path]) -> list[Finding]:
    """Return where the dbt project of the location and these contracts disagree; nothing where there is none."""
    from platform_core.contracts import dataset_of

    roots = {root for file in files for root in file.absolute().parents[1:2] if (root / "location.yaml").is_file()}
    found: list[Finding] = []
    for root in sorted(roots):
        if any(b"DbtProject" in file.read_bytes() for file in root.glob("src/*/defs/*/defs.yaml")):
            from platform_core.onboarding.dbt.judging import judge

            own = [file for file in files if file.absolute().parents[1] == root]
            every = len(own) == len(list((root / "contracts").glob("*.odcs.yaml")))
            found += judge(root, build=False, datasets=None if every else map(dataset_of, own))
    return found


def _registered(workspace_dir: str | None) -> dict[str, Contract | Path] | None:
    """Return the contract files of the workspace by `location/dataset`; None when no workspace is named."""
    from platform_core.contracts import SUFFIX, dataset_of

    if not (workspace_dir or os.environ.get("PLATFORM_WORKSPACE")):
        return None
    from platform_core.workspace import find_workspace

    files = find_workspace(workspace_dir).root.glob(f"locations/*/contracts/*{SUFFIX}")
    return {f"{file.parts[-3]}/{dataset_of(file)}": file for file in files}


@contract.command()
@click.argument("file", metavar="[FILE|TABLE]", required=False, type=click.Path(path_type=Path))
@click.option("--dbt", "model", metavar="MODEL", help="Read this model of the location's dbt project instead.")
@click.option("--dbt-all", "models", is_flag=True, help="Write one for each model that has none, into contracts/.")
@click.option("--dataset", default="", help="Its name; by default made from the file's name.")
@click.option("--location", default="", help="The location that publishes it; by default that of location.yaml here.")
@click.option("--owner", default="", help="team:<name> or an e-mail; by default that of location.yaml here.")
@click.option("--null", "null_values", multiple=True, metavar="TEXT", help="Stands for no value, as NA. Repeatable.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of CSV, TSV and JSON.")
@click.option("--delimiter", default="", help="Of CSV: one character, by default a comma.")
@click.option("--format", type=click.Choice(_READ), help="If the suffix does not say.")
@click.option("--write", type=click.Path(path_type=Path), metavar="DIR", help="Write <dataset>.odcs.yaml there.")
@click.pass_context
def infer(
    context: click.Context,
    *,
    file: Path | None,
    model: str | None,
    models: bool,
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

    A table is the folder of a Delta table, or a published dataset: <location>/<dataset>. Of a dbt model, its columns,
    descriptions and tests are read; its types come from a build over empty tables.

    Every rule holds on that data; read it before you sign it. To standard output, or to a new file with --write.
    """
    if [file is not None, bool(model), models].count(True) != 1:
        raise click.UsageError("Say what to read: one of FILE, a published dataset, --dbt MODEL and --dbt-all.")
    if file is None:
        _infer_dbt(context, model or "", write)
        return
    from platform_core.contracts import SUFFIX
    from platform_core.contracts.infer import dataset_name, infer_contract

    here = _location()
    text = infer_contract(
        _source(file),
        dataset=dataset,
        location=location or (here.name if here else ""),
        owner=owner or (here.owner if here else ""),
        contact=here.contact if here and owner in ("", here.owner) else "",
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


def _infer_dbt(context: click.Context, model: str, write: Path | None) -> None:
    """Draft the contract of one model (to standard output, if not told otherwise), or with none named of all."""
    from platform_core.contracts import FOLDER, SUFFIX
    from platform_core.locations import find_root
    from platform_core.onboarding.dbt.drafting import draft, drafts
    from platform_core.onboarding.writing import write_new

    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if foreign := sorted(given - {"model", "models", "write"}):
        option = {"null_values": "null"}.get(foreign[0], foreign[0])
        raise click.UsageError(f"--{option} belongs to a file: a dbt project says it all itself.")
    root = find_root(Path().absolute())
    if model and write is None:
        click.echo(draft(root, model)[1], nl=False)
        return
    folder = write or root / FOLDER
    made = [draft(root, model)] if model else list(drafts(root))
    if not made:
        click.echo("Every model has a contract.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_new(folder, {f"{dataset}{SUFFIX}": text.encode() for dataset, text in made})
    for dataset, _ in made:
        click.echo(f"{folder / dataset}{SUFFIX}: written.")
    click.echo("Read each before you sign it; what is promised is published. Check with: platformctl check")


def _source(file: Path) -> Path:
    """Return what to read: the file itself, or the table of the published dataset it names."""
    from platform_core.names import AssetId, name_problem

    if file.exists() or len(file.parts) != 2 or any(map(name_problem, file.parts)):
        return file
    from platform_core.resources.catalog import Catalog

    table = Catalog.from_environment(Path()).table(AssetId(*file.parts))
    snapshot = table.snapshot()
    if snapshot is None:
        hint = "Name a file, the folder of a Delta table, or a dataset that is published."
        raise PlatformError(f"there is neither a file nor a published dataset {file}.", None, hint)
    from platform_core.locations.engines import DUCKDB_DELTA
    from platform_core.resources.bridge import local

    if table.engine == DUCKDB_DELTA:
        return Path(table.address)

    # Of a database, a copy of what is published: it goes away with the command.
    folder = Path(click.get_current_context().with_resource(TemporaryDirectory(prefix="platform-")))
    (copied,) = local(snapshot.relation(), folder).files
    return Path(copied).rename(folder / f"{file.name}.parquet")


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
