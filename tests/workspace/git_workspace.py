"""A workspace in a bare git repository, and clones of it, for tests; nothing of the user's own git takes part."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from platform_core.workspace import Registration, init_workspace
from platform_core.workspace.plan import Plan
from platform_core.workspace.pushing import push_registration

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` as Ada; return what it printed."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", *IDENTITY, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make_remote(folder: Path) -> tuple[Path, Path]:
    """A bare repository with a workspace on main, and a clone of it."""
    bare, clone = folder / "bare.git", folder / "clone"
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "--bare", "--initial-branch=main", str(bare))
    git(folder, "clone", "-q", str(bare), str(clone))
    init_workspace(clone)
    git(clone, "checkout", "-q", "-B", "main")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "A workspace")
    git(clone, "push", "-q", "-u", "origin", "main")
    return bare, clone


def merge(clone: Path, branch: str) -> None:
    """As the platform team: bring a proposed location in."""
    git(clone, "fetch", "-q", "origin")
    git(clone, "reset", "-q", "--hard", "origin/main")
    git(clone, "merge", "-q", "--no-edit", f"origin/{branch}")
    git(clone, "push", "-q", "origin", "main")


def push(root: Path, one: Registration, place: Path | str, **options: Any) -> Any:
    """Push the registration of the location in `root`, without loading any code."""
    prepared = Plan(replace(one, home=root))
    return push_registration(root, place, make=lambda *arguments: prepared, **options)


def files(bare: Path, branch: str = "main") -> list[str]:
    """The files of a branch of the bare repository."""
    return git(bare, "ls-tree", "-r", "--name-only", branch).splitlines()
