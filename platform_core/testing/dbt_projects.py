"""A dbt project of a location, built here and now over samples of what it reads: once for all of its contracts.

Built privately, as a run does, and not taken through the door: the rows come of made-up data, of which rules about
values prove nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations.engines import POSTGRES
from platform_core.testing.computed import broken_rules, unknown_inputs
from platform_core.testing.inputs import Inputs, cut_of
from platform_core.testing.rerun.laid_out import shuffled_places
from platform_core.testing.runs import keys_read, upstream_partitions

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset
    from platform_core.components.dbt.private import Built
    from platform_core.components.dbt.project import Project
    from platform_core.components.location import LoadedLocation
    from platform_core.sql import Relation

__all__ = ["DbtRehearsals", "Made", "check_model", "check_rerun"]


@dataclass(frozen=True)
class Made:
    """The rows that a build made of one model, in the types of its contract; or why there are none."""

    rows: pyarrow.Table | None = None
    problem: PlatformError | None = None


@dataclass
class DbtRehearsals:
    """Builds each project of a location at most three times: as it is, anew over rows in another order, and again
    after the first build where models go on from what they were."""

    loaded: LoadedLocation
    samples: Inputs
    _folder: Any = None
    _built: dict[tuple[str, str], Mapping[str, Made] | PlatformError] = field(default_factory=dict)

    def close(self) -> None:
        """Remove what was built."""
        if self._folder is not None:
            self._folder.cleanup()

    def first(self, dataset: Dataset) -> Made:
        """Return what the first build made of a dataset."""
        return self._build(dataset, "first")[dataset.asset.dataset]

    def varied(self, dataset: Dataset) -> dict[str, Made]:
        """Return what later builds made of it, by what was different."""
        recipe: Any = dataset.declaration.recipe
        models, behind = recipe.project.manifest.models, recipe.project.behind[recipe.unique_id]
        found = {}
        # What notes the time at which it first saw a row is never made from nothing twice: a run goes on from it.
        if not any(model.keeps_time for model in recipe.project.manifest.ancestry(recipe.unique_id)):
            found["over the same rows in another order"] = self._build(dataset, "shuffled")[dataset.asset.dataset]
        if any(models[name].lasting for name in (*behind, recipe.unique_id)):
            found["again, after itself"] = self._build(dataset, "again")[dataset.asset.dataset]
        return found

    def _build(self, dataset: Dataset, how: str) -> Mapping[str, Made]:
        recipe: Any = dataset.declaration.recipe
        key = (recipe.project.name, how)
        if key not in self._built:
            try:
                self._built[key] = self._make(recipe.project, how)
            except PlatformError as error:  # dbt is missing, say: once is enough to find that out
                self._built[key] = error
        made = self._built[key]
        if isinstance(made, PlatformError):
            raise made
        return made

    def _make(self, project: Project, how: str) -> Mapping[str, Made]:
        from platform_core.components.dbt.private import build

        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="platform-dbt-")
        folder = Path(self._folder.name) / f"{project.name}-{how}"
        # Without its tests: they look at values, and what stands below a failed one would not be built.
        plan = replace(project.plan(project.contracted), tests=())
        lent = {name: self._sample(project, name, folder, how) for name in plan.lent}
        before = ((name, self._before(project, name)) for name in plan.kept if how == "again")
        kept = {name: relation for name, relation in before if relation is not None}
        made = build(project, plan, {**lent, **kept}, folder / "build")
        if made.finished.code and not made.results:
            said = " ".join(made.finished.errors) or "dbt stopped and said nothing."
            raise PlatformError(
                f"the dbt project cannot be built: {said}", Where(project.folder / "dbt_project.yml", 1)
            )
        datasets = {one.asset.dataset: one for one in self.loaded.datasets}
        names = {project.manifest.models[name].dataset: name for name in project.contracted}
        (folder / "rows").mkdir()
        connection = made.connect([folder / "rows"])
        try:
            return {
                dataset: _rows(made, connection, name, datasets[dataset], folder / "rows")
                for dataset, name in names.items()
                if dataset in datasets
            }
        finally:
            connection.close()

    def _sample(self, project: Project, name: str, folder: Path, how: str) -> Relation:
        """Write the sample of a source as a file."""
        from pyarrow import parquet

        from platform_core.resources.warehouse import declared_columns
        from platform_core.sql import Relation

        asset = project.sources[name]
        reader = next(one for one in self.loaded.datasets if one.declaration.kind == "dbt")
        upstream = upstream_partitions(reader, self.samples, asset)
        if cut := cut_of(upstream, keys_read(reader, None, upstream)):
            self.samples.cuts[asset] = cut
        rows = self.samples.table(asset)
        if how == "shuffled":
            rows = rows.take(shuffled_places(rows.num_rows))
        path = folder / "samples" / f"{asset.location}.{asset.dataset}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(rows, path)
        return Relation.of([path], declared_columns(self.samples.contract(asset)))

    def _before(self, project: Project, name: str) -> Relation | None:
        """Return what the first build made of a model that goes on from there."""
        from platform_core.resources.warehouse import declared_columns
        from platform_core.sql import Relation

        dataset = next(one for one in self.loaded.datasets if one.asset == project.asset(name))
        if self.first(dataset).rows is None:
            return None
        rows = Path(self._folder.name) / f"{project.name}-first" / "rows"
        return Relation.of([rows / f"{dataset.asset.dataset}.parquet"], declared_columns(dataset.contract))


def _rows(made: Built, connection: Any, name: str, dataset: Dataset, folder: Path) -> Made:
    """Write what was built of a model in the types of its contract, as the door does, and read it."""
    import duckdb

    from platform_core.components.dbt.saying import without_values
    from platform_core.resources.warehouse.write import write_source
    from platform_core.sql import Relation

    result = made.results.get(name)
    model = made.project.manifest.models[name]
    if result is None or result.status != "success":
        said = " ".join(without_values(result.message).split()) if result else "a model that it reads was not built"
        return Made(problem=PlatformError(said or "it was not built", Where(model.path, 1)))
    path = folder / f"{dataset.asset.dataset}.parquet"
    try:
        columns, _ = write_source(connection, made.select(name), dataset.contract, path)
    except FindingsError as error:
        placed = [replace(finding, where=finding.where or Where(model.path, 1)) for finding in error.findings]
        return Made(problem=FindingsError(error.message, placed))
    except PlatformError as error:
        return Made(problem=PlatformError(error.message, error.where or Where(model.path, 1), error.hint))
    with duckdb.connect() as reading:
        reading.execute("SET TimeZone = 'UTC'")
        relation = Relation.of([path], columns).bound(reading)
        return Made(rows=reading.execute(f"SELECT * FROM {relation.source().sql('duckdb')}").to_arrow_table())  # noqa: S608


def check_model(dataset: Dataset, rehearsals: DbtRehearsals) -> tuple[dict[str, Any], list[Finding]]:
    """Look at what a build over samples makes of a model: columns, types and keys must be those of its contract.

    Raises FindingsError or PlatformError with what stops it from being built.
    """
    if unknown := list(unknown_inputs(dataset, rehearsals.samples)):
        raise FindingsError("", unknown)
    from platform_core.components.engine import engine_of

    made = rehearsals.first(dataset)
    if made.rows is None and engine_of(dataset) == POSTGRES and not isinstance(made.problem, FindingsError):
        return {"run": "not tried", "skipped": _STANDS_IN}, []
    if made.rows is None:
        raise made.problem or PlatformError("it was not built")
    findings = list(broken_rules(dataset, rehearsals.samples, made.rows))
    count = made.rows.num_rows
    return {"run": "fails" if findings else f"ok ({count:,} row{'s' if count != 1 else ''})"}, findings


def check_rerun(dataset: Dataset, rehearsals: DbtRehearsals) -> tuple[dict[str, Any], list[Finding]]:
    """Look at whether a model, built again, is the same: over rows in another order, and after itself.

    Names and counts are told, never a value. What keeps it from being built at all, the test `run` tells.
    """
    from platform_core.testing.rerun.content import difference
    from platform_core.testing.rerun.proof import said

    first = None if list(unknown_inputs(dataset, rehearsals.samples)) else rehearsals.first(dataset).rows
    if first is None:
        return {"rerun": "not shown", "skipped": "it cannot be built of its samples: see the test `run`"}, []
    found = []
    for what, made in rehearsals.varied(dataset).items():
        message = f"built a second time {what}, "
        if made.rows is None:
            message += f"it fails: {made.problem.message if made.problem else 'it was not built'}"
        elif different := difference(first, made.rows, dataset.contract.primary_key, tolerant=True):
            message += f"its rows differ: {said(different)}."
        else:
            continue
        recipe: Any = dataset.declaration.recipe
        where, name = Where(recipe.model.path, 1), dataset.asset.dataset
        found.append(Finding("rerun-unsafe", "error", name, message, _WHY, _FIX, where))
    safe = "safe" if first.num_rows else "not shown, no rows come of the samples"
    return {"rerun": "fails" if found else safe}, found


_STANDS_IN = "DuckDB, which stands in for the database here, cannot build it: a run on the database tells."
_WHY = "A re-run or a retry would publish other data than before, and nobody would know which is right."
_FIX = "Order what a window or LIMIT picks from, take out the time of day and random values, write each row once."
