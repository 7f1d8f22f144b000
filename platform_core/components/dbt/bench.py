"""Where a run of a dbt project builds, on the engine that the location publishes on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from platform_core.components.dbt.invocation import Finished
from platform_core.components.dbt.private import Built, build
from platform_core.components.dbt.project import Plan, Project
from platform_core.contracts.model import Contract
from platform_core.resources.bridge import local
from platform_core.resources.catalog import Catalog
from platform_core.resources.engine import DUCKDB_DELTA, POSTGRES, Stage
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from platform_core.components.dbt.private_schema import PrivateSchema

__all__ = ["AnyBench", "Bench", "open_bench"]

AnyBench = Union["Bench", "PrivateSchema"]

_FOLDER = "_dbt"  # no dataset has such a name


class Bench:
    """A private build, and the way from what it made to a stage."""

    engine = DUCKDB_DELTA

    def __init__(self, project: Project, folder: Path, stages: Path) -> None:
        self.project, self.folder, self.stages = project, folder, stages
        self._built: Built | None = None
        self._connection: Any = None

    def build(
        self, plan: Plan, published: Mapping[str, Relation], *, full_refresh: bool, tell: Callable[[str], None]
    ) -> Finished:
        """Let dbt build; see `private.build`."""
        near = {
            name: local(relation, self.folder / "inputs" / str(n))
            for n, (name, relation) in enumerate(published.items())
        }
        folder = self.folder / "build"
        self._built = build(self.project, plan, near, folder, full_refresh=full_refresh, tell=tell)
        return self._built.finished

    def write(self, unique_id: str, contract: Contract, stage: Stage) -> None:
        """Write what was built of a model to a stage. Raises as `Stage.write` does."""
        if self._built is None:
            raise AssertionError("nothing was built yet")
        if self._connection is None:  # one for all models
            self._connection = self._built.connect([self.stages])
        stage.write(self._connection, self._built.select(unique_id), contract)

    @property
    def places(self) -> Mapping[str, tuple[str, str]]:
        """Return the schema and name that each model and source has in the build, by unique id."""
        manifest = self.project.manifest
        return {
            name: node.relation[1:] for nodes in (manifest.models, manifest.sources) for name, node in nodes.items()
        }

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


@contextmanager
def open_bench(project: Project, catalog: Catalog, run_id: str, *, alone: bool) -> Iterator[AnyBench]:
    """Make a place for a private build, which is gone afterwards. `alone`: no other run of the project meanwhile."""
    from platform_core.resources.warehouse.locks import table_lock
    from platform_core.resources.warehouse.retention import sweep_stages
    from platform_core.resources.warehouse.stage import open_stage

    table: Any = catalog.table(project.asset(next(iter(project.contracted or project.internal))))
    if table.engine == POSTGRES:
        from platform_core.components.dbt.private_schema import open_private_schema

        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="platform-")))
            yield stack.enter_context(open_private_schema(project, table.place, folder, alone=alone))
        return
    root = table.path.parents[1]
    stages = table.stages.parent
    with ExitStack() as stack:
        if alone:
            file = root / "_locks" / project.location / f"{_FOLDER}_{project.name}.lock"
            stack.enter_context(table_lock(file, f"{project.location}, dbt project {project.name}"))
        sweep_stages(stages / _FOLDER)  # what a killed run left
        stage = stack.enter_context(open_stage(stages / _FOLDER, None, run_id, None))
        bench = Bench(project, stage.folder, stages)
        stack.callback(bench.close)
        yield bench
