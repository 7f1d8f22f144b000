"""From a file to the text of a contract that a person would sign."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from platform_core.contracts.infer.keys import identifies, is_id, primary_key
from platform_core.contracts.infer.profile import Profile, profiles
from platform_core.contracts.infer.rules import enum_values, limits, pattern
from platform_core.contracts.infer.source import Reading, format_of, read_source
from platform_core.contracts.infer.texts import text_types
from platform_core.contracts.infer.write import Inferred, Rules, contract_text
from platform_core.errors import PlatformError, Where
from platform_core.names import name_problem

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["dataset_name", "infer_contract", "infer_from"]

_REQUIRED_FROM = 5  # rows before 'always filled' is more than an accident


def infer_contract(
    path: Path,
    *,
    dataset: str = "",
    location: str = "",
    owner: str = "",
    contact: str = "",
    null_values: Sequence[str] = (),
    encoding: str = "utf-8",
    delimiter: str = "",
    format: str = "",
    partition: bool = False,
) -> str:
    """Return the YAML text of a contract inferred from a CSV, TSV, Parquet, JSON or NDJSON file or a Delta table.

    `dataset` is by default made from the file's name, `format` from its suffix; `owner` is `team:<name>` or an
    e-mail, `contact` where people ask; `null_values` are texts that stand for no value in CSV (beside the empty one)
    and JSON; `partition` says that the file is one of several: what has a single value in it may have another one in
    the next. Every rule holds on the data. Raises PlatformError when the file cannot be read whole, or has no rows.
    """
    name = dataset or dataset_name(path)
    if problem := name_problem(name):
        hint = "Say --dataset <name>."
        raise PlatformError(f"'{name}' cannot be the name of a dataset: {problem}.", Where(path), hint)
    reading = _reading(path, format, null_values, encoding, delimiter)
    return infer_from(path, reading, name, location, owner, contact=contact, partition=partition)


def infer_from(
    path: Path,
    reading: Reading,
    dataset: str,
    location: str = "",
    owner: str = "",
    *,
    contact: str = "",
    partition: bool = False,
) -> str:
    """Return the contract of one file, read as `reading` says. Raises PlatformError as `infer_contract` does."""
    import duckdb

    with TemporaryDirectory() as scratch, duckdb.connect(":memory:", config={"temp_directory": scratch}) as connection:
        source = read_source(connection, path, reading)
        columns = [f"c{place}" for place, type_ in enumerate(source.types) if type_ == "VARCHAR"]
        judged = columns if reading.format in ("csv", "tsv", "json", "ndjson") else []
        texts = text_types(connection, judged, dates_only=not source.text)
        found = profiles(connection, source, texts)
        key = primary_key(connection, found, dataset)
        rules = [_rules(connection, column, found, key, dataset, partition=partition) for column in found]
    return contract_text(Inferred(path.name, dataset, location, owner, source.rows, tuple(rules), contact))


def dataset_name(path: Path) -> str:
    """Return a dataset's name for a file: its stem in lower case, without a date or number at its end."""
    stem = re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_")
    return re.sub(r"(_[0-9]+)+\Z", "", stem)


def _reading(path: Path, format: str, null_values: Sequence[str], encoding: str, delimiter: str) -> Reading:
    chosen = format or format_of(path)
    if len(delimiter) > 1 or delimiter in ('"', "\n", "\r"):
        raise PlatformError(f"'{delimiter}' cannot be a delimiter.", None, "Write one character, such as ';'.")
    sign = delimiter or ("\t" if chosen == "tsv" else ",")
    if not os.access(path, os.R_OK):
        raise PlatformError("cannot be read.", Where(path), "Is it there, and may you read it?")
    return Reading(chosen, tuple(null_values), encoding, sign)


def _rules(
    connection: DuckDBPyConnection,
    column: Profile,
    columns: list[Profile],
    key: tuple[Profile, ...],
    dataset: str,
    *,
    partition: bool,
) -> Rules:
    identifying = column in key or (column.unique and identifies(column, columns, dataset))
    values = enum_values(column, partition=partition)
    is_key = is_id(column, dataset) or (identifying and column.logical == "integer")
    return Rules(
        column=column,
        required=column.complete and column.rows >= _REQUIRED_FROM,
        unique=identifying and column not in key,
        key_position=key.index(column) + 1 if column in key else 0,
        enum=values,
        limits=limits(column, identifying=is_key, partition=partition),
        pattern="" if values else pattern(connection, column),
    )
