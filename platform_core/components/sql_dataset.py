"""A dataset that one SELECT over other datasets makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

import dagster as dg
from pydantic import Field

from platform_core.components.cutting import (
    MISSING_PARTITIONS,
    PARTITIONS_PER_RUN,
    MissingPartitions,
    cutting_problems,
)
from platform_core.components.declaration import Declaration, Query, problem
from platform_core.components.engine import engine_at
from platform_core.components.partitions import Partitions
from platform_core.components.pool import POOL, pool_problem
from platform_core.components.rerun import REASON, RERUN, Rerun, rerun_problem, unsafe_of
from platform_core.components.scaffolding import SqlScaffolder
from platform_core.components.standalone import standalone_definitions
from platform_core.documents import Document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.sql.dialects import dialect_of
from platform_core.sql.tables import TableRead

__all__ = ["SqlDataset"]


@dg.scaffold_with(SqlScaffolder)
class SqlDataset(dg.Component, dg.Resolvable, dg.Model):
    """One SELECT over other datasets, published when its inputs were and its contract holds.

    What it reads is derived from the query: `location.dataset`, or a bare name for a dataset of its own location.
    It can read nothing else.
    """

    sql: str | None = Field(
        default=None, description="File beside defs.yaml that holds the SELECT; by default <dataset>.sql."
    )
    partitions: Partitions | None = Field(
        default=None,
        description="How the dataset is cut. With the partitions of an input, each reads the same partition of it; "
        "without any, the dataset reads all that its inputs have published.",
    )
    missing_partitions: MissingPartitions = MISSING_PARTITIONS
    partitions_per_run: int = PARTITIONS_PER_RUN
    pool: str = POOL
    rerun: Rerun = RERUN
    reason: str = REASON

    def declare(self, document: Document, dataset: str, location: str) -> Declaration | list[Finding]:
        """Return the declaration, or everything wrong with it."""
        name = self.sql or f"{dataset}.sql"
        path = document.path.parent / name
        place = document.where("attributes", "sql")
        if len(PurePosixPath(name).parts) != 1 or "\\" in name:
            return [
                problem(
                    "sql-dataset", dataset, f"sql: '{name}' must stand beside defs.yaml.", "Write a file name.", place
                )
            ]
        try:
            query = Query(path.read_text("utf-8"), path, engine_at(path.parent, location))
        except (OSError, UnicodeDecodeError):
            fix = f"Write the SELECT into {path.name}, in UTF-8."
            return [problem("sql-missing", dataset, f"there is no readable file {name}.", fix, place)]
        findings = list(_problems(query, dataset, location, self.rerun)) or list(_unfit(query, dataset))
        for key, message, fix in cutting_problems(self.partitions, self.missing_partitions, self.partitions_per_run):
            findings.append(problem("partitions", dataset, message, fix, document.where("attributes", key)))
        if wrong := pool_problem(self.pool):
            findings.append(problem("pool", dataset, *wrong, document.where("attributes", "pool")))
        if (told := rerun_problem(self.rerun, self.reason)) is not None:
            key, message, fix = told
            findings.append(problem("rerun", dataset, message, fix, document.where("attributes", key)))
        if findings:
            return findings
        inputs, places = _inputs(query, location)
        return Declaration(
            dataset=dataset,
            kind="sql",
            where=document.where(),
            recipe=query,
            partitions=self.partitions.of(AssetId(location, dataset)) if self.partitions else None,
            missing_partitions=self.missing_partitions,
            partitions_per_run=self.partitions_per_run,
            inputs=inputs,
            places=places,
            fingerprint=hashlib.sha256(query.text.encode()).hexdigest()[:12],
            kinds=("sql",),
            pool=self.pool,
            unsafe=unsafe_of(self.rerun, self.reason),
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return this one dataset, for Dagster's own loader; `build_definitions` adds the sensors."""
        return standalone_definitions(self, context.path)


def _problems(query: Query, dataset: str, location: str, rerun: str) -> Iterator[Finding]:
    dialect = dialect_of(query.engine)
    for finding in dialect.guard(query.text, query.path, dataset):
        if finding.level == "error":
            yield finding
        elif finding.id == "sql-not-repeatable" and rerun == "safe":
            fix = f"{finding.fix} If it has to be so, write rerun: unsafe and a reason into defs.yaml."
            yield replace(finding, level="error", why="", fix=fix)
    for table in _tables(query, location):
        try:
            asset = AssetId(table.location, table.dataset)
        except PlatformError as error:
            where = Where(query.path, table.line)
            yield problem("sql-unknown", dataset, error.message, "Write <location>.<dataset>.", where)
            continue
        if asset == AssetId(location, dataset):
            where = Where(query.path, table.line)
            yield problem("cycle", dataset, "the query reads its own dataset.", "Read its inputs.", where)


def _unfit(query: Query, dataset: str) -> Iterator[Finding]:
    """Find what is sound alone and not where the door puts it: DuckDB's selects from the text of the query."""
    from platform_core.sql.syntax import SyntaxProblem, parse, selected

    if query.engine != DUCKDB_DELTA:
        return
    try:
        parse(f"SELECT * FROM {selected(query.text)}")  # noqa: S608 - parsed, not run
    except SyntaxProblem as error:
        message = "nothing may stand before the SELECT, or after its semicolon."
        fix = "Take the semicolon out, or put the comment before it."
        yield problem(
            "sql-semicolon", dataset, message, fix, Where(query.path, min(error.line, 1 + query.text.count("\n")))
        )


def _tables(query: Query, location: str) -> tuple[TableRead, ...]:
    """Return what the query reads; nothing where it cannot be parsed, which the guard has said."""
    from platform_core.sql.syntax import SyntaxProblem

    try:
        return dialect_of(query.engine).reads(query.text, location)
    except SyntaxProblem:
        return ()


def _inputs(query: Query, location: str) -> tuple[dict[str, AssetId], dict[str, Where]]:
    tables = _tables(query, location)
    inputs = {f"{table.location}.{table.dataset}": AssetId(table.location, table.dataset) for table in tables}
    places = {f"{table.location}.{table.dataset}": Where(query.path, table.line) for table in tables}
    return inputs, places
