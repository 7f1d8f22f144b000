"""One version of a published table: the tables, one for each partition, that together are it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.resources.postgres.following import live_now
from platform_core.resources.postgres.log import existing_tables, live_at
from platform_core.resources.postgres.place import Place
from platform_core.resources.warehouse.records import NEVER, Publication
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Restored", "Snapshot", "read_snapshot", "refuse_missing"]


@dataclass(frozen=True)
class Snapshot:
    """See `engine.Snapshot`. `columns` are the table's, name -> DuckDB type; an older partition may lack some."""

    place: Place
    version: int
    partitions: Mapping[str | None, Publication]
    columns: Mapping[str, str]

    @property
    def published_at(self) -> datetime:
        return max((publication.published_at for publication in self.partitions.values()), default=NEVER)

    @property
    def rows(self) -> int:
        return sum(publication.rows for publication in self.partitions.values())

    def names_of(self, partition: str | None) -> tuple[str, ...]:
        """Return the tables of one partition; none when it is not published."""
        found = self.partitions.get(partition)
        return found.files if found else ()

    def relation(self, keys: Iterable[str | None] | None = None, columns: Mapping[str, str] | None = None) -> Relation:
        wanted = self.partitions if keys is None else keys
        return self._tables((name for key in wanted for name in self.names_of(key)), columns)

    def beside(self, partition: str | None, columns: Mapping[str, str]) -> Relation | None:
        names = [name for key in self.partitions if key != partition for name in self.names_of(key)]
        return self._tables(names, columns) if names else None

    def restored(self, partition: str | None) -> Restored:
        return Restored(self, partition, {})

    def _tables(self, names: Iterable[str], columns: Mapping[str, str] | None) -> Relation:
        return Relation.tables(
            *((self.place.versions, name) for name in names), columns=columns, home=self.place.address
        )


@dataclass(frozen=True)
class Restored:
    """See `engine.Restored`. `replaced` are the partitions whose tables are other ones than in `snapshot`."""

    snapshot: Snapshot
    partition: str | None
    replaced: Mapping[str | None, tuple[str, ...]]

    def relation(self, columns: Mapping[str, str]) -> Relation:
        return self._tables([self.partition], columns)

    def beside(self, columns: Mapping[str, str]) -> Relation | None:
        keys = {**self.snapshot.partitions, **self.replaced}
        others = self._tables([key for key in keys if key != self.partition], columns)
        return others if others.places else None

    def _tables(self, keys: Iterable[str | None], columns: Mapping[str, str]) -> Relation:
        place = self.snapshot.place
        names = (name for key in keys for name in self.replaced.get(key, self.snapshot.names_of(key)))
        return Relation.tables(*((place.versions, name) for name in names), columns=columns, home=place.address)


def read_snapshot(connection: Connection[Any], place: Place, version: int | None = None) -> Snapshot | None:
    """Read one version (default: the newest); None when the dataset was never published.

    Raises PlatformError when that version is unknown.
    """
    found = live_now(connection, place) if version is None else live_at(connection, place, version)
    if version is not None and (found is None or found[0] != version):
        if found is None and live_at(connection, place) is None:
            return None
        raise PlatformError(f"The published table {place.asset} has no readable version {version}.")
    return None if found is None else Snapshot(place, *found)


def refuse_missing(connection: Connection[Any], snapshot: Snapshot, partition: str | None = None) -> None:
    """Raise PlatformError when tables of a version (of one partition, if given) are no longer kept."""
    keys = snapshot.partitions if partition is None else [partition]
    names = {name for key in keys for name in snapshot.names_of(key)}
    if missing := len(names - existing_tables(connection, snapshot.place, names)):
        asset = snapshot.place.asset
        raise PlatformError(
            f"Version {snapshot.version} of {asset} is no longer kept: {missing} of its tables are gone.",
            hint=f"Read a newer version; platformctl history {asset} shows which ones are still readable.",
        )
