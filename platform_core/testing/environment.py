"""Variables of a location: from the environment, else from its .env file, which git ignores."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["read_env_file", "variable"]

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*\Z")


def variable(root: Path, name: str) -> str:
    """Return a variable of the environment, else of `.env` in the folder `root`; an empty text when neither sets it."""
    return os.environ.get(name) or read_env_file(root).get(name, "")


def read_env_file(root: Path) -> dict[str, str]:
    """Return the variables of `root`/.env: NAME=value lines, quotes around a value are taken off. No file: none."""
    try:
        text = (root / ".env").read_text("utf-8", errors="replace")
    except OSError:
        return {}
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            value = match.group(2)
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
            found[match.group(1)] = value[1:-1] if quoted else value.split(" #")[0].rstrip()
    return found
