"""Where contracts lie: `contracts/<dataset>.odcs.yaml`, in a location as in its folder of the workspace."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOLDER", "SUFFIX", "contract_path", "dataset_of"]

FOLDER = "contracts"
SUFFIX = ".odcs.yaml"


def contract_path(root: Path, dataset: str) -> Path:
    """Return the file of a dataset's contract in the location, or the registration, that lies in `root`."""
    return root / FOLDER / f"{dataset}{SUFFIX}"


def dataset_of(path: Path) -> str:
    """Return the dataset that a contract file is called after."""
    return path.name.removesuffix(SUFFIX)
