"""How a place in a file is shown."""

from __future__ import annotations

from pathlib import Path

from platform_core.errors import Where

__all__ = ["path_shown", "place_shown"]


def place_shown(where: Where | None) -> str:
    """Return `path:line`, or the path alone for a file as a whole; empty for no place."""
    return f"{path_shown(where)}:{where.line}" if where and where.line else path_shown(where)


def path_shown(where: Where | None) -> str:
    """Return the path. One below the current folder is shown from there: shorter, and what a build server wants."""
    if where is None:
        return ""
    try:
        return where.path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(where.path)
