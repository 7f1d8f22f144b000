"""Where a dataset lies in the database: its schemas, and the names of what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platform_core.names import MAX_LENGTH, AssetId
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["LOG", "REFUSALS", "Place", "fitted", "full"]

LOG, REFUSALS = "_publications", "_refusals"


def fitted(name: str) -> str:
    """Return `name`, with a hash for its tail where PostgreSQL would cut it off without a word."""
    raw = name.encode()
    if len(raw) <= MAX_LENGTH:
        return name
    tail = "~" + hashlib.sha256(raw).hexdigest()[:10]
    return raw[: MAX_LENGTH - len(tail)].decode(errors="ignore") + tail


def full(schema: str, name: str) -> str:
    """Return the quoted name of a table."""
    return f"{quoted(schema)}.{quoted(name)}"


@dataclass(frozen=True)
class Place:
    """The schemas of a location, and the names of one of its datasets.

    `live` holds a view for each dataset; `versions` the tables of all publications, which never change, and their log;
    `stages` what runs write; `quarantine` what was refused.
    """

    address: PostgresAddress
    asset: AssetId

    @property
    def live(self) -> str:
        return fitted(self.address.schema(self.asset.location))

    @property
    def versions(self) -> str:
        return self._schema("versions")

    @property
    def stages(self) -> str:
        return self._schema("stage")

    @property
    def quarantine(self) -> str:
        return self._schema("quarantine")

    @property
    def dbt(self) -> str:
        """The schema of private builds: nobody but a run reads them, and none outlives its run."""
        return self._schema("dbt")

    @property
    def view(self) -> str:
        return full(self.live, self.asset.dataset)

    @property
    def log(self) -> str:
        return full(self.versions, LOG)

    @property
    def refusals(self) -> str:
        return full(self.quarantine, REFUSALS)

    @property
    def reader(self) -> str:
        """The role whose members may read this dataset, where `platformctl workspace grants` has made it."""
        return fitted(f"{self.address.schema(self.asset.location)}.{self.asset.dataset}")

    def version_table(self, version: int) -> str:
        """Return the name of the table of one publication."""
        return fitted(f"{self.asset.dataset}__v{version}")

    def bucket_view(self, bucket: int) -> str:
        """Return the name of the view of some of the partitions, of which the dataset's own is made."""
        return fitted(f"{self.asset.dataset}__b{bucket}")

    def stage_table(self, stage: str) -> str:
        return fitted(f"{self.asset.dataset}__{stage}")

    def _schema(self, part: str) -> str:
        return fitted(f"{self.address.schema(self.asset.location)}__{part}")
