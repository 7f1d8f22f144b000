"""What is wrong with a delivered file, in words: its name, the line when known, no value of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from platform_core.audit.check import DELIVERY
from platform_core.errors import Where
from platform_core.findings import Finding, FindingsError

__all__ = ["Unreadable", "column_findings", "file_finding"]


class Unreadable(FindingsError):
    """A delivered file that cannot be read at all."""

    def __init__(self, name: str, line: int, message: str, fix: str = "") -> None:
        super().__init__("The delivery cannot be read:", [file_finding(name, line, message, fix)])


def file_finding(name: str, line: int, message: str, fix: str = "") -> Finding:
    """Return a finding about a file, by its name alone: where the landing folder lies tells its reader nothing."""
    return Finding(DELIVERY, "error", name, message, fix=fix, where=Where(Path(name), line))


def column_findings(name: str, given: Sequence[str], columns: Mapping[str, str]) -> list[Finding]:
    """Compare the columns of a file with the contract's: missing, unknown, and twice."""
    if not set(given) & set(columns):
        # The first line may be data: then its values are nobody's business here.
        message = "none of the contract's columns is there."
        return [file_finding(name, 1, message, f"The first line must name them: {_listed(list(columns))}.")]
    found = []
    for column in columns:
        if column not in given:
            found.append(file_finding(name, 1, f"column '{column}' is missing.", f"The file has: {_listed(given)}."))
    for column in given:
        if column not in columns:
            fix = "Add it to the contract, or leave it out of the file."
            found.append(file_finding(name, 1, f"column {_shown(column)} is not in the contract.", fix))
    for column in sorted({column for column in given if given.count(column) > 1}):
        found.append(file_finding(name, 1, f"column {_shown(column)} stands twice.", "Keep one of them."))
    return found


def _shown(column: str) -> str:
    """Show a name from a file, cut short and without control characters."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in column)
    return f"'{clean[:60]}'"


def _listed(given: Sequence[str]) -> str:
    shown = ", ".join(_shown(column) for column in given[:20])
    return shown + (f" and {len(given) - 20} more" if len(given) > 20 else "")
