"""Which source a location comes from: its repository and commit, and a hash over the files that make it."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

__all__ = ["commit_of", "repository_of", "source_hash"]

_PARTS = (
    "src",
    "contracts",
    "needs",
    "location.yaml",
    "pyproject.toml",
    "requirements.txt",
    ".platform/requirements.txt",
)
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}
_SCP = re.compile(r"[^/@:]+@([^/:]+):(.+)\Z")  # git@host:path


def repository_of(root: Path, declared: str = "") -> str:
    """Return where the location's source lives: as `declared`, else git's `origin`, else the folder as a file URL.

    Never holds a user name or a password.
    """
    found = declared.strip() or _git(root, "config", "--get", "remote.origin.url")
    return _plain(found) if found else root.absolute().as_uri()


def commit_of(root: Path) -> str:
    """Return the git commit checked out in `root`; empty outside git or before the first commit."""
    return _git(root, "rev-parse", "--verify", "--quiet", "HEAD")


def source_hash(root: Path) -> str:
    """Return twelve hex digits over the names and contents of the files that make the location."""
    digest = hashlib.sha256()
    for part in _PARTS:
        start = root / part
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and not _IGNORED.intersection(path.parts) and path.suffix != ".pyc":
                content = path.read_bytes()
                digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
                digest.update(content)
    return digest.hexdigest()[:12]


def _plain(url: str) -> str:
    """Write one repository one way: no credentials, no `.git`, no slash at the end."""
    if match := _SCP.match(url):
        url = f"ssh://{match[1]}/{match[2]}"
    parts = urlsplit(url)
    if parts.scheme and parts.netloc:
        url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return url.rstrip("/").removesuffix(".git")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # no git here: the folder itself is the source
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
