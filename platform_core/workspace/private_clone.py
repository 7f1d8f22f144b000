"""A clone of the workspace's repository for one command alone: nobody's checkout is touched, and none is trusted."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platform_core.adapters.git import Git
from platform_core.errors import PlatformError, Where
from platform_core.workspace.authors import identity
from platform_core.workspace.layout import Workspace, find_workspace
from platform_core.workspace.remote import NAME, Remote, default_branch, reach_hint

__all__ = ["PrivateClone", "PushAnswer", "private_clone"]

# What git says when somebody else was faster: the push is made anew on top of theirs.
_FASTER = re.compile(
    r"fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref|reference already exists"
    r"|incorrect old value|failed to lock|Unable to create .*\.lock|needs merge",
    re.IGNORECASE,
)
_ATTRIBUTES = "* -text -eol -ident -filter -working-tree-encoding\n"  # files of others are bytes, nothing else


@dataclass(frozen=True)
class PushAnswer:
    """`pushed`, or `behind`: somebody else was faster. `said` is what the remote printed meanwhile."""

    state: Literal["pushed", "behind"]
    said: str = ""


class PrivateClone:
    """The workspace as its repository has it. Make it with `private_clone`; `fetch` brings it up to date."""

    def __init__(self, folder: Path, remote: Remote, author: tuple[tuple[str, str], ...]) -> None:
        self.remote = remote
        self._git = Git(folder, (*remote.settings, *author))
        self._git.check_version()
        self._git.run("init", "--quiet", "--template=", "--initial-branch=private")
        (folder / ".git/info").mkdir(exist_ok=True)
        (folder / ".git/info/attributes").write_text(_ATTRIBUTES)
        self.branch = default_branch(self._git, remote)
        self.head = ""
        self._root = folder / remote.prefix

    def fetch(self) -> Workspace:
        """Bring the newest state of the default branch; return the workspace in it.

        Raises PlatformError when the remote does not answer, or holds no workspace.
        """
        self.head = self._fetched(self.branch)
        if not self.head:
            raise PlatformError(f"{self.remote.address} has no branch {self.branch} any more.")
        self._git.run("read-tree", "--reset", "-u", self.head)
        if not (self._root / "platform.yaml").is_file():
            hint = "Commit and push platform.yaml, which `platformctl workspace init` made."
            raise PlatformError(f"{self.remote.address} holds no workspace on {self.branch}.", hint=hint)
        locations = self._root / "locations"
        if locations.exists() and not locations.is_dir():
            raise PlatformError(f"in {self.remote.address}, locations is no folder (a link?).", hint="Make it one.")
        return find_workspace(self._root)

    def tip(self, branch: str) -> str:
        """Return the newest commit of a branch of the remote, fetched; empty when there is no such branch."""
        return self._fetched(branch)

    def read(self, commit: str, path: str) -> bytes | None:
        """Return the content of a file of a commit; None when it has none there."""
        answer = self._git.ask("cat-file", "blob", f"{commit}:{self.remote.prefix}{path}")
        return answer.out.encode() if answer.code == 0 else None

    def commit(self, path: str, message: str, on: str = "") -> str:
        """Commit what stands at `path` of the workspace, and nothing else; return the commit.

        It stands on the fetched state; with `on`, an earlier commit of its branch, on both. Empty when `on` holds the
        same already.
        """
        place = f"{self.remote.prefix}{path}"
        self._git.run("add", "--all", "--force", "--", place)
        tree = self._git.run("write-tree").strip()
        if on and self._tree(on, place) == self._tree(tree, place):
            return ""
        parents = [option for parent in (on, self.head) if parent for option in ("-p", parent)]
        made = self._git.run("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()
        touched = self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", self.head, made).split("\0")
        if foreign := [name for name in touched if name and name != place and not name.startswith(f"{place}/")]:
            raise PlatformError(f"the commit would touch {foreign[0]}, outside {place}: nothing was pushed.")
        return made

    def push(self, commit: str, branch: str) -> PushAnswer:
        """Push a commit as the new state of a branch, where that only adds to it.

        Raises PlatformError when the remote refuses: no rights, a protected branch, a hook.
        """
        target = f"refs/heads/{branch}"
        options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
        answer = self._git.ask("push", *options, "--", NAME, f"{commit}:{target}")
        if answer.code == 0:
            return PushAnswer("pushed", answer.said)
        status = [line.split("\t")[-1] for line in answer.out.splitlines() if line.startswith("!")]
        if _FASTER.search(" ".join(status) or answer.said):
            return PushAnswer("behind", answer.said)
        raise _refused(self.remote, branch, status, answer.said)

    def _tree(self, of: str, place: str) -> str:
        return self._git.ask("rev-parse", "--verify", "--quiet", f"{of}:{place}").out.strip()

    def _fetched(self, branch: str) -> str:
        local = f"refs/private/{branch}"
        options = (
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--depth=1",
            "--no-recurse-submodules",
            "--update-shallow",
        )
        answer = self._git.ask("fetch", *options, "--", NAME, f"+refs/heads/{branch}:{local}")
        if answer.code == 0:
            return self._git.run("rev-parse", "--verify", f"{local}^{{commit}}").strip()
        if "couldn't find remote ref" in answer.said:
            return ""
        raise PlatformError(f"{self.remote.address} cannot be fetched: {answer.said}", hint=reach_hint(answer.said))


@contextmanager
def private_clone(remote: Remote, root: Path) -> Iterator[PrivateClone]:
    """Clone the workspace for as long as the block lasts. `root` is the location whose author the commits have."""
    author = identity([*([remote.clone] if remote.clone else []), root])
    try:
        with tempfile.TemporaryDirectory(prefix="platformctl-workspace-", ignore_cleanup_errors=True) as folder:
            yield PrivateClone(Path(folder), remote, author)
    except OSError as error:  # a full disk, mostly
        place = Where(Path(error.filename)) if error.filename else None
        hint = "Mend that, and run the command again: a push is there whole or not at all."
        raise PlatformError(f"cannot be written: {error.strerror or error}.", place, hint) from error


def _refused(remote: Remote, branch: str, status: list[str], said: str) -> PlatformError:
    words = f"{' '.join(status)} {said}".lower()
    reason = said or "; ".join(status)
    if "protected branch" in words or "not allowed to push" in words or "tf402455" in words or "gh006" in words:
        hint = f"Let this account push to {branch} of the workspace: a registration changes its own folder only."
        return PlatformError(f"{remote.address} protects the branch {branch}: {reason}", hint=hint)
    if "remote rejected" in words:
        hint = "A hook, or a rule of the repository, refuses it: ask whoever runs the workspace's repository."
        return PlatformError(f"{remote.address} refuses the push to {branch}: {reason}", hint=hint)
    return PlatformError(f"cannot push to {remote.address}: {reason}", hint=reach_hint(said))
