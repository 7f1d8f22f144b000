"""Which source a location comes from: its repository and commit, and a hash over the files that make it."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

__all__ = ["commit_of", "is_newer", "origin_of", "repository_of", "same_repository", "source_hash", "uncommitted"]

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
_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_PORTS = {"http": 80, "https": 443}
_CASELESS = {"bitbucket.org", "github.com", "gitlab.com"}  # hosts where the case of a path tells nothing apart


def repository_of(root: Path, declared: str = "") -> str:
    """Return where the location's source lives: as `declared`, else git's `origin`, else the folder as a file URL.

    Never holds a user name or a password.
    """
    found = _plain(declared.strip()) or origin_of(root)
    return found or root.absolute().as_uri()


def origin_of(root: Path) -> str:
    """Return the address of git's `origin`, as `repository_of` writes it; empty where there is none."""
    return _plain(_git(root, "config", "--get", "remote.origin.url"))


def is_newer(root: Path, commit: str, than: str) -> bool:
    """Whether `commit` stands on top of `than` in the repository at `root`; False where it does not know both."""
    if not (_COMMIT.match(commit) and _COMMIT.match(than)) or commit == than:
        return False
    return _git(root, "merge-base", commit, than) == than


def uncommitted(root: Path) -> bool:
    """Whether files that make the location differ from the commit checked out; False outside git."""
    parts = [part for part in _PARTS if (root / part).exists()]
    changed = _git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--", *parts).split("\0")
    return any(line and not line.endswith(".pyc") and not _IGNORED.intersection(line.split("/")) for line in changed)


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


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses are spellings of one repository.

    The way in does not count (https, ssh, a user, the port of ssh), nor the case of the host, `.git`, or slashes; and
    not the case of the path where the host takes any.
    """
    return _identity(one) == _identity(other)


def _plain(url: str) -> str:
    """Write one repository one way: no credentials, no `.git`, no slash at the end."""
    if match := _SCP.match(url):
        url = f"ssh://{match[1]}/{match[2]}"
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an open bracket in the host: kept as text, without what could be a password
        return _UNPRINTABLE.sub("", url.rpartition("@")[2])
    if parts.scheme and parts.netloc:
        url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return _UNPRINTABLE.sub("", url).rstrip("/").removesuffix(".git")


def _identity(url: str) -> tuple[str, str]:
    """The host and the path of a repository, as far as they tell it from another."""
    plain = _plain(url.strip())
    try:
        parts = urlsplit(plain)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", plain
    if not host:  # a folder
        return "", unquote(parts.path or plain).rstrip("/")
    if port and parts.scheme in ("http", "https") and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"  # ssh has a port of its own beside that of the web page
    path = "/".join(part for part in unquote(parts.path).split("/") if part)
    return host, path.lower() if host in _CASELESS else path


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # no git here: the folder itself is the source
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
