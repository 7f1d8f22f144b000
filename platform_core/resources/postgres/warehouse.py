"""The warehouse in a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platform_core.names import AssetId
from platform_core.resources.engine import POSTGRES
from platform_core.resources.postgres.table import Table

if TYPE_CHECKING:
    from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["Warehouse"]


class Warehouse:
    """All tables in the database at `address`: four schemas for each location. Nothing is connected to before use."""

    engine = POSTGRES

    def __init__(self, address: PostgresAddress) -> None:
        self.address = address

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, whether or not anything was ever published."""
        return Table(self.address, asset)
