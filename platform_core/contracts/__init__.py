"""The promise: ODCS 3.2 contracts."""

from platform_core.contracts.model import Column, Contract, custom_property, parse_contract

__all__ = ["Column", "Contract", "custom_property", "parse_contract"]
