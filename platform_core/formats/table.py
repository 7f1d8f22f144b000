"""Aligned columns of plain text, and how numbers and moments stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from platform_core.formats.escaping import one_line

__all__ = ["number", "table", "timestamp"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = (), indent: int = 0) -> str:
    """Return rows under their heads, each column as wide as its widest cell; heads in `right` align to the right."""
    cells = [[one_line(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(heads))]
    flush = [head in right for head in heads]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(row, widths, flush, strict=True)
        ]
        lines.append((" " * indent + "  ".join(padded)).rstrip())
    return "\n".join(lines)


def number(value: int | None) -> str:
    """Return a count as `1,234`; a dash for none."""
    return f"{value:,}" if value is not None else "-"


def timestamp(when: datetime | None) -> str:
    """Return a moment as `2026-11-22 10:42`, in UTC; a dash for none."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%d %H:%M}" if when else "-"
