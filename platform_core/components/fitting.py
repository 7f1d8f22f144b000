"""Reads a location: who owns it, its contracts and its datasets, and everything that does not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from platform_core.components.dataset import Dataset
from platform_core.components.declaration import Declaration, Declared, problem
from platform_core.components.discovery import discover
from platform_core.components.location import LoadedLocation
from platform_core.components.partitions import UNMAPPED_FIX, Partitions, mappable, unmapped
from platform_core.contracts import FOLDER, SUFFIX, contract_path, dataset_of, load_contracts
from platform_core.contracts.model import Contract
from platform_core.errors import Where
from platform_core.findings import Finding, FindingsError
from platform_core.lineage import Asset, Graph
from platform_core.locations import FILE_NAME, Location, load_location
from platform_core.names import AssetId

__all__ = ["fit"]


def fit(package: Path, root: Path) -> LoadedLocation:
    """Read the location whose Python package is the folder `package`.

    Raises FindingsError with every problem of location.yaml, contracts/ and defs/ at once.
    """
    findings: list[Finding] = []
    location = _location(root, package, findings)
    contracts = _contracts(root, findings)
    declared = discover(package / "defs", package.name, location.name)
    findings += declared.findings
    by_name = {item.dataset: item for item in declared.declarations}
    refused = {finding.subject for finding in declared.findings}
    internal = {project.manifest.models[name].dataset for project in declared.projects for name in project.internal}
    findings += _unmatched(root, contracts, by_name, refused, declared.whole)
    findings += _twice(declared)
    findings += _unknown_inputs(location.name, by_name, refused, internal)
    findings += _cycles(location.name, by_name)
    partitions = {AssetId(location.name, name): item.partitions for name, item in by_name.items()}
    findings += _unmappable(partitions, by_name)
    findings += _unknown_keys(location.name, by_name)
    if errors := sorted({finding for finding in findings if finding.level == "error"}, key=_order):
        raise FindingsError(f"The location {location.name} does not fit together:", errors)
    neighbours: dict[AssetId, Dataset] = {}
    for name, contract in contracts.items():
        if contract is not None:
            asset = AssetId(location.name, name)
            neighbours[asset] = Dataset(asset, by_name[name], contract, location, root, neighbours)
    if errors := sorted(_unknown_references(neighbours), key=_order):
        raise FindingsError(f"The location {location.name} does not fit together:", errors)
    return LoadedLocation(location, root, tuple(neighbours.values()), declared.foreign, declared.projects)


def _order(finding: Finding) -> tuple[str, int, str]:
    return (str(finding.where.path), finding.where.line, finding.message) if finding.where else ("", 0, finding.message)


def _location(root: Path, package: Path, findings: list[Finding]) -> Location:
    try:
        location = load_location(root)
    except FindingsError as error:
        findings += error.findings
        return Location(package.name, "")
    if location.name != package.name:
        fix = f"Call both the same: name: {package.name}, or src/{location.name}/."
        message = f"the location is called {location.name}, its package {package.name}."
        findings.append(problem("location-name", location.name, message, fix, Where(root / FILE_NAME, 1)))
    return location


def _contracts(root: Path, findings: list[Finding]) -> dict[str, Contract | None]:
    """Return the contracts by dataset; None for those that have problems of their own."""
    paths = sorted((root / FOLDER).glob(f"*{SUFFIX}"))
    contracts: dict[str, Contract | None] = {dataset_of(path): None for path in paths}
    try:
        found = load_contracts(root / FOLDER)
    except FindingsError as error:
        findings += error.findings
        return contracts
    for contract in found.values():
        stem = dataset_of(contract.document.path)
        contracts[stem] = contract
        if contract.dataset != stem:
            where, fix = contract.where("schema", 0, "name"), f"Write name: {stem}, or rename the file."
            message = f"the schema is called {contract.dataset}, the file {stem}{SUFFIX}."
            findings.append(problem("contract-name", stem, message, fix, where))
    return contracts


def _unmatched(
    root: Path, contracts: Mapping[str, object], declared: Mapping[str, Declaration], refused: set[str], whole: bool
) -> Iterator[Finding]:
    for name in sorted(set(contracts) - set(declared) - refused) if whole else ():
        message = f"the contract {name} has no dataset."
        fix = f"Declare it in defs/{name}/ (platformctl add dataset {name}), or delete the contract."
        yield problem("contract-without-dataset", name, message, fix, Where(contract_path(root, name), 1))
    for name, item in sorted(declared.items()):
        if name not in contracts:
            fix = f"Write {FOLDER}/{name}{SUFFIX} (platformctl contract infer drafts it from data)."
            yield problem("dataset-without-contract", name, f"the dataset {name} has no contract.", fix, item.where)


def _unknown_inputs(
    location: str, declared: Mapping[str, Declaration], refused: set[str], internal: set[str]
) -> Iterator[Finding]:
    known = set(declared) | refused
    for name, item in declared.items():
        for alias, asset in item.inputs.items():
            if asset.location == location and asset.dataset not in known:
                if asset.dataset in internal:
                    message = f"{asset} is internal to the dbt project: it is not published."
                    fix = f"Write {FOLDER}/{asset.dataset}{SUFFIX} (platformctl contract infer --dbt {asset.dataset})."
                    yield problem("internal-input", name, message, fix, item.place(alias))
                    continue
                near = _nearest(asset.dataset, known)
                fix = f"Did you mean {near}?" if near else f"Datasets of {location}: {', '.join(sorted(known))}."
                yield problem("unknown-input", name, f"nobody produces {asset}.", fix, item.place(alias))


def _twice(declared: Declared) -> Iterator[Finding]:
    """Yield what is declared in a folder of its own and is a model of a dbt project too."""
    owners: dict[str, str] = {}
    named = [
        (item.dataset, item.where, item.where.path.parent.name) for item in declared.declarations if item.kind != "dbt"
    ]
    for project in declared.projects:
        models = [project.manifest.models[name] for name in project.order if name in project.chosen]
        named += [(model.dataset, model.where(), project.name) for model in models if model.materialized != "ephemeral"]
    for dataset, where, owner in named:
        if dataset in owners:
            message = f"the dataset {dataset} is declared twice: in defs/{owners[dataset]} and in defs/{owner}."
            yield problem("dataset-twice", dataset, message, "Rename one, or exclude the model.", where)
        owners[dataset] = owner


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(known), 1)), "")


def _cycles(location: str, declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Yield one finding for each dataset from which a way along its inputs leads back to it."""
    inputs = {
        name: {asset.dataset for asset in item.inputs.values() if asset.location == location}
        for name, item in declared.items()
    }
    for ring in _graph(inputs).cycles():
        for name in ring:
            message = f"{name} waits for itself: {', '.join(ring)} read one another."
            yield problem("cycle", name, message, "Take one of these inputs out.", declared[name].where)


