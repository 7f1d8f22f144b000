"""Makes the rows of one partition and writes them to the stage: from files, by a query, or by a function."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.components.copies import copy_hint
from platform_core.components.dataset import Dataset
from platform_core.components.declaration import Copy, Query
from platform_core.components.files.hashing import content_hash
from platform_core.components.files.landing import Delivery, LandingFolder, unchanged
from platform_core.components.files.reading import explain, read_delivery
from platform_core.components.files.spec import FileSpec
from platform_core.components.files.unreadable import file_finding
from platform_core.components.python_dataset import Function
from platform_core.components.readings import Reading, fingerprint
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.resources.bridge import local
from platform_core.resources.engine import Stage
from platform_core.resources.warehouse import Busy, DiskFull, Unavailable, declared_columns
from platform_core.sql import Relation, guarded_connection
from platform_core.sql.dialects import spoken
from platform_core.sql.quoting import quoted
from platform_core.sql.scratch import scratch_connection

__all__ = ["Source", "produce", "source_of"]


@dataclass(frozen=True)
class Source:
    """What a partition is made of: its identity, and the files it came in (none for a derived dataset)."""

    hash: str
    name: str = ""
    folder: Path | None = None
    delivery: Delivery | None = None

    @property
    def paths(self) -> list[Path]:
        files = self.delivery.files if self.delivery else ()
        return [(self.folder or Path()) / file.name for file in files]


def source_of(
    dataset: Dataset, landing: LandingFolder, partition: str | None, readings: Mapping[AssetId, Reading]
) -> Source:
    """Say what the partition will be made of. Raises PlatformError when no file is there for it."""
    recipe = dataset.declaration.recipe
    if not isinstance(recipe, FileSpec):
        return Source(fingerprint(dataset.declaration.fingerprint, readings))
    delivery = landing.delivery(recipe, partition)
    if delivery is None:
        expected = recipe.path.replace("{partition}", partition or "")
        message = f"there is no file '{expected}' in the landing folder of {dataset.asset.location}."
        raise PlatformError(message, hint=f"Deliver {expected}.")
    return Source(content_hash(landing.path, delivery), delivery.names, landing.path, delivery)


def produce(
    dataset: Dataset, source: Source, stage: Stage, readings: Mapping[AssetId, Reading], partition: str | None
) -> None:
    """Write the rows to the stage, in the contract's types.

    Raises FindingsError for rows that do not fit the contract's columns and types, with counts and places only.
    """
    recipe = dataset.declaration.recipe
    if isinstance(recipe, FileSpec):
        _from_files(recipe, dataset, source, stage)
        return
    inputs = {str(asset): reading.relation for asset, reading in readings.items()}
    if not isinstance(recipe, Copy):
        _refuse_others(dataset, inputs, stage)
    if isinstance(recipe, Query):
        # On a machine without the engine it was written for, DuckDB tries it out.
        query = spoken(recipe.text, recipe.engine, stage.relation.engine)
        stage.compute(query, inputs, dataset.asset.location, dataset.contract)
        return
    with tempfile.TemporaryDirectory(prefix="platform-") as folder:
        near = {name: local(relation, Path(folder) / "inputs") for name, relation in inputs.items()}
        connection = guarded_connection(
            near, dataset.asset.location, writable=[stage.next_path], temp_directory=Path(folder) / "spill"
        )
        try:
            if isinstance(recipe, Copy):
                _from_copy(recipe, dataset, stage, connection)
                return
            assert isinstance(recipe, Function)  # noqa: S101 - a dbt model comes out of a build of its whole project
            _from_function(recipe, dataset, stage, connection, partition)
        finally:
            connection.close()


def _from_files(spec: FileSpec, dataset: Dataset, source: Source, stage: Stage) -> None:
    files = source.delivery.files if source.delivery else ()
    if closed := [file_finding(file.name, 0, f"{file.problem}.") for file in files if file.problem]:
        raise FindingsError("The delivery cannot be read:", closed)
    columns = declared_columns(dataset.contract)
    with tempfile.TemporaryDirectory(prefix="platform-") as scratch, scratch_connection() as connection:
        select = read_delivery(connection, spec, source.paths, columns, Path(scratch))
        try:
            stage.write(connection, select, dataset.contract)
        except (DiskFull, Busy, Unavailable):
            raise
        except PlatformError as error:
            findings = explain(connection, spec, source.paths, Path(scratch))
            # A database may have failed for reasons of its own. In a folder nothing but the file can be at fault: that
            # refuses it, and is no crash to be tried again.
            if not findings and (isinstance(error, FindingsError) or stage.relation.engine != DUCKDB_DELTA):
                raise
            found = findings or [file_finding(source.name, 0, error.message)]
            raise FindingsError("The delivery cannot be read:", found) from error
    if not unchanged(source.paths, source.delivery):
        raise PlatformError(
            f"'{source.name}' changed while it was read.", hint="It is taken again once it stands still."
        )


def _refuse_others(dataset: Dataset, inputs: Mapping[str, Relation], stage: Stage) -> None:
    """What lies on another engine is read through a declared copy: it then has a contract, an owner and a version."""
    own = stage.relation.engine
    if others := sorted(name for name, relation in inputs.items() if relation.engine != own):
        message = f"{', '.join(others)} is on another engine than {dataset.asset}, which is on {own}."
        raise PlatformError(message, dataset.declaration.where, copy_hint(others[0], dataset.asset.location))


def _from_copy(copy: Copy, dataset: Dataset, stage: Stage, connection: Any) -> None:
    source = f"{quoted(copy.of.location)}.{quoted(copy.of.dataset)}"
    there = set(connection.sql(f"SELECT * FROM {source}").columns)  # noqa: S608 - quoted
    # What the copy promises and the source lacks is left out here, and found missing by the stage.
    wanted = [quoted(column.name) for column in dataset.contract.columns if column.name in there]
    stage.write(connection, f"SELECT {', '.join(wanted) or '*'} FROM {source}", dataset.contract)  # noqa: S608 - quoted


def _from_function(function: Function, dataset: Dataset, stage: Stage, connection: Any, partition: str | None) -> None:
    arguments: dict[str, Any] = {}
    for name, asset in dataset.inputs.items():
        relation = connection.sql(f"SELECT * FROM {quoted(asset.location)}.{quoted(asset.dataset)}")  # noqa: S608 - quoted
        arguments[name] = _as(function.forms.get(name, "arrow"), relation)
    if function.takes_partition:
        arguments["partition"] = partition
    stage.write(connection, function.call(**arguments), dataset.contract)


def _as(form: str, relation: Any) -> Any:
    if form == "duckdb":
        return relation
    if form == "pandas":
        return relation.df()
    table = relation.to_arrow_table()
    if form == "arrow":
        return table
    import polars

    frame: Any = polars.from_arrow(table)
    return frame.lazy() if form == "polars_lazy" else frame
