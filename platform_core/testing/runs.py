"""One dataset of a location, computed here and now over samples: what the tests of a team call."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError, Where
from platform_core.locations import find_root, load_location
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.testing.inputs import Inputs, cut_of, publish_sample
from platform_core.testing.neighbours import Neighbours
from platform_core.testing.overrides import table_given
from platform_core.testing.places import trial_catalog

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset
    from platform_core.components.location import LoadedLocation
    from platform_core.components.partitions import Partitions

__all__ = ["Rehearsal", "inputs_of", "load", "rehearsal", "run_dataset"]

_KEYS = 2  # partitions of an input that a dataset without partitions gets to see


def run_dataset(
    dataset: str, inputs: Mapping[str, Any] | None = None, partition: str | None = None, root: Path | None = None
) -> pyarrow.Table:
    """Compute one dataset of this location and return its rows, in the types of its contract.

    `inputs` gives the rows of inputs by `location/dataset` (or the bare name of an own one): a list of dictionaries, an
    Arrow table, a Polars or pandas frame. Columns left out are filled from a sample made from the input's contract,
    and so are inputs left out. `partition` is by default the first; `root` is the location's folder, by default that
    of the current one. Nothing is published, and no rule but columns and types is looked at.
    Raises FindingsError or PlatformError with what stops the dataset from being computed.
    """
    loaded = load((root or find_root(Path.cwd())).absolute())
    found = next((one for one in loaded.datasets if one.asset.dataset == dataset), None)
    if found is None:
        known = ", ".join(one.asset.dataset for one in loaded.datasets)
        raise PlatformError(f"{loaded.location.name} has no dataset '{dataset}'.", hint=f"It has: {known}.")
    samples = inputs_of(loaded)
    for name, rows in (inputs or {}).items():
        asset = AssetId.parse(name, loaded.location.name)
        if asset not in found.inputs.values():
            read = ", ".join(sorted(str(one) for one in found.inputs.values())) or "nothing"
            raise PlatformError(f"{dataset} does not read {asset}.", hint=f"It reads {read}.")
        samples.tables[asset] = table_given(rows, samples.contract(asset), samples.references(asset))
    with rehearsal(found, samples, partition) as rehearsed:
        return rehearsed.compute()


@lru_cache(maxsize=4)
def load(root: Path) -> LoadedLocation:
    """Read the location in the folder `root`, once. Raises FindingsError with everything that does not fit."""
    from platform_core.components.loading import load_datasets

    return load_datasets(root / "src" / load_location(root).name)


def inputs_of(loaded: LoadedLocation) -> Inputs:
    """Return the samples of a location, none made yet."""
    contracts = {dataset.asset.dataset: dataset.contract for dataset in loaded.datasets}
    return Inputs(loaded.root, loaded.location.name, contracts, Neighbours(loaded.root))


@dataclass(frozen=True)
class Rehearsal:
    """A dataset whose inputs lie published in a warehouse of its own, for as long as it is open."""

    dataset: Dataset
    catalog: Any
    partition: str | None

    def compute(self) -> pyarrow.Table:
        """Compute the rows, the way the dataset's own step does, and publish nothing.

        Raises FindingsError when they do not fit the contract's columns and types.
        """
        import duckdb

        from platform_core.components.files.landing import LandingFolder
        from platform_core.components.production import produce, source_of
        from platform_core.components.readings import read_inputs
        from platform_core.resources.bridge import local

        readings = read_inputs(self.dataset, self.catalog, self.partition)
        landing = LandingFolder(self.catalog.landing_folder(self.dataset.asset.location))
        source = source_of(self.dataset, landing, self.partition, readings)
        with self.catalog.table(self.dataset.asset).stage(self.partition, "rehearsal") as stage:
            produce(self.dataset, source, stage, readings, self.partition)
            with duckdb.connect() as connection, tempfile.TemporaryDirectory(prefix="platform-") as folder:
                connection.execute("SET TimeZone = 'UTC'")
                near = local(stage.relation, Path(folder)).bound(connection)
                return connection.execute(f"SELECT * FROM {near.source().sql('duckdb')}").to_arrow_table()  # noqa: S608

    def query_problem(self) -> PlatformError | None:
        """Say in DuckDB's own words what is wrong with the dataset's query, and on which line.

        The door keeps them to itself, since they may quote data; here the data is made up.
        """
        import duckdb

        from platform_core.components.declaration import Query
        from platform_core.components.readings import read_inputs
        from platform_core.sql import guarded_connection
        from platform_core.sql.dialects import spoken

        recipe = self.dataset.declaration.recipe
        if not isinstance(recipe, Query) or self.catalog.table(self.dataset.asset).engine != DUCKDB_DELTA:
            return None  # what Postgres says of names and types is passed on by the door itself
        readings = read_inputs(self.dataset, self.catalog, self.partition)
        inputs = {str(asset): reading.relation for asset, reading in readings.items()}
        connection = guarded_connection(inputs, self.dataset.asset.location)
        try:
            connection.execute(spoken(recipe.text, recipe.engine, DUCKDB_DELTA)).fetchall()
        except duckdb.Error as error:
            text, _, rest = str(error).partition("\n")
            line = re.search(r"LINE (\d+):", rest)
            return PlatformError(text, Where(recipe.path, int(line[1]) if line else 1))
        finally:
            connection.close()
        return None


@contextmanager
def rehearsal(dataset: Dataset, samples: Inputs, partition: str | None = None) -> Iterator[Rehearsal]:
    """Publish samples of all that `dataset` reads to a warehouse that goes away again."""
    key = partition or first_key(dataset.partitions)
    with (
        tempfile.TemporaryDirectory(prefix="platform-test-") as folder,
        trial_catalog(dataset, Path(folder)) as catalog,
    ):
        assets = sorted(set(dataset.inputs.values()))
        for asset in assets:
            upstream = upstream_partitions(dataset, samples, asset)
            if cut := cut_of(upstream, keys_read(dataset, key, upstream)):
                samples.cuts[asset] = cut
        for asset in assets:
            publish_sample(catalog.table(asset), samples.contract(asset), samples.parts(asset))
        yield Rehearsal(dataset, catalog, key)


def upstream_partitions(dataset: Dataset, samples: Inputs, asset: AssetId) -> Partitions | None:
    """Return how an input is cut: as declared here, else as registered."""
    own = dataset.neighbours.get(asset)
    return own.partitions if own else samples.neighbours.partitions(asset)


def keys_read(dataset: Dataset, key: str | None, upstream: Partitions | None) -> Sequence[str | None]:
    """Return the partitions of an input that partition `key` reads; a few of many, where it reads all there are."""
    from platform_core.components.partitions import upstream_keys

    if upstream is not None and dataset.partitions is None:
        return tuple(islice(upstream.known_keys(), _KEYS))
    return upstream_keys(dataset.partitions, key, upstream, ())


def first_key(partitions: Partitions | None) -> str | None:
    """Return the first partition. Raises PlatformError when none has begun yet."""
    if partitions is None:
        return None
    keys = partitions.known_keys()
    if not keys:
        raise PlatformError("no partition has begun yet.", hint="Let start_date lie in the past.")
    return str(keys[0])
