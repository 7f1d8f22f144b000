"""Why a file cannot be read, in words that show none of its data."""

from __future__ import annotations

import re
from pathlib import Path

from platform_core.errors import PlatformError, Where

__all__ = ["explained", "not_encoded"]


def not_encoded(path: Path, encoding: str, line: int) -> PlatformError:
    """Return the error for bytes that are no text in `encoding`; line 0 when it is not known."""
    hint = "Say which it is, as in --encoding latin-1 (or cp1252, utf-16)."
    return PlatformError(f"is not {encoding} text.", Where(path, line), hint)


def explained(path: Path, format: str, error: str) -> PlatformError:
    """Turn DuckDB's message into one that shows no data."""
    found = re.search(r"Line: (\d+)", error) or re.search(r"in line (\d+)", error)
    where = Where(path, int(found[1]) if found else 0)
    if "nicode" in error or "UTF-8" in error:
        return not_encoded(path, "utf-8", where.line)
    if counts := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", error):
        message = f"the line has {counts[2]} values, the header {counts[1]}."
        return PlatformError(message, where, "Mend the line, or quote values that hold the delimiter.")
    if "unterminated quote" in error:
        return PlatformError("a quote is opened and never closed.", where, "Close it, or double it inside a value.")
    if "non-record" in error:
        return PlatformError("is no list of records.", where, 'Write [{"a": 1}, ...], or one {"a": 1} a line.')
    return PlatformError(_UNREADABLE[format][0], where, _UNREADABLE[format][1])


_JSON_HELP = ("is no list of records in valid JSON.", "Is it whole? For one record a line, say --format ndjson.")
_PARQUET_HELP = ("is no Parquet that can be read.", "Deliver it again, whole.")
_CSV_HELP = ("is no CSV that can be read.", "Are quotes and ends of lines the same throughout?")
_UNREADABLE = {
    **{"json": _JSON_HELP, "ndjson": _JSON_HELP, "parquet": _PARQUET_HELP, "delta": _PARQUET_HELP},
    **{"csv": _CSV_HELP, "tsv": _CSV_HELP},
}
