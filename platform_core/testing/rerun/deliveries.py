"""A sample written the way a file dataset expects its deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.sql.quoting import quoted, text

if TYPE_CHECKING:
    from platform_core.components.files.spec import FileSpec

__all__ = ["write_delivery"]

_NESTED = ("STRUCT", "MAP")


def write_delivery(spec: FileSpec, rows: Any, folder: Path, partition: str | None) -> Path:
    """Write the Arrow table `rows` as one file below `folder` that `spec` reads, and return its path."""
    import duckdb

    name = spec.path.replace("{partition}", partition or "").replace("*", "sample").replace("?", "1")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", rows)
        connection.execute(f"COPY ({_select(spec, connection.table('rows'))}) TO {text(str(path))} ({_options(spec)})")
    if spec.encoding != "utf-8" and spec.format != "parquet":
        path.write_bytes(path.read_text("utf-8").encode(spec.encoding, errors="replace"))
    return path


def _select(spec: FileSpec, relation: Any) -> str:
    """Everything as text but in Parquet, and in JSON what is nested: that is how deliveries are read."""
    values = []
    for name, kind in zip(relation.columns, map(str, relation.types), strict=True):
        nested = kind.startswith(_NESTED) or kind.endswith("]")
        whole = spec.format == "parquet" or (spec.format in ("json", "ndjson") and nested)
        values.append(quoted(name) if whole else f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}")
    return f"SELECT {', '.join(values)} FROM rows"  # noqa: S608 - quoted


def _options(spec: FileSpec) -> str:
    if spec.format == "parquet":
        return "FORMAT parquet"
    if spec.format in ("json", "ndjson"):
        return f"FORMAT json, ARRAY {'true' if spec.format == 'json' else 'false'}"
    null = spec.null_values[0] if spec.null_values else ""
    return f"FORMAT csv, HEADER true, DELIMITER {text(spec.delimiter)}, NULLSTR {text(null)}, QUOTE '\"', ESCAPE '\"'"
