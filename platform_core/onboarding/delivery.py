"""Brings a dataset that arrives as files under contract: everything is told from one of its deliveries."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.contracts import Contract
from platform_core.contracts.infer import infer_contract
from platform_core.contracts.infer.source import Reading
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, raise_errors
from platform_core.onboarding.dataset import Added, Addition, defs_yaml
from platform_core.onboarding.markers import Markers, find_markers
from platform_core.onboarding.partitioning import Detected, detect, with_partitions

__all__ = ["FileOptions", "add_file"]

_PATTERN_SIGNS = set("*?[]{}\\")
_SAMPLES = {"parquet": "parquet", "json": "ndjson", "ndjson": "ndjson"}


@dataclass(frozen=True)
class FileOptions:
    """How a file is to be read, where its content does not say it. An empty `delimiter` is the format's own."""

    encoding: str = "utf-8"
    delimiter: str = ""


def add_file(
    root: Path,
    dataset: str,
    file: Path,
    partitions: Mapping[str, Any] | None = None,
    *,
    detect_partitions: bool = True,
    options: FileOptions = FileOptions(),
) -> Added:
    """Add a dataset of which `file` is a delivery. Its partitions are read from its name, unless told otherwise.

    The contract is inferred, and the file then held against it, as the door will do. Raises PlatformError when the
    file cannot be read, FindingsError when it does not pass; nothing is written then.
    """
    addition = Addition(root, dataset)
    format_ = _format(file)
    detected = detect(file) if detect_partitions else with_partitions(file, partitions)
    reading = Reading(format_, (), options.encoding, options.delimiter or ("\t" if format_ == "tsv" else ","))
    markers = find_markers(file, reading)
    contract = infer_contract(
        file,
        dataset=dataset,
        location=addition.location.name,
        owner=addition.location.owner,
        contact=addition.location.contact,
        null_values=markers.texts,
        encoding=options.encoding,
        delimiter=options.delimiter,
        format=format_,
        partition=detected.partitions is not None,
    )
    attributes = _attributes(file, format_, detected, markers, options)
    code = {"defs.yaml": defs_yaml("FileDataset", attributes)}
    loaded = addition.attempt(contract, code)
    _hold(file, loaded, attributes, addition)
    return addition.write(contract, code, _SAMPLES.get(format_, "csv"), _notes(addition, file, detected, markers))


def _attributes(file: Path, format_: str, detected: Detected, markers: Markers, options: FileOptions) -> dict[str, Any]:
    return {
        "path": detected.path,
        "format": None if file.suffix.lower() == f".{format_}" else format_,
        "null_values": ["", *markers.texts] if markers.texts else None,
        "encoding": None if options.encoding == "utf-8" else options.encoding,
        "delimiter": options.delimiter or None,
        "partitions": detected.partitions,
    }


def _format(file: Path) -> str:
    from platform_core.components.files.spec import FORMATS

    if not file.is_file():
        raise PlatformError("there is no such file.", Where(file), "Name one delivery: a file, no folder.")
    if not os.access(file, os.R_OK):
        raise PlatformError("cannot be read.", Where(file), "May you read it?")
    if not file.name.isprintable() or _PATTERN_SIGNS & set(file.name):
        message = "the name holds a sign that means something else in a landing path."
        raise PlatformError(message, Where(Path(repr(file.name))), "Rename it, without * ? [ ] { } and backslash.")
    if file.suffix.lower() not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise PlatformError("the suffix names no format.", Where(file), f"Known are {known}.")
    return FORMATS[file.suffix.lower()]


def _hold(file: Path, contract: Contract, attributes: Mapping[str, Any], addition: Addition) -> None:
    """Read the file as the door would and audit it: what was inferred must let pass what it was inferred from."""
    import duckdb

    from platform_core.audit import plan
    from platform_core.audit.duckdb import audit
    from platform_core.components.files.reading import read_delivery
    from platform_core.components.files.spec import FORMATS, FileSpec
    from platform_core.resources.warehouse.write import declared_columns, write_source
    from platform_core.sql import Relation

    spec = FileSpec(
        path=attributes["path"],
        format=FORMATS[file.suffix.lower()],
        null_values=tuple(attributes["null_values"] or ("",)),
        encoding=attributes["encoding"] or "utf-8",
        delimiter=attributes["delimiter"] or ("\t" if file.suffix.lower() == ".tsv" else ","),
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        scratch = Path(folder)
        select = read_delivery(connection, spec, [file.absolute()], declared_columns(contract), scratch)
        staged = scratch / "staged.parquet"
        write_source(connection, connection.sql(select), contract, staged)
        result = audit(connection, plan(contract, addition.location.name), Relation.of([staged]))
    fix = "That is a fault of platform_core: please report it. Write the contract by hand, or leave those rows out."
    raise_errors(
        f"The contract inferred from {file.name} would refuse it:",
        [
            Finding("inferred-wrongly", "error", addition.dataset, f"{outcome.check.name}: {outcome.message}", fix=fix)
            for outcome in result.outcomes
            if not outcome.passed and outcome.severity == "error"
        ],
    )


def _notes(addition: Addition, file: Path, detected: Detected, markers: Markers) -> list[str]:
    notes = []
    if detected.partitions and detected.partitions["type"] == "dynamic":
        notes.append(f"File names make its partitions: the landing folder gets {detected.path}.")
    elif detected.partitions:
        first = detected.partitions.get("start_date", "the first of its keys")
        notes.append(f"It is {detected.partitions['type']}, from {first}: the landing folder gets {detected.path}.")
    if markers.texts:
        texts = ", ".join(repr(text) for text in markers.texts)
        also = f", {markers.elsewhere:,} times also in columns of text" if markers.elsewhere else ""
        notes.append(f"Read as no value: {texts}{also}. Is that right? It stands in {addition.folder}/defs.yaml.")
    notes.append(f"To publish it here: mkdir -p landing && cp {_shell(file)} landing/")
    return notes


def _shell(file: Path) -> str:
    import shlex

    return shlex.quote(str(file))
