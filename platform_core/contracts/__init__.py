"""The promise: ODCS 3.2 contracts. Names are loaded when first used: importing this loads no engine."""

from typing import TYPE_CHECKING

from platform_core.contracts.files import FOLDER, SUFFIX, contract_path, dataset_of
from platform_core.contracts.model import Column, Contract, custom_property, parse_contract
from platform_core.lazy import lazily

if TYPE_CHECKING:
    from platform_core.contracts.infer import infer_contract
    from platform_core.contracts.load import lint_contract, lint_paths, load_contract, load_contracts
    from platform_core.contracts.types import duckdb_type, logical_type, property_of

_HOMES = {
    **dict.fromkeys(("lint_contract", "lint_paths", "load_contract", "load_contracts"), ".load"),
    **dict.fromkeys(("duckdb_type", "logical_type", "property_of"), ".types"),
    "infer_contract": ".infer",
}

__all__ = [
    "FOLDER",
    "SUFFIX",
    "Column",
    "Contract",
    "contract_path",
    "custom_property",
    "dataset_of",
    "duckdb_type",
    "infer_contract",
    "lint_contract",
    "lint_paths",
    "load_contract",
    "load_contracts",
    "logical_type",
    "parse_contract",
    "property_of",
]


__getattr__ = lazily(__name__, _HOMES)
