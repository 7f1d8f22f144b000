"""What a query would publish: its columns, told by the engine from the contracts of what it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from platform_core.contracts import SUFFIX, Contract, contract_path, load_contract, property_of
from platform_core.contracts.types import duckdb_type
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, raise_errors
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.onboarding.grouping import grouping_key

__all__ = ["columns_of", "contract_known", "inputs_of_query", "without_default"]


def columns_of(query: str, path: Path, root: Path, location: str) -> list[dict[str, Any]]:
    """Return the ODCS properties of what `query` gives; no data is read, only contracts.

    The contracts of the own location are those below `root`, those of others the ones registered in the workspace
    that PLATFORM_WORKSPACE names. Raises FindingsError when the query may not run or reads what has no contract.
    """
    from platform_core.components.engine import engine_at
    from platform_core.sql.dialects import spoken

    inputs = inputs_of_query(query, path, root, location)
    # DuckDB tells the columns, without data and without a server.
    query = spoken(query, engine_at(root, location), DUCKDB_DELTA)
    key = grouping_key(query, inputs.values())
    properties = [
        without_default(property_of(name, type_)) for name, type_ in _described(query, path, inputs, location)
    ]
    for column in properties:
        if column["name"] in key:
            column |= {"required": True, "primaryKey": True, "primaryKeyPosition": key.index(column["name"]) + 1}
    return properties


def inputs_of_query(query: str, path: Path, root: Path, location: str) -> dict[str, Contract]:
    """Return the contracts of what `query` reads, by `location/dataset`. Raises as `columns_of` does."""
    from platform_core.components.engine import engine_at
    from platform_core.sql.dialects import dialect_of

    dialect = dialect_of(engine_at(root, location))
    raise_errors("The query cannot be published:", dialect.guard(query, path, path.name))
    inputs: dict[str, Contract] = {}
    missing: list[Finding] = []
    for table in dialect.reads(query, location):
        asset = AssetId(table.location, table.dataset)
        contract = contract_known(asset, root, location)
        if contract is None:
            missing.append(_missing(asset, location, Where(path, table.line)))
        else:
            inputs[str(asset)] = contract
    raise_errors("The query reads datasets whose contracts are not known here:", missing)
    return inputs


def _described(query: str, path: Path, inputs: Mapping[str, Contract], location: str) -> list[tuple[str, str]]:
    """Ask the engine, over empty relations of the types that the contracts say."""
    import duckdb

    from platform_core.sql import Relation, guarded_connection

    empty = {
        name: Relation(columns={column.name: duckdb_type(column) for column in contract.columns})
        for name, contract in inputs.items()
    }
    with guarded_connection(empty, location) as connection:
        try:
            rows = connection.execute(f"DESCRIBE {query}").fetchall()
        except duckdb.Error as error:
            message = f"does not fit the contracts of what it reads: {str(error).strip()}"
            raise PlatformError(message, Where(path), "Mend the query.") from error
    return [(str(name), str(type_)) for name, type_, *_ in rows]


def without_default(column: dict[str, Any]) -> dict[str, Any]:
    """Leave out a physicalType that the logicalType means anyway."""
    usual = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}
    usual |= {"timestamp": "TIMESTAMP", "time": "TIME"}
    if column.get("physicalType") == usual.get(column["logicalType"]):
        column.pop("physicalType", None)
    return column


def contract_known(asset: AssetId, root: Path, location: str) -> Contract | None:
    """Return the contract of an own dataset, or of one in the workspace that PLATFORM_WORKSPACE names."""
    path = next((path for path in _places(asset, root, location) if path.is_file()), None)
    return load_contract(path) if path else None


def _places(asset: AssetId, root: Path, location: str) -> Iterator[Path]:
    if asset.location == location:
        yield contract_path(root, asset.dataset)
    elif workspace := os.environ.get("PLATFORM_WORKSPACE"):
        yield contract_path(Path(workspace) / "locations" / asset.location, asset.dataset)


def _missing(asset: AssetId, location: str, where: Where) -> Finding:
    if asset.location == location:
        fix = f"Add it first (contracts/{asset.dataset}{SUFFIX}), or mend the name."
    elif os.environ.get("PLATFORM_WORKSPACE"):
        fix = f"Register {asset.location} first, or mend the name: the workspace knows no contract of it."
    else:
        fix = "Say where the workspace is, which holds other teams' contracts: export PLATFORM_WORKSPACE=<folder>."
    return Finding("unknown-upstream", "error", str(asset), f"there is no contract of {asset}.", fix=fix, where=where)
