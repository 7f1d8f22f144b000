"""Reading the text of a DuckDB type: aliases, parameters and nesting."""

from __future__ import annotations

import re

from platform_core.sql.quoting import quoted

__all__ = ["Inner", "canonical_type", "split_type"]

_ALIASES = {
    **dict.fromkeys(("VARCHAR", "CHAR", "BPCHAR", "TEXT", "STRING", "NVARCHAR", "CHARACTER VARYING"), "VARCHAR"),
    **dict.fromkeys(("CHARACTER", "CITEXT", "NAME"), "VARCHAR"),
    **dict.fromkeys(("BLOB", "BYTEA", "BINARY", "VARBINARY"), "BLOB"),
    **dict.fromkeys(("BOOLEAN", "BOOL", "LOGICAL"), "BOOLEAN"),
    **dict.fromkeys(("TINYINT", "INT1"), "TINYINT"),
    **dict.fromkeys(("SMALLINT", "INT2", "INT16", "SHORT", "SMALLSERIAL"), "SMALLINT"),
    **dict.fromkeys(("INTEGER", "INT4", "INT32", "INT", "SIGNED", "SERIAL"), "INTEGER"),
    **dict.fromkeys(("BIGINT", "INT8", "INT64", "LONG", "BIGSERIAL"), "BIGINT"),
    **dict.fromkeys(("HUGEINT", "INT128"), "HUGEINT"),
    **dict.fromkeys(("UTINYINT", "UINT8"), "UTINYINT"),
    **dict.fromkeys(("USMALLINT", "UINT16"), "USMALLINT"),
    **dict.fromkeys(("UINTEGER", "UINT32"), "UINTEGER"),
    **dict.fromkeys(("UBIGINT", "UINT64"), "UBIGINT"),
    **dict.fromkeys(("UHUGEINT", "UINT128"), "UHUGEINT"),
    **dict.fromkeys(("DOUBLE", "FLOAT8", "DOUBLE PRECISION"), "DOUBLE"),
    **dict.fromkeys(("FLOAT", "FLOAT4", "REAL"), "FLOAT"),
    **dict.fromkeys(("DECIMAL", "NUMERIC"), "DECIMAL"),
    **dict.fromkeys(("TIMESTAMP", "DATETIME", "TIMESTAMP_US", "TIMESTAMP WITHOUT TIME ZONE"), "TIMESTAMP"),
    **dict.fromkeys(("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"), "TIMESTAMP WITH TIME ZONE"),
    **dict.fromkeys(("TIMETZ", "TIME WITH TIME ZONE"), "TIME WITH TIME ZONE"),
    **{name: name for name in ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")},
    **dict.fromkeys(("TIME", "TIME WITHOUT TIME ZONE"), "TIME"),
    **dict.fromkeys(("JSON", "JSONB"), "JSON"),
    **dict.fromkeys(("BIT", "BITSTRING", "BIT VARYING", "VARBIT"), "BIT"),
    **{name: name for name in ("DATE", "UUID", "INTERVAL")},
}
_MAX_DEPTH = 200
# PostgreSQL writes the precision of a time in the middle: timestamp(3) with time zone. DuckDB keeps microseconds.
_PRECISION = re.compile(r"(?P<base>time|timestamp)\s?\(\s?\d\s?\)(?P<zone> with(?:out)? time zone)?\Z", re.IGNORECASE)
_CALL = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_ ]*?)\s*\((?P<inside>.*)\)\Z", re.DOTALL)
_LIST = re.compile(r"(?P<item>.*)\[\d*\]\Z", re.DOTALL)
_FIELD = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))\s+(?P<type>.+)\Z', re.DOTALL)

Inner = tuple[tuple[str, str], ...]


def canonical_type(text: str) -> str | None:
    """Return a DuckDB type in one spelling, as in `numeric(10, 2)` -> `DECIMAL(10,2)`; None when it is unknown."""
    if text.count("(") + text.count("[") > _MAX_DEPTH:
        return None
    try:
        base, inner = _parse(text)
    except ValueError:
        return None
    parts = [f"{quoted(name)} {type_}" if base == "STRUCT" else type_ for name, type_ in inner]
    if base == "LIST":
        return f"{parts[0]}[]"
    separator = "," if base == "DECIMAL" else ", "
    return f"{base}({separator.join(parts)})" if parts else base


def split_type(canonical: str) -> tuple[str, Inner]:
    """Return the base of a type and what is inside: (name, type) of fields, items, or map key and value.

    Raises ValueError when the text is not a type.
    """
    return _parse(canonical)


def _parse(text: str) -> tuple[str, Inner]:
    text = " ".join(text.split())
    if found := _LIST.match(text):
        return "LIST", (("item", _canonical(found["item"])),)
    if found := _PRECISION.match(text):
        text = found["base"] + (found["zone"] or "")
    name, inside = text, None
    if found := _CALL.match(text):
        name, inside = found["name"], found["inside"]
    base = name.upper()
    if inside is None:
        if base not in _ALIASES:
            raise ValueError(text)
        return _ALIASES[base], (("precision", "18"), ("scale", "3")) if _ALIASES[base] == "DECIMAL" else ()
    return _parameters(base, _split(inside))


def _parameters(base: str, parts: list[str]) -> tuple[str, Inner]:
    if base == "STRUCT":
        return "STRUCT", tuple(_field(part) for part in parts)
    if base == "MAP" and len(parts) == 2:
        return "MAP", (("key", _canonical(parts[0])), ("value", _canonical(parts[1])))
    if base == "ENUM":
        return "VARCHAR", ()  # its values are for the contract's enum to say
    alias = _ALIASES.get(base)
    if alias is None or not all(part.strip().isdecimal() for part in parts):
        raise ValueError(base)
    if alias == "DECIMAL":
        precision, scale = int(parts[0]), int(parts[1]) if len(parts) == 2 else 0
        if not (1 <= precision <= 38 and scale <= precision and len(parts) <= 2):
            raise ValueError(base)
        return alias, (("precision", str(precision)), ("scale", str(scale)))
    return alias, ()


def _canonical(text: str) -> str:
    canonical = canonical_type(text)
    if canonical is None:
        raise ValueError(text)
    return canonical


def _field(text: str) -> tuple[str, str]:
    found = _FIELD.match(text)
    if not found:
        raise ValueError(text)
    name = found["bare"] or found["quoted"].replace('""', '"')
    return name, _canonical(found["type"])


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside brackets and quotes."""
    parts, depth, inside, start = [], 0, False, 0
    for place, char in enumerate(text):
        if char == '"':
            inside = not inside
        elif inside:
            continue
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
