"""A dbt project on one machine: its models run in one build, and samples for dbt commands of the team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset
    from platform_core.components.dbt.project import Project
    from platform_core.components.dbt.run import Ended
    from platform_core.names import AssetId
    from platform_core.resources.catalog import Catalog
    from platform_core.testing.inputs import Inputs

__all__ = ["LOCAL_DATABASE", "batches", "lay_out", "run_batch"]

LOCAL_DATABASE = Path("target") / "local.duckdb"  # as in the profiles.yml of the template's dbt starter


def batches(ordered: Sequence[Dataset]) -> Iterator[list[Dataset]]:
    """Yield datasets in their order, models of one dbt project together as far as nothing else stands between them."""
    own = {one.asset for one in ordered}
    done: set[AssetId] = set()
    for dataset in ordered:
        if dataset.asset in done:
            continue
        batch = [dataset]
        for other in ordered if dataset.declaration.kind == "dbt" else ():
            near = done | {one.asset for one in batch}
            if other.asset not in near and _same_project(dataset, other):
                batch += [other] if {*other.inputs.values(), *other.references} & own <= near else []
        done |= {one.asset for one in batch}
        yield batch


def _same_project(one: Dataset, other: Dataset) -> bool:
    recipe, theirs = _recipe(one), _recipe(other)
    return other.declaration.kind == "dbt" and recipe.project.name == theirs.project.name


def _recipe(dataset: Dataset) -> Any:
    return dataset.declaration.recipe


def run_batch(batch: Sequence[Dataset], catalog: Catalog, again: bool = False) -> Iterator[tuple[Dataset, Ended]]:
    """Build models of one project and take each through the door; yield how each ended.

    `again` builds even what stands and is not safe to build again.
    """
    from platform_core.components.dbt.run import run_project

    by_name = {_recipe(one).unique_id: one for one in batch}
    project: Project = _recipe(batch[0]).project
    for ended in run_project(project, batch[0].neighbours, catalog, list(by_name), "local", again=again):
        if ended.unique_id in by_name:
            yield by_name[ended.unique_id], ended


def lay_out(project: Project, catalog: Catalog, samples: Inputs) -> Path | None:
    """Write the database that the project's own profiles.yml names: views of what is published here of its sources.

    None when it cannot be written now, such as while a dbt command of the team has it open: what is there stands.
    """
    import duckdb

    path = project.folder / LOCAL_DATABASE
    with suppress(OSError, duckdb.Error):
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(path)) as connection:
            for name, asset in project.sources.items():
                _lend(connection, project.manifest.sources[name].relation, asset, catalog, samples)
        return path
    return None


def _lend(connection: Any, relation: Sequence[str], asset: AssetId, catalog: Catalog, samples: Inputs) -> None:
    from platform_core.resources.warehouse import declared_columns

    snapshot = catalog.table(asset).snapshot()
    if snapshot is None:
        return
    columns: Mapping[str, str] = declared_columns(samples.contract(asset))
    _, schema, name = relation
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    rows = snapshot.relation(None, columns)
    if rows.engine == "duckdb_delta":
        select = rows.bound(connection).source().sql("duckdb")
        connection.execute(f"CREATE OR REPLACE VIEW {quoted(schema)}.{quoted(name)} AS SELECT * FROM {select}")  # noqa: S608