def _graph(inputs: Mapping[str, set[str]]) -> Graph:
    return Graph({name: Asset(name, deps=tuple(sorted(read))) for name, read in inputs.items()})


def _unmappable(
    partitions: Mapping[AssetId, Partitions | None], declared: Mapping[str, Declaration]
) -> Iterator[Finding]:
    for name, item in declared.items():
        for alias, asset in item.inputs.items():
            upstream = partitions.get(asset)
            if item.partitions and upstream and not mappable(item.partitions, upstream):
                message = f"{asset}: {unmapped(item.partitions.as_mapping(), upstream.as_mapping())}"
                yield problem("unmapped-partitions", name, message, UNMAPPED_FIX, item.place(alias))


def _unknown_keys(location: str, declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Yield dynamic partitions that no file dataset of the location makes the keys of."""
    makers = {str(item.partitions.name) for item in declared.values() if item.kind == "file" and item.partitions}
    for name, item in declared.items():
        cut = item.partitions
        if cut is None or cut.type != "dynamic" or AssetId.parse(str(cut.name)).location != location:
            continue
        if cut.name not in makers:
            known = ", ".join(sorted(one for one in makers if one != "None")) or "none yet"
            fix = f"Name a file dataset with partitions: {{type: dynamic}}; there are: {known}."
            message = f"no file names make the keys of {cut.name}."
            yield problem("unknown-partitions", name, message, fix, item.where)


def _unknown_references(datasets: Mapping[AssetId, Dataset]) -> Iterator[Finding]:
    """Look at what the audits read: it must be there, and must not wait for the dataset it judges."""
    graph = _graph(
        {
            asset.dataset: {need.dataset for need in (*item.inputs.values(), *item.references) if need in datasets}
            for asset, item in datasets.items()
        }
    )
    for asset, item in datasets.items():
        for check in item.rules:
            for reference in map(AssetId.parse, check.reads):
                place = check.where or item.contract.where()
                if reference.location == asset.location and reference not in datasets:
                    known = {other.dataset for other in datasets}
                    near = _nearest(reference.dataset, known)
                    fix = f"Did you mean {near}?" if near else f"Datasets: {', '.join(sorted(known))}."
                    yield problem("unknown-reference", asset.dataset, f"nobody produces {reference}.", fix, place)
                elif asset.dataset in (reference.dataset, *graph.upstream(reference.dataset)):
                    message = f"{asset} waits for {reference}, which waits for it."
                    yield problem("cycle", asset.dataset, message, "Take one of the two rules or inputs out.", place)
