"""The warehouse: all published tables below one root, on one file system."""

from __future__ import annotations

from pathlib import Path

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.engine import DUCKDB_DELTA
from platform_core.resources.warehouse.table import Table

__all__ = ["Warehouse"]


class Warehouse:
    """All tables below `root`; raises PlatformError when its path cannot be used.

    Tables lie at `<root>/<location>/<dataset>`; stages, quarantine and locks beside them below `<root>/_*`.
    """

    engine = DUCKDB_DELTA

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()
        if set(str(self.root)) & set("*?[%"):
            # DuckDB reads the first three as patterns, Delta's reader the last as an escape: each would miss our files.
            raise PlatformError(f"The warehouse root must not contain any of *?[% : {self.root}")

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, whether or not anything was ever published."""
        return Table(self.root, asset)
