"""The private build of one run: a DuckDB database of its own, in which dbt builds and nobody else reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.components.dbt.invocation import Finished, Result, run_dbt
from platform_core.components.dbt.locking import CONFIGURATION, lock
from platform_core.components.dbt.manifest import Manifest, read_manifest
from platform_core.components.dbt.nodes import Model, Source
from platform_core.components.dbt.preparing import keep_parsed
from platform_core.components.dbt.profile import DATABASE, DATABASE_FILE, READABLE, SPILL, write_profile
from platform_core.components.dbt.project import Plan, Project
from platform_core.components.dbt.selecting import selection
from platform_core.sql.quoting import quoted
from platform_core.sql.relation import Relation

__all__ = ["Built", "build"]


@dataclass(frozen=True)
class Built:
    """What a private build came to. `results` are dbt's, by unique id; `errors` what stopped dbt itself."""

    project: Project
    plan: Plan
    folder: Path
    finished: Finished
    readable: tuple[str, ...]

    @property
    def results(self) -> Mapping[str, Result]:
        return self.finished.results

    @property
    def manifest(self) -> Manifest:
        """The manifest with the compiled SQL of what was built."""
        return read_manifest(self.folder / "target" / "manifest.json", self.project.folder)

    def select(self, unique_id: str) -> str:
        """Return a SELECT over what was built of a model."""
        return f"SELECT * FROM {_named(self.project.manifest.models[unique_id])}"  # noqa: S608 - quoted

    def columns(self, connection: Any, unique_id: str) -> dict[str, str]:
        """Return the columns of what was built of a model, name -> DuckDB type."""
        described = connection.execute(f"DESCRIBE {self.select(unique_id)}").fetchall()
        return {row[0]: row[1] for row in described}

    def connect(self, writable: Iterable[Path] = ()) -> Any:
        """Open what was built, to read. Views run the team's SQL here, so this connection is shut as dbt's was.

        `writable` are folders into which a stage is written.
        """
        import duckdb

        config = {**CONFIGURATION, "temp_directory": str(self.folder / "spill")}
        connection = duckdb.connect(str(_database(self.folder)), read_only=True, config=config)
        lock(connection, self.readable, [str(folder) for folder in writable])
        return connection


def build(
    project: Project,
    plan: Plan,
    published: Mapping[str, Relation],
    folder: Path,
    *,
    full_refresh: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Built:
    """Build the models of `plan` in the empty `folder`.

    `published` is what stands of `plan.lent` and, where there is any, of `plan.kept`, by unique id.
    Raises PlatformError when dbt is not installed. What fails inside is in the results.
    """
    target = folder / "target"
    (folder / "spill").mkdir(parents=True)
    target.mkdir()
    kept = project.gone_on_from(plan, full_refresh)
    _furnish(
        project,
        {name: published[name] for name in plan.lent},
        {k: published[k] for k in kept if k in published},
        folder,
    )
    models = project.manifest.models
    readable = [file for relation in published.values() for file in relation.files]
    readable += [str(models[name].path) for name in plan.built if models[name].resource_type == "seed"]
    write_profile(folder, project.location)
    (folder / "readable.json").write_text(json.dumps(readable), "utf-8")
    keep_parsed(project.folder, target)
    arguments = [
        "build",
        *selection(project.manifest, plan),
        *(["--vars", project.variables] if project.variables else []),
    ]
    finished = run_dbt(
        project.folder,
        [*arguments, *(["--full-refresh"] if full_refresh else [])],
        profiles=folder,
        target=target,
        variables={
            DATABASE_FILE: str(_database(folder)),
            READABLE: str(folder / "readable.json"),
            SPILL: str(folder / "spill"),
        },
        tell=tell,
    )
    return Built(project, plan, folder, finished, tuple(readable))


def _database(folder: Path) -> Path:
    return folder / f"{DATABASE}.duckdb"


def _furnish(project: Project, lent: Mapping[str, Relation], kept: Mapping[str, Relation], folder: Path) -> None:
    """Make the database with what the models read: views of what is published, and a copy of what they go on from."""
    import duckdb
    from sqlglot import exp

    nodes: dict[str, Model | Source] = {**project.manifest.models, **project.manifest.sources}
    with duckdb.connect(str(_database(folder))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        schemas = {nodes[name].relation[1] for name in (*lent, *kept)}
        for schema in sorted(schemas):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        for kind, relations in (("VIEW", lent), ("TABLE", kept)):
            for name, relation in relations.items():
                rows = exp.select("*").from_(relation.bound(connection).source()).sql("duckdb")
                connection.execute(f"CREATE {kind} {_named(nodes[name])} AS {rows}")


def _named(node: Model | Source) -> str:
    return ".".join(quoted(part) for part in node.relation)
