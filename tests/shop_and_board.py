"""Two registered locations: a shop, and a board that reads its orders and customers; and edits of their files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from platform_core.workspace import Workspace, init_workspace
from platform_core.workspace.describe import describe
from platform_core.workspace.plan import plan_of
from platform_core.workspace.register import decide
from platform_core.workspace.registry import write_registration

__all__ = ["edit", "forget_modules", "make_home"]

CASES = Path(__file__).parent / "cases"


def make_home(home: Path) -> Path:
    """Make `home`/shop and `home`/board, both registered in `home`/workspace, which nobody rendered."""
    workspace = init_workspace(home / "workspace")
    for case, name in (("location", "shop"), ("reader_location", "board")):
        root = shutil.copytree(CASES / case, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        with (root / "location.yaml").open("a") as file:
            file.write(f"repository: https://git.example/{name}\n")
        _register(root, workspace)
    return home


def edit(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must stand there, in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def forget_modules() -> None:
    """Let the next test import its own copy of the locations."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("shop", "board")]:
        del sys.modules[name]


def _register(root: Path, workspace: Workspace) -> None:
    outcome = decide(plan_of(describe(root), root, workspace, sys.executable), workspace)
    assert outcome.verdict == "would-register", outcome.findings
    write_registration(workspace, outcome.registration)
