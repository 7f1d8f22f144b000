"""git, run so that nothing of what it reads can run: no shell, no hooks, no prompts, no links, no credentials shown."""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platform_core.errors import PlatformError, Where

__all__ = ["Git", "GitAnswer", "without_credentials"]

TIMEOUT = 300.0  # seconds for one command: a fetch of a large workspace over a slow line
_MINIMUM = (2, 31)  # the first that takes configuration from the environment
_PROTOCOLS = "file:git:http:https:ssh"  # `ext::` would run a command
# What a git hook, or a person's shell, has set for another repository; and what prints headers with credentials.
_DROPPED = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|QUARANTINE"
    r"_PATH|CONFIG_(COUNT|KEY_\d+|VALUE_\d+)|TRACE.*|CURL_VERBOSE|LITERAL_PATHSPECS|GLOB_PATHSPECS)\Z"
)
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.symlinks": "false",  # a link in a repository of others becomes a text file
    "core.protectNTFS": "true",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_HEADER = re.compile(r"(?i)(authorization:?\s+)\S.*")


@dataclass(frozen=True)
class GitAnswer:
    """What one command gave. `out` is as git wrote it; `said` is fit for a message."""

    code: int
    out: str
    said: str


class Git:
    """Runs git in `folder`. `settings` go to it by its environment: never on a command line, never into a file.

    Raises PlatformError when there is no git, or an older one than 2.31.
    """

    def __init__(self, folder: Path, settings: Iterable[tuple[str, str]] = ()) -> None:
        self.folder = folder
        self.settings = (*settings, *_SETTINGS.items())

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Return what git printed. Raises PlatformError with what it said when it fails."""
        answer = self.ask(*arguments, stdin=stdin)
        if answer.code != 0:
            raise PlatformError(f"git {arguments[0]} failed: {answer.said}", Where(self.folder))
        return answer.out

    def ask(self, *arguments: str, stdin: str = "") -> GitAnswer:
        """Run git; a failure is an answer, too."""
        command = ["git", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment(),
                input=stdin.encode(),
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except FileNotFoundError as error:
            missing = self.folder if not self.folder.is_dir() else None
            if missing:
                raise PlatformError("there is no such folder.", Where(missing)) from error
            raise PlatformError("git is not installed.", hint="A git workspace needs it: install git.") from error
        except subprocess.TimeoutExpired as error:
            hint = "Does the repository's host answer?"
            raise PlatformError(f"git {arguments[0]} took longer than {TIMEOUT:.0f} seconds.", hint=hint) from error
        out = done.stdout.decode("utf-8", "replace")
        return GitAnswer(done.returncode, out, _said(done.stderr.decode("utf-8", "replace")))

    def check_version(self) -> None:
        """Raise PlatformError for a git that is too old to be run like this."""
        words = self.run("version")
        found = re.search(r"(\d+)\.(\d+)", words)
        if found is None or (int(found[1]), int(found[2])) < _MINIMUM:
            needed = ".".join(map(str, _MINIMUM))
            raise PlatformError(f"{words.strip()} is too old.", hint=f"Install git {needed} or later.")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not _DROPPED.match(name)}
        kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": _PROTOCOLS, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        if "core.sshcommand" not in {name.lower() for name, _ in self.settings} and "GIT_SSH" not in kept:
            kept.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")  # a question nobody sees would wait for ever
        kept["GIT_CONFIG_COUNT"] = str(len(self.settings))
        for place, (name, value) in enumerate(self.settings):
            kept |= {f"GIT_CONFIG_KEY_{place}": name, f"GIT_CONFIG_VALUE_{place}": value}
        return kept


def without_credentials(text: str) -> str:
    """Return a URL, or any text with URLs in it, without user names and passwords."""
    return _HEADER.sub(r"\1***", _USER_INFO.sub("", text))


def _said(text: str, lines: int = 12) -> str:
    """The last lines of what git said, as they may be shown: the remote's words may hold anything."""
    shown = [
        "".join(letter for letter in line if unicodedata.category(letter)[0] != "C").strip()[:300]
        for line in without_credentials(text).replace("\r", "\n").splitlines()
    ]
    return "\n".join([line for line in shown if line][-lines:])
