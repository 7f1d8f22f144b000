"""Whether a dbt project is what it was."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["fingerprint"]

_LIBRARIES = ("dbt-core", "dbt-duckdb", "dbt-postgres")
_SKIPPED = {"target", "logs", "__pycache__", "node_modules"}  # and whatever starts with a dot
_ENVIRONMENT = re.compile(rb"""env_var\(\s*['"](\w+)['"]""")


def fingerprint(folder: Path, location: str = "") -> str:
    """Return a text that changes with all that the manifest of the project in `folder` depends on.

    What its files hold (not their times), the values of the environment variables it names, dbt itself, the location.
    """
    whole = hashlib.sha256("\0".join([location, *map(_version, _LIBRARIES)]).encode())
    named: set[bytes] = set()
    for file in _files(str(folder)):
        try:
            with open(file, "rb") as stream:  # noqa: PTH123 - hundreds of Path objects cost more than the look
                content = stream.read()
        except OSError:
            content = b""
        named.update(_ENVIRONMENT.findall(content))
        whole.update(os.fsencode(os.path.relpath(file, folder)) + b"\0" + hashlib.sha256(content).digest())
    for name in sorted(named):
        whole.update(name + b"=" + os.environb.get(name, b"\0"))
    return whole.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _files(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        if entry.is_dir():
            yield from _files(entry.path)
        else:
            yield entry.path
