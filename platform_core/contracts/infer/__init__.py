"""Infer a contract from data: one reading of the file, a profile of each column, and only rules that the data keeps."""

from platform_core.contracts.infer.infer import dataset_name, infer_contract, infer_from

__all__ = ["dataset_name", "infer_contract", "infer_from"]
