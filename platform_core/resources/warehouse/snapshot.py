"""One version of a published table: what readers and audits see, whatever is published meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from platform_core.errors import PlatformError
from platform_core.resources.warehouse.log import live_publications
from platform_core.resources.warehouse.records import NEVER, Publication
from platform_core.resources.warehouse.storage import PARTITION_COLUMN
from platform_core.sql.quoting import quoted, text
from platform_core.sql.relation import Relation

__all__ = ["Restored", "Snapshot", "open_delta", "read_snapshot", "select_files", "snapshot_of"]


@dataclass(frozen=True)
class Snapshot:
    """A complete version. `files` maps each published partition (None: the table has none) to its Parquet files.

    `columns` maps the table's columns to their Delta types; files published under an older contract may lack some.
    `partitions` maps each published partition to the publication that is live in it.
    """

    path: Path
    version: int
    columns: Mapping[str, str]
    files: Mapping[str | None, tuple[str, ...]]
    partitions: Mapping[str | None, Publication]

    @property
    def published_at(self) -> datetime:
        """When its newest content was published; a release or a wider schema brings none."""
        return max((publication.published_at for publication in self.partitions.values()), default=NEVER)

    @property
    def rows(self) -> int:
        return sum(publication.rows for publication in self.partitions.values())

    @property
    def all_files(self) -> tuple[str, ...]:
        return tuple(file for files in self.files.values() for file in files)

    def files_of(self, partition: str | None) -> tuple[str, ...]:
        """Return the files of one partition; none when it is not published."""
        return self.files.get(partition, ())

    def names_of(self, partition: str | None) -> tuple[str, ...]:
        """Return the files of one partition as publications name them: relative to the table."""
        return tuple(Path(file).relative_to(self.path).as_posix() for file in self.files_of(partition))

    def files_except(self, partition: str | None) -> tuple[str, ...]:
        """Return the files of all other partitions: what a rule over the whole dataset reads beside a stage."""
        return tuple(file for key, files in self.files.items() if key != partition for file in files)

    def relation(self, keys: Iterable[str | None] | None = None, columns: Mapping[str, str] | None = None) -> Relation:
        """See `engine.Snapshot.relation`."""
        wanted = self.files if keys is None else keys
        return Relation.of((file for key in wanted for file in self.files_of(key)), columns)

    def beside(self, partition: str | None, columns: Mapping[str, str]) -> Relation | None:
        """See `engine.Snapshot.beside`."""
        files = self.files_except(partition)
        return Relation.of(files, columns) if files else None

    def restored(self, partition: str | None) -> Restored:
        """See `engine.Snapshot.restored`."""
        present = self.partitions[partition].columns or tuple(self.columns)
        return Restored(partition, self.files_of(partition), present, self.files_except(partition))

    def select(self, columns: Mapping[str, str], partitions: Iterable[str | None] | None = None) -> str:
        """Return a SELECT of exactly this version, projected to the declared `columns` (name -> DuckDB type).

        `partitions` narrows it. A column that older files lack reads as NULL there.
        """
        keys = list(self.files) if partitions is None else [key for key in partitions if key in self.files]
        known = {key: self.partitions[key].columns or tuple(self.columns) for key in keys}
        present = {name for names in known.values() for name in names}
        uniform = len({frozenset(names) for names in known.values()}) <= 1
        return select_files([file for key in keys for file in self.files[key]], columns, present, uniform)


@dataclass(frozen=True)
class Restored:
    """What a rollback would put back into one partition. `present` are the columns its files have.

    `others` are the files of the table's other partitions as they will be, for rules over the whole dataset.
    """

    partition: str | None
    files: tuple[str, ...]
    present: tuple[str, ...]
    others: tuple[str, ...]

    def select(self, columns: Mapping[str, str]) -> str:
        """Return a SELECT over the restored rows, projected to the declared `columns` (name -> DuckDB type)."""
        return select_files(self.files, columns, self.present)

    def relation(self, columns: Mapping[str, str]) -> Relation:
        """See `engine.Restored.relation`."""
        return Relation.of(self.files, columns)

    def beside(self, columns: Mapping[str, str]) -> Relation | None:
        """See `engine.Restored.beside`."""
        return Relation.of(self.others, columns) if self.others else None


def select_files(files: Iterable[str], columns: Mapping[str, str], present: Iterable[str], uniform: bool = True) -> str:
    """Return a SELECT over Parquet `files`, each of `columns` cast to its type; those not `present` are NULL."""
    have, paths = set(present), ", ".join(text(file) for file in files)
    wanted = ", ".join(
        f"CAST({quoted(name) if name in have else 'NULL'} AS {kind}) AS {quoted(name)}"
        for name, kind in columns.items()
    )
    if not paths:
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
        return f"SELECT {empty} WHERE false"
    union = "" if uniform else ", union_by_name=true"
    return f"SELECT {wanted} FROM read_parquet([{paths}], hive_partitioning=false{union})"


def open_delta(path: Path, version: int | None = None) -> Any | None:
    """Open the Delta table at `path`; None when nothing was ever committed there.

    Raises PlatformError when the table is there but cannot be read, or has no such version.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError, TableNotFoundError

    if not (path / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(path, version=version)
    except TableNotFoundError:
        return None  # another process is about to make the first commit
    except DeltaError as error:
        what = "cannot be read" if version is None else f"has no readable version {version}"
        raise PlatformError(f"The published table {path.parent.name}/{path.name} {what}: {error}.") from error


def read_snapshot(path: Path, version: int | None = None, partition: str | None = None) -> Snapshot | None:
    """Read one version (default: the newest) of the table at `path`; None when it was never published.

    Raises PlatformError when that version is unknown, or some of its files (of `partition`, if given) are not kept.
    """
    delta = open_delta(path, version)
    if delta is None:
        return None
    snapshot = snapshot_of(path, delta)
    if version is not None:
        _refuse_missing(snapshot, snapshot.all_files if partition is None else snapshot.files_of(partition))
    return snapshot


def snapshot_of(path: Path, delta: Any) -> Snapshot:
    """Turn an open Delta table into a snapshot."""
    actions = delta.get_add_actions(flatten=True)  # not through pyarrow.table, which imports pandas
    partitioned = f"partition.{PARTITION_COLUMN}" in actions.column_names
    names = actions.column("path").to_pylist()
    keys = actions.column(f"partition.{PARTITION_COLUMN}").to_pylist() if partitioned else [None] * len(names)
    files: dict[str | None, tuple[str, ...]] = {}
    for key, name in sorted(zip(keys, names, strict=True), key=lambda pair: (pair[0] or "", pair[1])):
        files[key] = (*files.get(key, ()), f"{path}/{unquote(name)}")
    number = delta.version()
    columns = {item.name: str(item.type) for item in delta.schema().fields if item.name != PARTITION_COLUMN}
    return Snapshot(path, number, columns, files, live_publications(path, number, files))


def _refuse_missing(snapshot: Snapshot, files: Iterable[str]) -> None:
    missing = sum(not Path(file).exists() for file in files)
    if missing:
        name = f"{snapshot.path.parent.name}/{snapshot.path.name}"
        raise PlatformError(
            f"Version {snapshot.version} of {name} is no longer kept: {missing} of its files are gone.",
            hint=f"Read a newer version; platformctl history {name} shows which ones are still readable.",
        )
