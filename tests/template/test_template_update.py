"""Plain `copier update`: the platform's files become the new ones, the team's stay as they are, byte for byte."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from template_sources import commit, files, git, make_source, set_version

pytestmark = pytest.mark.template
Render = Callable[..., Path]
SEEDS_CHANGED = (
    "README.md.jinja",
    "pyproject.toml.jinja",
    "location.yaml.jinja",
    ".gitignore",
    ".pre-commit-config.yaml",
)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source with v0.1.0 and v0.2.0: template files of each kind changed, moved, removed and new between them."""
    source = make_source(tmp_path_factory.mktemp("releases"))
    template = source / "template"
    for name in ("removed", "moved"):
        (template / f".platform/{name}.toml").write_text(f"# {name}\n")
        (template / f"{name}.md").write_text(f"# A seed that is {name} later\n")
    questions = (source / "copier.yml").read_text()
    for seed in ("removed.md", "moved.md"):
        questions = _with_seed(questions, seed)
    (source / "copier.yml").write_text(questions)
    set_version(source, "0.1.0")
    commit(source, "0.1.0", tag="v0.1.0")

    (template / ".platform/removed.toml").unlink()
    (template / ".platform/moved.toml").rename(template / ".platform/elsewhere.toml")
    (template / "removed.md").unlink()
    (template / "moved.md").rename(template / "elsewhere.md")
    (template / ".platform/new.toml").write_text("# new\n")
    (template / ".platform/ruff.toml").write_text((template / ".platform/ruff.toml").read_text() + "# changed\n")
    for name in SEEDS_CHANGED:
        (template / name).write_text((template / name).read_text() + "# changed by the platform\n")
    (template / ".env.example").unlink()
    (template / "src/{{ location_name }}/new_seed.py").write_text("")
    (source / "copier.yml").write_text(_with_seed(questions, "elsewhere.md"))
    set_version(source, "0.2.0")
    commit(source, "0.2.0", tag="v0.2.0")
    return source


@pytest.mark.parametrize("data_file", [True, False])
@pytest.mark.parametrize("kind", ["folder", "url"])
def test_update_after_the_team_has_worked(render: Render, releases: Path, kind: str, data_file: bool) -> None:
    """Edits, deletions and new files of every kind that a team makes survive, whatever the release did to the seeds."""
    address = f"git+file://{releases}" if kind == "url" else releases
    location = render(from_=address, vcs_ref="v0.1.0", owner="team:data", contact="ask 'us'")
    _edit_as_a_team_does(location)
    before = _committed(location)
    _update(location, data_file)
    after = files(location)
    assert _own(after) == _own(before)
    fresh = files(render("fresh", from_=address, location_name="growth", owner="team:data", contact="ask 'us'"))
    assert {name: content for name, content in after.items() if _platform(name)} == {
        name: content for name, content in fresh.items() if _platform(name)
    }
    assert f"@{git(releases, 'rev-parse', 'v0.2.0')}".encode() in after[".platform/requirements.txt"]


def test_update_of_a_pristine_location(render: Render, releases: Path) -> None:
    """Nothing conflicts, answers stay, a second update has nothing to do, and the library's checks agree."""
    location = render(from_=releases, vcs_ref="v0.1.0", example=False, ci="gitlab")
    before = yaml.safe_load(_committed(location)[".copier-answers.yml"])
    _update(location, data_file=True)
    after = yaml.safe_load((location / ".copier-answers.yml").read_text())
    assert after.pop("_commit") == "v0.2.0"
    assert before.pop("_commit") == "v0.1.0"
    assert after == before
    platformctl = Path(sys.executable).with_name("platformctl")
    checked = subprocess.run(
        [platformctl, "check", "--fast"], cwd=location, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    commit(location, "Update the platform")
    _update(location, data_file=True)
    assert git(location, "status", "--porcelain") == ""


def _edit_as_a_team_does(location: Path) -> None:
    (location / "README.md").write_text("Ours.\n")
    (location / "removed.md").write_text("We use this.\n")
    (location / "moved.md").write_text("This too.\n")
    (location / ".gitignore").unlink()
    (location / ".env.example").write_text("TOKEN=\n")
    project = location / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "0.1.0"', 'version = "3.1.4"'))
    (location / "requirements.txt").write_text("polars>=1\n")
    (location / "contracts/example_orders.odcs.yaml").unlink()
    (location / "src/growth/defs/example_orders/defs.yaml").unlink()
    (location / "src/growth/definitions.py").write_text("# ours\n")
    for name in ("contracts/sales.odcs.yaml", "src/growth/defs/sales/defs.yaml", "tests/test_sales.py", "docs/why.md"):
        (location / name).parent.mkdir(parents=True, exist_ok=True)
        (location / name).write_text(f"{name} is ours\r\nwith odd line ends \n")
    with (location / "location.yaml").open("a") as stream:
        stream.write("repository: https://example.org/growth.git")


def _update(location: Path, data_file: bool) -> None:
    command = [str(Path(sys.executable).with_name("copier")), "update", "--defaults"]
    command += ["--data-file", ".copier-answers.yml"] if data_file else []
    run = subprocess.run(command, cwd=location, env={**os.environ}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert git(location, "ls-files", "-u") == ""  # Copier ends with 0 after conflicts, too
    assert not list(location.rglob("*.rej"))


def _committed(location: Path) -> dict[str, bytes]:
    git(location, "init", "-q")
    git(location, "config", "core.autocrlf", "false")
    commit(location, "The team's")
    return files(location)


def _platform(name: str) -> bool:
    return name.startswith((".platform/", ".copier-answers", ".github/", ".gitlab-ci"))


def _own(tree: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in tree.items() if not _platform(name)}


def _with_seed(questions: str, seed: str) -> str:
    excluded = "  - \"{% if _copier_operation == 'update' %}/" + seed + '{% endif %}"\n'
    return questions.replace("_skip_if_exists:\n", f"{excluded}_skip_if_exists:\n  - /{seed}\n", 1)
