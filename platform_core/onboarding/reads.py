"""Which columns of other teams' datasets each dataset of a location uses: told from its SQL, dbt models and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.contracts import Contract
from platform_core.contracts.types import types_of
from platform_core.errors import PlatformError
from platform_core.lineage.graph import ALL
from platform_core.names import AssetId
from platform_core.sql import SyntaxProblem, column_usage
from platform_core.testing.inputs import Inputs
from platform_core.testing.runs import inputs_of, load

if TYPE_CHECKING:
    from platform_core.audit import Check
    from platform_core.components.dataset import Dataset

__all__ = ["Reads", "reads_of"]

Used = dict[str, tuple[str, ...] | None]  # `location/dataset` -> the columns that are used; None: nobody can say
Reads = dict[str, Used]  # by own asset, `location/dataset`


def reads_of(root: Path) -> Reads:
    """Return what each asset of the location in `root` is known to use of each dataset of other locations.

    Nobody can say it of the inputs of a Python function, of a query that cannot be followed, and of a dataset whose
    contract is not known here. Raises FindingsError when the location does not fit together.
    """
    loaded = load(root)
    known = inputs_of(loaded)
    found: Reads = _models(root, loaded.location.name) if loaded.projects else {}
    for dataset in loaded.datasets:
        unsaid: Used = {str(asset): None for asset in dataset.inputs.values()}
        if str(dataset.asset) not in found:  # a dbt model is told of with its project, where that can be built
            found[str(dataset.asset)] = _foreign({**unsaid, **_inputs(dataset, known)}, loaded.location.name)
        _add_rules(found[str(dataset.asset)], dataset, known)
    return found


def _foreign(used: Mapping[str, Iterable[str] | None], own: str) -> Used:
    foreign = {name: columns for name, columns in used.items() if not name.startswith(f"{own}/")}
    return {name: None if columns is None else tuple(columns) for name, columns in foreign.items()}


def _contracts(assets: Iterable[AssetId], known: Inputs) -> dict[str, Contract]:
    found = {}
    for asset in assets:
        try:
            found[str(asset)] = known.contract(asset)
        except PlatformError:
            continue
    return found


def _inputs(dataset: Dataset, known: Inputs) -> Mapping[str, Iterable[str]]:
    from platform_core.components.declaration import Copy, Query

    recipe = dataset.declaration.recipe
    contracts = _contracts(dataset.inputs.values(), known)
    if isinstance(recipe, Copy):  # it takes what its own contract promises
        own = {column.name for column in dataset.contract.columns}
        return {
            name: [column.name for column in contract.columns if column.name in own]
            for name, contract in contracts.items()
        }
    return _used(recipe.text, contracts, dataset) if isinstance(recipe, Query) else {}


def _used(query: str, contracts: Mapping[str, Contract], dataset: Dataset) -> Mapping[str, Iterable[str]]:
    from platform_core.components.engine import engine_of
    from platform_core.locations.engines import POSTGRES

    dialect = "postgres" if engine_of(dataset) == POSTGRES else "duckdb"
    schema = {name: types_of(contract) for name, contract in contracts.items()}
    foreign = [name for name in contracts if not name.startswith(f"{dataset.asset.location}/")]
    if not foreign:
        return {}
    try:
        usage = column_usage(query, schema, dataset.asset.location, dialect, foreign)
    except SyntaxProblem:
        return {}
    return {name: (*columns, *([ALL] if name in usage.open else [])) for name, columns in usage.used.items()}


def _models(root: Path, location: str) -> Reads:
    from platform_core.onboarding.dbt.needs import reads
    from platform_core.onboarding.dbt.projects import projects_of

    found: Reads = {}
    for project in projects_of(root):
        if project.sources[1]:
            continue  # a contract that is not known here: nothing can be built, and nobody can say
        for name, used in reads(project.manifest, project.built(), project.sources[0], project.dialect).items():
            found[f"{location}/{name}"] = _foreign(used, location)
    return found


def _add_rules(used: Used, dataset: Dataset, known: Inputs) -> None:
    """Add what the rules of its contract read beside it: the keys that foreign keys point to, and queries."""
    own = f"{dataset.asset.location}/"
    for check in dataset.rules:
        for name in (name for name in check.reads if not name.startswith(own)):
            columns, before = _of_rule(check, name, dataset, known), used.get(name, ())
            both = None if columns is None or before is None else dict.fromkeys([*before, *columns])
            used[name] = None if both is None else tuple(both)


def _of_rule(check: Check, name: str, dataset: Dataset, known: Inputs) -> Iterable[str] | None:
    if check.kind == "foreign_key":
        return [str(column) for column in check.arguments["to"]]
    contracts = _contracts(map(AssetId.parse, check.reads), known)
    if check.kind != "sql" or name not in contracts:
        return None
    contracts[str(dataset.asset)] = dataset.contract
    return _used(str(check.arguments["query"]), contracts, dataset).get(name)
