"""A location as its team has it: installed from the template's own source, checked, and moved to the next release.

One real installation for the whole file (uv, warm cache: seconds), a second one by the update.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from copier import run_copy
from template_sources import UV, commit, files, git, make_source, set_version

pytestmark = pytest.mark.template


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as release 0.1.0."""
    source = make_source(tmp_path_factory.mktemp("platform"))
    set_version(source, "0.1.0")
    commit(source, "0.1.0", tag="v0.1.0")
    return source


@pytest.fixture(scope="module")
def location(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A default copy of it, installed as README.md says."""
    root = tmp_path_factory.mktemp("teams") / "growth"
    run_copy(str(source), root, defaults=True, quiet=True, unsafe=False)
    git(root, "init", "-q")
    commit(root, "Start")
    run(root, UV, "sync", "-q", "--python", sys.executable)
    return root


def run(root: Path, *command: str, code: int = 0) -> str:
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")}
    env |= {"DAGSTER_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    env["VIRTUAL_ENV"] = str(root / ".venv")
    env["PATH"] = f"{root / '.venv/bin'}{os.pathsep}{env['PATH']}"
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_library_comes_from_the_same_commit(location: Path, source: Path) -> None:
    """What the installer recorded is the template's place and commit."""
    code = "import importlib.metadata as m; print(m.distribution('platform-core').read_text('direct_url.json'))"
    record = json.loads(run(location, "python", "-c", code))
    assert record["url"] == f"file://{source}"
    assert record["vcs_info"]["commit_id"] == git(source, "rev-parse", "v0.1.0")


@pytest.mark.parametrize(
    "command",
    [
        ["pytest"],
        ["platformctl", "check"],
        ["dg", "check", "defs"],
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["pre-commit", "run", "--all-files"],
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_default_copy_passes_its_own_checks(location: Path, command: list[str]) -> None:
    """Without an edit, and without changing a file."""
    before = files(location)
    run(location, *command)
    after = files(location)
    assert {name for name in after if after[name] != before.get(name)} <= {
        name for name in after if "__pycache__" in name or name.startswith((".ruff_cache", ".pytest_cache"))
    }


def test_hooks_work_without_an_activated_environment(location: Path) -> None:
    """As in `git commit` from a plain shell: the hooks find .venv themselves."""
    git_folder = Path(shutil.which("git") or "/usr/bin/git").parent
    env = {"PATH": f"{os.defpath}{os.pathsep}{git_folder}", "HOME": os.environ.get("HOME", "/")}
    command = [str(location / ".venv/bin/pre-commit"), "run", "--all-files"]
    done = subprocess.run(command, cwd=location, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_new_takes_the_template_the_library_came_from(location: Path, source: Path, tmp_path: Path) -> None:
    """platformctl of an installed location makes the next one from the same commit."""
    run(location, "platformctl", "new", str(tmp_path / "second"), "--no-git")
    requirement = (tmp_path / "second/.platform/requirements.txt").read_text().splitlines()[-1]
    assert requirement == f"platform-core @ git+file://{source}@{git(source, 'rev-parse', 'v0.1.0')}"


def test_added_datasets_pass_as_they_are(location: Path, tmp_path: Path) -> None:
    """From a file, two queries and a function, cut in different ways: every check passes without an edit."""
    rows = (f"{n},2024-01-{n % 28 + 1:02d},{('DE', 'FR', 'NA')[n % 3]},{n if n % 5 else 'NA'}\n" for n in range(1, 90))
    (tmp_path / "sales-2024-01.csv").write_text("sale_id,sold_on,country,pieces\n" + "".join(rows))
    (tmp_path / "q.sql").write_text("SELECT sold_on, sum(pieces) AS pieces FROM sales GROUP BY sold_on\n")
    adding = ["platformctl", "add", "dataset"]
    run(location, *adding, "sales", "--from", str(tmp_path / "sales-2024-01.csv"))
    run(location, *adding, "sold", "--sql", str(tmp_path / "q.sql"))
    run(location, *adding, "sold_monthly", "--sql", str(tmp_path / "q.sql"), "--partitions", "same")
    run(location, *adding, "forecast", "--python", "--input", "sold", "--partitions", "daily:2024-01-01")
    for command in (
        ["platformctl", "check"],
        ["dg", "check", "defs"],
        ["ruff", "check"],
        ["ruff", "format", "--check"],
    ):
        run(location, *command)


def test_update_brings_the_new_library(location: Path, source: Path) -> None:
    """Plain `copier update`, then `uv sync`: the environment reports the new version, the team's files are the same."""
    before = files(location)
    set_version(source, "0.2.0")
    commit(source, "0.2.0", tag="v0.2.0")
    assert run(location, "platformctl", "--version").strip().endswith("0.1.0")
    run(location, "git", "add", "-A")
    run(
        location,
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    )
    run(location, "copier", "update", "--defaults", "--data-file", ".copier-answers.yml")
    run(location, UV, "sync", "-q", "--python", sys.executable)
    assert run(location, "platformctl", "--version").strip().endswith("0.2.0")
    run(location, "platformctl", "check", "--fast")
    ours = (".platform/", ".copier-answers", ".github/", "uv.lock", ".ruff_cache", ".pytest_cache")
    after = files(location)
    kept = [
        name for name in before if not name.startswith(ours) and "__pycache__" not in name and "egg-info" not in name
    ]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
