"""The formats of text that a contract can ask for: RE2 patterns, and date formats of Java as DuckDB writes them."""

from __future__ import annotations

import re

__all__ = ["ANNOTATIONS", "PATTERNS", "strptime_format"]

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_HEX = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    [
        f"(?:{_HEX}:){{7}}{_HEX}",
        f"(?:{_HEX}:){{6}}{_IPV4}",
        # One run of zeros is left out: what stands before it, and at most so much after it.
        *(f"(?:{_HEX}:){{{n}}}(?::{_HEX}){{1,{7 - n}}}" for n in range(1, 7)),
        *(f"(?:{_HEX}:){{{n}}}(?::{_HEX}){{0,{5 - n}}}:{_IPV4}" for n in range(1, 6)),
        f"(?:{_HEX}:){{1,7}}:",
        f":(?::{_HEX}){{1,7}}",
        f"::(?:{_HEX}:){{0,5}}{_IPV4}",
        "::",
    ]
)

# What JSON Schema calls them; full match. An e-mail address here is what mail systems use, not all of RFC 5322.
PATTERNS = {
    "email": rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+",
    "uuid": "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+",
    "hostname": rf"{_LABEL}(?:\.{_LABEL})*\.?",
    "ipv4": _IPV4,
    "ipv6": _IPV6,
    "byte": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    "date": "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    "time": r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
}
PATTERNS["date-time"] = f"{PATTERNS['date']}[T ]{PATTERNS['time']}"

# They say what a text means, not how it is written.
ANNOTATIONS = frozenset({"password", "binary"})

_JAVA = re.compile(r"'(?P<text>[^']*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>[^A-Za-z'])")
_LETTERS = {
    **{"yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "DDD": "%j"},
    **{"HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "EEE": "%a"},
    **{"EEEE": "%A", "M": "%-m", "d": "%-d", "H": "%-H", "h": "%-I", "m": "%-M", "s": "%-S"},
}


def strptime_format(java: str) -> str | None:
    """Return the DuckDB format of a Java DateTimeFormatter pattern such as yyyy-MM-dd; None when it has no like."""
    parts, place = [], 0
    while place < len(java):
        found = _JAVA.match(java, place)
        if not found:
            return None
        if found["letters"] and found["letters"] not in _LETTERS:
            return None
        literal = (found["text"] or found["other"] or "'").replace("%", "%%")
        parts.append(_LETTERS[found["letters"]] if found["letters"] else literal)
        place = found.end()
    return "".join(parts)
