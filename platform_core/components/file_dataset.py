"""A dataset that arrives as files in the location's landing folder."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal

import dagster as dg
from pydantic import Field

from platform_core.components.cutting import PARTITIONS_PER_RUN, cutting_problems
from platform_core.components.declaration import Declaration, problem
from platform_core.components.files.spec import FORMATS, PARTITION, FileSpec, Format
from platform_core.components.partitions import Partitions
from platform_core.components.pool import POOL, pool_problem
from platform_core.components.rerun import REASON, RERUN, Rerun, rerun_problem, unsafe_of
from platform_core.components.scaffolding import FileScaffolder
from platform_core.components.standalone import standalone_definitions
from platform_core.documents import Document
from platform_core.findings import Finding
from platform_core.names import AssetId

__all__ = ["FileDataset"]


@dg.scaffold_with(FileScaffolder)
class FileDataset(dg.Component, dg.Resolvable, dg.Model):
    """Files that arrive in the landing folder, published once they pass their contract.

    A sensor watches the folder: a file is taken when its size, time and hash stand still. Columns and types are those
    of the contract contracts/<dataset>.odcs.yaml.
    """

    path: str = Field(
        description="File name or glob, relative to the location's landing folder. {partition} marks the partition "
        "key, as in flights-{partition}.csv; several files that match make one delivery."
    )
    format: Literal["csv", "tsv", "parquet", "json", "ndjson"] | None = Field(
        default=None, description="csv, tsv, parquet, json or ndjson; by default what the suffix of path says."
    )
    null_values: list[str] = Field(
        default_factory=lambda: [""], description="Texts that stand for no value in CSV and TSV, as in ['', 'NA']."
    )
    encoding: str = Field(default="utf-8", description="Encoding of CSV, TSV and JSON files, by its Python name.")
    delimiter: str | None = Field(default=None, description="One character between the values of a CSV file.")
    partitions: Partitions | None = Field(default=None, description="How the dataset is cut; none by default.")
    partitions_per_run: int = PARTITIONS_PER_RUN
    pool: str = POOL
    rerun: Rerun = RERUN
    reason: str = REASON

    def declare(self, document: Document, dataset: str, location: str) -> Declaration | list[Finding]:
        """Return the declaration, or everything wrong with it."""
        if findings := list(self._problems(document, dataset)):
            return findings
        spec = FileSpec(
            path=self.path,
            format=self._format() or "csv",
            null_values=tuple(self.null_values),
            encoding=codecs.lookup(self.encoding).name,
            delimiter=self.delimiter or ("\t" if self._format() == "tsv" else ","),
        )
        return Declaration(
            dataset=dataset,
            kind="file",
            where=document.where(),
            recipe=spec,
            partitions=self.partitions.of(AssetId(location, dataset)) if self.partitions else None,
            partitions_per_run=self.partitions_per_run,
            fingerprint=hashlib.sha256(repr(spec).encode()).hexdigest()[:12],
            kinds=(spec.format,),
            pool=self.pool,
            unsafe=unsafe_of(self.rerun, self.reason),
        )

    def _format(self) -> Format | None:
        return self.format or FORMATS.get(PurePosixPath(self.path.lower()).suffix)

    def _problems(self, document: Document, dataset: str) -> Iterator[Finding]:
        def wrong(key: str, message: str, fix: str) -> Finding:
            id = "rerun" if key in ("rerun", "reason") else "file-dataset"
            return problem(id, dataset, message, fix, document.where("attributes", key))

        parts = PurePosixPath(self.path).parts
        if not parts or self.path.startswith("/") or ".." in parts or "\\" in self.path or "**" in self.path:
            yield wrong("path", f"path '{self.path}' leaves the landing folder.", "Write a name relative to it.")
        if self._format() is None:
            yield wrong(
                "path",
                f"the suffix of '{self.path}' names no format.",
                f"Add format: {'|'.join(set(FORMATS.values()))}.",
            )
        for cut in cutting_problems(self.partitions, per_run=self.partitions_per_run, own_files=True):
            yield wrong(*cut)
        marks = self.path.count(PARTITION)
        if self.partitions and marks != 1:
            yield wrong(
                "path", "a partitioned dataset needs {partition} in its path, once.", "As in flights-{partition}.csv."
            )
        if not self.partitions and marks:
            yield wrong(
                "path",
                "path holds {partition}, but no partitions are declared.",
                "Add partitions: {type: monthly, ...}.",
            )
        if found := pool_problem(self.pool):
            yield wrong("pool", *found)
        if (told := rerun_problem(self.rerun, self.reason)) is not None:
            yield wrong(*told)
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            yield wrong("encoding", f"'{self.encoding}' is no encoding.", "As in utf-8, latin-1, utf-16, cp1252.")
        if self.delimiter is not None and len(self.delimiter) != 1:
            yield wrong("delimiter", "the delimiter must be one character.", 'As in delimiter: ";".')
        if self.delimiter is not None and self._format() != "csv":
            yield wrong("delimiter", "only csv files take a delimiter.", "Take it out.")

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return this one dataset, for Dagster's own loader; `build_definitions` adds the sensors."""
        return standalone_definitions(self, context.path)
