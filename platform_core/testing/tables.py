"""Sample and case files of a location: CSV, NDJSON or Parquet, read in the types of a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Contract
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SUFFIXES", "case_files", "read_table", "sample_file"]

SUFFIXES = (".csv", ".ndjson", ".parquet")
_READERS = {
    # All as text: the contract says what the values are. Quoted, the empty text is a text; else it is no value.
    ".csv": "SELECT * FROM read_csv(?, all_varchar = true, header = true, nullstr = '', allow_quoted_nulls = false)",
    ".ndjson": "SELECT * FROM read_json(?, format = 'newline_delimited')",
    ".parquet": "SELECT * FROM read_parquet(?, hive_partitioning = false)",
}


def sample_file(root: Path, dataset: str) -> Path | None:
    """Return the team's own sample of a dataset, tests/samples/<dataset>.<csv|ndjson|parquet>, if there is one."""
    paths = (root / "tests" / "samples" / f"{dataset}{suffix}" for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def case_files(root: Path, dataset: str) -> dict[str, Path]:
    """Return the team's violations, tests/violations/<dataset>/<rule>.<csv|ndjson|parquet>, by rule."""
    folder = root / "tests" / "violations" / dataset
    paths = sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES) if folder.is_dir() else []
    return {path.stem: path for path in paths}


def read_table(path: Path, contract: Contract) -> pyarrow.Table:
    """Return the rows of a file in the contract's columns and types.

    Raises FindingsError naming the file and every column that is missing, unknown or does not fit.
    """
    import tempfile

    import duckdb
    from pyarrow import parquet

    from platform_core.resources.warehouse.write import write_source

    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        rows = _open(connection, path)
        target = Path(folder) / "table.parquet"
        try:
            write_source(connection, rows, contract, target)
        except FindingsError as error:
            raise FindingsError(error.message, list(_placed(path, error.findings))) from error
        return parquet.read_table(target, partitioning=None)


def _open(connection: Any, path: Path) -> Any:
    import duckdb

    try:
        return connection.sql(_READERS[path.suffix], params=[str(path)])
    except duckdb.Error as error:  # its text may quote the data
        line = re.search(r"Line: (\d+)", str(error))
        where = Where(path, int(line.group(1)) if line else 0)
        hint = "Write it in UTF-8, with the contract's columns in a header."
        raise PlatformError(f"is no {path.suffix[1:]} file that can be read.", where, hint) from error


def _placed(path: Path, findings: tuple[Finding, ...]) -> Iterator[Finding]:
    for found in findings:
        yield Finding(found.id, found.level, found.subject, found.message, found.why, found.fix, Where(path))
