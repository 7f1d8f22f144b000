"""Where a git workspace is: its repository, its default branch, and how a person's clone reaches it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from platform_core.adapters.git import Git, without_credentials
from platform_core.errors import PlatformError, Where

__all__ = ["Remote", "default_branch", "is_url", "remote_of"]

NAME = "workspace"  # of the remote, in our private clone
_URL = re.compile(r"(?:(?:https?|ssh|git|file)://|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:)[^\s\x00-\x1f]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[^/]+@[^/]+:")
# How this clone logs in to its remote: build servers write it into the clone's own configuration.
_OF_ACCESS = re.compile(r"(http|credential|ssh|protocol)\..*|core\.(sshcommand|askpass|gitproxy)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Remote:
    """A git repository that holds a workspace: at its top, or in the folder `prefix`.

    `settings` hold its address and how to log in to it, for git alone. `clone` is the folder it was found by, if any.
    """

    address: str  # without credentials, for messages
    settings: tuple[tuple[str, str], ...] = field(repr=False)
    prefix: str = ""
    clone: Path | None = None


def is_url(text: str) -> bool:
    """Whether a --workspace names a git repository by URL, not a folder."""
    return bool(_URL.match(text)) and not Path(text).exists()


def remote_of(place: Path | str) -> Remote:
    """Return the repository of a workspace named by URL, or by the folder of a clone.

    Raises PlatformError when the folder is no clone, or its clone has no remote.
    """
    if isinstance(place, str) and is_url(place):
        return Remote(without_credentials(place), ((f"remote.{NAME}.url", place),))
    folder = Path(place).absolute()
    git = Git(folder)
    git.check_version()
    top = git.ask("rev-parse", "--show-toplevel", "--show-prefix")
    if top.code != 0:
        hint = "Clone the workspace's repository and name that folder, name its URL, or leave --push out."
        if "dubious ownership" in top.said:
            hint = "git trusts only folders of its own user: see `git config --global safe.directory`."
        raise PlatformError("is not a clone of a git repository, so there is nowhere to push.", Where(folder), hint)
    root, _, prefix = top.out.partition("\n")
    remote = _remote_name(git, folder)
    settings = _access(git)
    address = ""
    for key, option in (("url", ()), ("pushurl", ("--push",))):
        address = _absolute(git.run("remote", "get-url", *option, "--", remote).splitlines()[0], Path(root))
        settings.append((f"remote.{NAME}.{key}", address))
    return Remote(without_credentials(address), tuple(settings), prefix.strip(), folder)


def default_branch(git: Git, remote: Remote) -> str:
    """Return the branch that the remote calls its own: what registrations are pushed to.

    Raises PlatformError when the remote cannot be reached, or has no branch yet.
    """
    answer = git.ask("ls-remote", "--symref", "--", NAME, "HEAD", "refs/heads/*")
    if answer.code != 0:
        raise PlatformError(f"{remote.address} cannot be read: {answer.said}", hint=reach_hint(answer.said))
    lines = [line.split("\t") for line in answer.out.splitlines() if "\t" in line]
    heads = [name.removeprefix("refs/heads/") for _, name in lines if name.startswith("refs/heads/")]
    pointed = [value.removeprefix("ref: refs/heads/") for value, name in lines if name == "HEAD" and "ref: " in value]
    own = [pointed[0]] if pointed and pointed[0] in heads else []
    if remote.clone and not own:  # the remote's HEAD names a branch that was never pushed: bare repositories do
        own = [name for name in [Git(remote.clone).ask("branch", "--show-current").out.strip()] if name in heads]
    usual = [name for name in ("main", "master") if name in heads]
    if found := [*own, *usual, *heads]:
        return found[0]
    hint = "Push the workspace itself first: git push origin HEAD."
    raise PlatformError(f"{remote.address} has no branch yet.", hint=hint)


def reach_hint(said: str) -> str:
    """Say what to do about a remote that does not answer as it should, by what git said of it."""
    words = said.lower()
    for texts, hint in _HINTS:
        if any(text in words for text in texts):
            return hint
    return "See whether `git ls-remote` reaches it from here."


_HINTS = (
    (
        ("permission denied", "403", "401", "authentication failed", "could not read username", "terminal prompts"),
        "This account may not: give it access, or log in (a key, a token or a credential helper of git).",
    ),
    (("not found", "does not exist", "does not appear to be a git repository"), "Is the address right?"),
    (("could not resolve", "connection refused", "timed out", "unreachable", "could not connect"), "Is it up?"),
    (("host key verification failed",), "Add the host to ~/.ssh/known_hosts."),
    (("dubious ownership",), "git trusts only folders of its own user: `git config --global safe.directory`."),
    (("not allowed",), "Name it by https, ssh, git or file."),
)


def _remote_name(git: Git, folder: Path) -> str:
    branch = git.ask("branch", "--show-current").out.strip()
    tracked = git.ask("config", "--get", f"branch.{branch}.remote").out.strip() if branch else ""
    names = git.ask("remote").out.split()
    for name in (tracked, "origin", *(names if len(names) == 1 else ())):
        if name in names:
            return name
    if names:
        hint = "Call one of them origin, or name the URL: --workspace URL."
        raise PlatformError(f"has several remotes ({', '.join(names)}) and none is origin.", Where(folder), hint)
    hint = "Add one: git remote add origin URL. Or leave --push out: the folder itself is then the workspace."
    raise PlatformError("has no remote to push to.", Where(folder), hint)


def _access(git: Git) -> list[tuple[str, str]]:
    """The clone's own settings by which it logs in; those of the user and the machine are read by git itself."""
    listed = git.ask("config", "--list", "--show-scope", "-z").out.split("\0")
    found = []
    for scope, item in zip(listed[::2], listed[1::2], strict=False):
        key, _, value = item.partition("\n")
        if scope in ("local", "worktree", "command") and _OF_ACCESS.match(key):
            found.append((key, value))
    return found


def _absolute(address: str, root: Path) -> str:
    """A path to the remote starts at the clone, and we stand elsewhere."""
    return address if _SCHEME.match(address) else str((root / address).resolve())
