"""Repositories to render from: copies of this one, with the commits and tags a test asks for."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv") or str(ROOT / ".tools/bin/uv")


def git(folder: Path, *words: str) -> str:
    """Run git in `folder` with an identity of its own and no configuration of the machine's."""
    identity = {f"GIT_{role}_{what}": "template" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    result = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def commit(folder: Path, message: str, tag: str = "") -> str:
    """Commit everything in `folder`, tag it if asked, and return the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")


def make_source(folder: Path) -> Path:
    """Copy what git knows of this repository, as it is on disk now, into a repository of its own without tags."""
    listed = git(ROOT, "ls-files", "-co", "--exclude-standard", "--", "copier.yml", "questions", "template")
    listed += "\n" + git(ROOT, "ls-files", "-co", "--exclude-standard", "--", "platform_core", "pyproject.toml")
    for name in [*listed.splitlines(), "README.md", "LICENSE", ".gitignore"]:
        if (ROOT / name).is_file():  # not a file that is deleted and not yet committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "The platform")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` but git's own, by its path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    named = ((path.relative_to(folder).as_posix(), path) for path in paths)
    return {name: path.read_bytes() for name, path in named if not name.startswith((".git/", ".venv/"))}


def set_version(source: Path, version: str) -> None:
    """Write the version where a release writes it."""
    for name, before in (("pyproject.toml", "version = "), ("platform_core/__init__.py", "__version__ = ")):
        lines = (source / name).read_text().splitlines()
        lines = [f'{before}"{version}"' if line.startswith(before) else line for line in lines]
        (source / name).write_text("\n".join(lines) + "\n")
