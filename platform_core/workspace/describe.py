"""What a location is, seen from inside its own Python environment: `main` is run there, by `plan`.

It loads the definitions and the contracts, and writes what it found, or what is wrong, to a file as JSON. Not to
standard output, which belongs to whatever the team's code prints while it is imported.
"""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import platform_core
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.lineage import Asset, Graph
from platform_core.locations import Location, load_location

__all__ = ["FORMAT", "describe", "main"]

FORMAT = 1


def describe(root: Path) -> dict[str, Any]:
    """Return the location in `root` as plain data: `location`, `graph` (None when it does not load), `findings`."""
    from platform_core.components.loading import kept

    with kept():
        return _described(root)


def _described(root: Path) -> dict[str, Any]:
    findings: list[Finding] = []
    location = _try(findings, "location", lambda: load_location(root))
    sys.path.insert(0, str(root / "src"))  # as an installed location has it
    contracts = _try(findings, "contract", lambda: _contracts(root, location)) or {}
    graph = _try(findings, "broken-location", lambda: _graph(root, location, contracts)) if location else None
    findings += _columns_in_vain(root, location) if graph and location else []
    return {
        "format": FORMAT,
        "location": asdict(location) if location else None,
        "graph": graph,
        "contracts": sorted(contracts),
        "versions": _versions(),
        # What is wrong in a contract is found with the contracts, and again where the definitions want it.
        "findings": [_finding_data(finding) for finding in dict.fromkeys(findings)],
    }


def main(root: str, answer: str) -> None:
    """Describe the location in `root` into the file `answer`, as JSON."""
    Path(answer).write_text(json.dumps(describe(Path(root))), encoding="utf-8")


def _try(findings: list[Finding], id: str, load: Any) -> Any:
    """Do one part; what goes wrong becomes findings, so that all parts are told of at once."""
    try:
        return load()
    except FindingsError as error:
        findings.extend(error.findings)
    except PlatformError as error:
        findings.append(Finding(id, "error", id, error.message, fix=error.hint, where=error.where))
    return None


def _contracts(root: Path, location: Location | None) -> dict[str, Any]:
    from platform_core.components.loading import load_datasets
    from platform_core.contracts import FOLDER, load_contracts

    folder = root / FOLDER
    # Of a location that fits together they are known already; of any other, all is told below.
    with contextlib.suppress(Exception, SystemExit):
        package = root / "src" / location.name if location else root
        return {dataset.asset.dataset: dataset.contract for dataset in load_datasets(package).datasets}
    return load_contracts(folder) if folder.is_dir() else {}


def _columns_in_vain(root: Path, location: Location) -> list[Finding]:
    from platform_core.components.loading import load_datasets
    from platform_core.onboarding.query_columns import check_query_columns

    with contextlib.suppress(PlatformError, SystemExit):  # plain Dagster has none of the platform's queries
        return list(check_query_columns(load_datasets(root / "src" / location.name)))
    return []


def _graph(root: Path, location: Location, contracts: dict[str, Any]) -> dict[str, Any]:
    import dagster as dg

    from platform_core.adapters.graph import graph_of
    from platform_core.lineage import ContractRef

    references = {dataset: ContractRef(contract.version, contract.hash) for dataset, contract in contracts.items()}
    try:
        definitions = _definitions(root, location.name)
        dg.Definitions.validate_loadable(definitions)
        return with_reads(graph_of(definitions, location.name, references), root).as_data()
    except PlatformError:
        raise
    except BaseException as error:  # the team's code: anything may come out of it, SystemExit too
        raise FindingsError("The definitions do not load:", [_broken(error, root, location.name)]) from error


def with_reads(graph: Graph, root: Path) -> Graph:
    """Return the graph of the location in `root` with the columns that each asset uses of other locations' datasets.

    What keeps that from being told is no reason to refuse a location: then nobody can say, and all columns count.
    """
    from platform_core.onboarding.reads import reads_of

    if not graph.external:
        return graph
    try:
        found = reads_of(root)
    except PlatformError:
        return graph
    assets = {key: replace(asset, reads=_reads_of(asset, found.get(key))) for key, asset in graph.assets.items()}
    return replace(graph, assets=assets)


def _reads_of(asset: Asset, found: Mapping[str, tuple[str, ...] | None] | None) -> Mapping[str, tuple[str, ...]] | None:
    known = {key: tuple(sorted(columns)) for key, columns in (found or {}).items() if columns is not None}
    return {key: known[key] for key in asset.deps if key in known} or None


def _definitions(root: Path, package: str) -> Any:
    import dagster as dg

    module_name = f"{package}.definitions"
    source = root / "src"
    if not (source / package / "definitions.py").is_file():
        hint = f"A location keeps its code in src/<its name>/: here src/{package}/definitions.py."
        raise PlatformError(f"there is no src/{package}/definitions.py.", Where(root), hint)
    module = import_module(module_name)
    values = {id(value): value for value in vars(module).values()}  # an object may have two names
    found = [value for value in values.values() if isinstance(value, dg.Definitions) or _is_lazy(value)]
    if len(found) != 1:
        message = f"holds {len(found)} Definitions objects; Dagster wants one."
        hint = "Write: defs = build_definitions(__file__)"
        raise PlatformError(message, Where(Path(str(module.__file__))), hint)
    return found[0] if isinstance(found[0], dg.Definitions) else found[0]()


def _is_lazy(value: Any) -> bool:
    """A function decorated with @definitions. Its class has no public name; its shape has not changed since 1.10."""
    return type(value).__name__ == "LazyDefinitions" and callable(value)


def _broken(error: BaseException, root: Path, name: str) -> Finding:
    """Point to the deepest line that the team wrote; the library's own lines below it help nobody."""
    where = None
    for frame in _frames(error):
        path = Path(frame.filename)
        if path.is_relative_to(root) and ".venv" not in path.parts:
            where = Where(path, frame.lineno or 0)
    if isinstance(error, SyntaxError) and error.filename:
        where = Where(Path(error.filename), error.lineno or 0)
    # Dagster says which job or asset it is; what is wrong with it says the error below.
    causes = [error, *([error.__cause__] if error.__cause__ else [])]
    reason = ": ".join("".join(traceback.format_exception_only(one)[-1:]).strip() for one in causes)
    message = f"the definitions do not load: {reason}"
    fix = f"Mend it, and see it load with: python -c 'import {name}.definitions'"
    return Finding("broken-location", "error", name, message, "Dagster would show this location as broken.", fix, where)


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    """The lines of the error and, before them, of what caused it."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for one in chain:
        yield from traceback.extract_tb(one.__traceback__)


def _versions() -> dict[str, str]:
    import dagster as dg

    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"platform_core": platform_core.__version__, "dagster": dg.__version__, "python": python}


def _finding_data(finding: Finding) -> dict[str, Any]:
    data = asdict(finding)
    data["where"] = [str(finding.where.path), finding.where.line] if finding.where else None
    return data
