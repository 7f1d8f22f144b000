"""What an engine says when it fails, without the values of the data that its messages like to quote."""

from __future__ import annotations

import re

__all__ = ["without_values"]

# Raised before a row is read: they can only quote the query. All others may quote the data.
_BEFORE_READING = {"BinderException", "CatalogException", "ParserException", "SyntaxException", "PermissionException"}
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def without_values(error: Exception) -> str:
    """Return one sentence about `error`: its kind, and its first line where that cannot hold data."""
    kind = type(error).__name__
    if kind in _BEFORE_READING:
        return " ".join(str(error).splitlines()[0].split())
    first = str(error).partition(":")[0].strip()
    known = first if re.fullmatch(r"[A-Za-z ]{1,40} Error", first) else kind
    return _KNOWN.get(kind, f"{_QUOTED.sub('...', known)} while reading the data")


_KNOWN = {
    "ConversionException": "a value cannot be converted to the type that the rule compares with",
    "OutOfRangeException": "a value is out of the range of its type",
    "OutOfMemoryException": "out of memory",
    "InterruptException": "interrupted",
}
