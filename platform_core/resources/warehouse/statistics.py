"""What the Delta log says about a file, so that other engines can skip it. Only what is exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["file_statistics"]


def file_statistics(file: Path) -> dict[str, Any]:
    """Return Delta's statistics of a Parquet file: rows, and for plain columns nulls, for integers and dates the range.

    No range of floats (a NaN is in none) or of text (writers cut it off).
    """
    from pyarrow import parquet

    metadata = parquet.read_metadata(file)
    nulls: dict[str, int] = {}
    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    plain = [place for place in range(metadata.num_columns) if "." not in metadata.schema.column(place).path]
    for place in plain if metadata.num_row_groups else ():
        name = metadata.schema.column(place).path
        chunks = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
        if any(chunk is None or not chunk.has_null_count for chunk in chunks):
            continue
        nulls[name] = sum(chunk.null_count for chunk in chunks)
        ranged = [chunk for chunk in chunks if chunk.has_min_max]
        counted = all(chunk.has_min_max or chunk.num_values == 0 for chunk in chunks)
        if ranged and counted and metadata.schema.column(place).physical_type in {"INT32", "INT64"}:
            _range(name, [chunk.min for chunk in ranged], [chunk.max for chunk in ranged], least, most)
    return {"numRecords": metadata.num_rows, "nullCount": nulls, "minValues": least, "maxValues": most}


def _range(name: str, low: list[Any], high: list[Any], least: dict[str, Any], most: dict[str, Any]) -> None:
    from datetime import date, datetime

    if all(isinstance(value, int) and not isinstance(value, bool) for value in low + high):
        least[name], most[name] = min(low), max(high)
    elif all(isinstance(value, date) and not isinstance(value, datetime) for value in low + high):
        least[name], most[name] = min(low).isoformat(), max(high).isoformat()
