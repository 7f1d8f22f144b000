"""Who a commit to the workspace is by: the person as git knows them, else the build pipeline's, else platformctl."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from platform_core.adapters.git import Git

__all__ = ["identity"]

# Who a build server says has started the build: the variables of the name, and of the e-mail address.
_CI = (
    ("GITLAB_USER_NAME", "GITLAB_USER_EMAIL"),
    ("BUILD_REQUESTEDFOR", "BUILD_REQUESTEDFOREMAIL"),  # Azure Pipelines
    ("CHANGE_AUTHOR_DISPLAY_NAME", "CHANGE_AUTHOR_EMAIL"),  # Jenkins
    ("BITBUCKET_STEP_TRIGGERER_UUID", ""),
    ("GITHUB_ACTOR", ""),
    ("CI_COMMIT_AUTHOR", ""),
)
_DEFAULT = "platformctl"


def identity(folders: Iterable[Path], environment: Mapping[str, str] = os.environ) -> tuple[tuple[str, str], ...]:
    """Return git's settings user.name and user.email: as configured in the first of `folders` that has them."""
    for folder in folders:
        git = Git(folder)
        name, email = (git.ask("config", "--get", key).out.strip() for key in ("user.name", "user.email"))
        if name and email:
            return _settings(name, email)
    for name_variable, email_variable in _CI:
        if name := environment.get(name_variable, ""):
            return _settings(name, environment.get(email_variable, ""))
    return _settings(_DEFAULT, "")


def _settings(name: str, email: str) -> tuple[tuple[str, str], ...]:
    name = "".join(letter for letter in name if letter.isprintable() and letter not in "<>").strip() or _DEFAULT
    plain = "".join(letter for letter in name if letter.isalnum() and letter.isascii()).lower() or _DEFAULT
    email = "".join(letter for letter in email if letter.isprintable() and letter not in "<> ")
    return (("user.name", name[:100]), ("user.email", email[:200] or f"{plain[:60]}@localhost"))
