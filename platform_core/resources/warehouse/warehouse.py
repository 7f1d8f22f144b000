"""The warehouse: all published tables below one root, on one file system."""

from __future__ import annotations

from pathlib import Path

from platform_core.names import AssetId
from platform_core.resources.warehouse.table import Table

__all__ = ["Warehouse"]


class Warehouse:
    """Tables at `<root>/<location>/<dataset>`; stages, quarantine and locks lie beside them below `<root>/_*`."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, whether or not anything was ever published."""
        return Table(self.root, asset)
