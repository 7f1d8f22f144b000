"""platformctl new: a location from the template, all of it or nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from patience import PATIENCE
import yaml
from template_sources import commit, files, git, make_source

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.onboarding.location import onboard
from platform_core.onboarding.template_source import TemplateSource

pytestmark = pytest.mark.template
PLATFORMCTL = Path(sys.executable).with_name("platformctl")


@pytest.fixture(autouse=True)
def _identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "team")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "team@example.org")


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PLATFORMCTL, "new", *words], cwd=cwd, capture_output=True, text=True, check=False)


def test_new_location(source: Path, tmp_path: Path) -> None:
    """One command: rendered, committed, and the next steps said. It is what `copier copy` would have made."""
    made = run("deep/growth", "--template", str(source), "--owner", "team:data", "--data", "ci=none", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "cd deep/growth" in made.stdout
    root = tmp_path / "deep/growth"
    assert yaml.safe_load((root / "location.yaml").read_text())["owner"] == "team:data"
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "log", "--format=%s") == "Start growth from the template"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]


def test_default_template_is_the_library_s_own(tmp_path: Path) -> None:
    """Where the library was installed from: here this repository, as it is."""
    made = run("growth", "--no-git", "--no-example", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    recorded = yaml.safe_load((tmp_path / "growth/.copier-answers.yml").read_text())
    assert recorded["_src_path"] == str(Path(__file__).parents[2])
    assert not (tmp_path / "growth/.git").exists()


def test_inside_a_repository_nothing_is_committed(source: Path, tmp_path: Path) -> None:
    """A repository in a repository helps nobody."""
    git(tmp_path, "init", "-q")
    made = run("growth", "--template", str(source), cwd=tmp_path)
    assert "git add -A" in made.stdout
    assert not (tmp_path / "growth/.git").exists()


def test_all_bad_answers_at_once(source: Path, tmp_path: Path) -> None:
    """Unknown ones with a guess, and what is wrong with the others; nothing is made."""
    answers = {
        "ownr": "x",
        "owner": "growth",
        "location_name": "Bad",
        "ci": "jenkins",
        "example": "maybe",
        "starter": "spark",
        "contact": "a\x00",
    }
    with pytest.raises(FindingsError) as caught:
        onboard(TemplateSource(str(source)), tmp_path / "growth", answers)
    said = {finding.subject: finding for finding in caught.value.findings}
    assert set(said) == set(answers)
    assert said["ownr"].fix == "Did you mean owner?"
    assert "team:growth" in said["owner"].message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["full", "file", "link"])
def test_an_existing_target_is_refused(source: Path, tmp_path: Path, kind: str) -> None:
    """Nothing is written into a folder in use, over a file or through a link."""
    target = tmp_path / "growth"
    if kind == "full":
        target.mkdir()
        (target / "mine").touch()
    elif kind == "file":
        target.touch()
    else:
        target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlatformError, match="is there already"):
        onboard(TemplateSource(str(source)), target, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["growth"]


def test_places_that_cannot_be(source: Path, tmp_path: Path) -> None:
    """The folder one stands in, and below a file: a sentence each, nothing left."""
    assert "Go up one" in run(".", "--location", "growth", "--template", str(source), cwd=tmp_path).stderr
    (tmp_path / "file").touch()
    below = run("file/growth", "--template", str(source), cwd=tmp_path)
    assert (below.returncode, "Traceback" in below.stderr) == (2, False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_folder_is_filled(source: Path, tmp_path: Path) -> None:
    """As a freshly made one is."""
    (tmp_path / "growth").mkdir()
    onboard(TemplateSource(str(source)), tmp_path / "growth", {}, commit=False)
    assert (tmp_path / "growth/location.yaml").is_file()


@pytest.mark.parametrize("name", ["calendar", "class", "9lives-", "x" * 64])
def test_folder_name_that_is_no_location_name(source: Path, tmp_path: Path, name: str) -> None:
    """Copier would silently take another name; here the team is asked for one."""
    if name == "9lives-":
        assert onboard(TemplateSource(str(source)), tmp_path / name, {}, commit=False).location == "lives"
        return
    with pytest.raises(PlatformError, match="cannot be the location's") as caught:
        onboard(TemplateSource(str(source)), tmp_path / name, {})
    assert "--location" in caught.value.hint
    made = onboard(TemplateSource(str(source)), tmp_path / name, {"location_name": "growth"}, commit=False)
    assert made.location == "growth"


def test_template_that_runs_code_is_refused(tmp_path: Path) -> None:
    """Whoever offers it: it needs --trust, which is never given."""
    evil = make_source(_made(tmp_path / "evil"))
    text = (evil / "copier.yml").read_text() + '\n_tasks: ["touch ran"]\n'
    (evil / "copier.yml").write_text(text)
    commit(evil, "tasks")
    with pytest.raises(PlatformError, match="unsafe"):
        onboard(TemplateSource(str(evil)), tmp_path / "growth", {})
    assert not (tmp_path / "growth").exists()


@pytest.mark.parametrize("address", ["/nowhere", "git+file:///nowhere", "not a place"])
def test_template_that_is_not_there(tmp_path: Path, address: str) -> None:
    """One sentence, no traceback, exit code 2."""
    tried = run("growth", "--template", address, cwd=tmp_path)
    assert tried.returncode == 2
    assert "could not be rendered" in tried.stderr
    assert "Traceback" not in tried.stderr
    assert not list(tmp_path.iterdir())


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    """Not in the error either."""
    tried = run("growth", "--template", "https://me:s3cret@localhost:1/platform.git", cwd=tmp_path)
    assert (tried.returncode, "s3cret" in tried.stderr + tried.stdout) == (2, False)


@pytest.mark.parametrize("after", [0.25, 0.45, 0.6])
def test_ctrl_c_leaves_nothing(source: Path, tmp_path: Path, after: float) -> None:
    """At whatever moment: no folder, or a whole one."""
    process = subprocess.Popen(
        [PLATFORMCTL, "new", "growth", "--template", str(source), "--defaults"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    left = [path.name for path in tmp_path.iterdir()]
    assert left in ([], ["growth"])
    if left:
        assert ".copier-answers.yml" in files(tmp_path / "growth")


def test_pairs_must_be_pairs(tmp_path: Path) -> None:
    """`--data owner` is no answer."""
    tried = run("growth", "--data", "owner", cwd=tmp_path)
    assert (tried.returncode, "question=answer" in tried.stderr) == (2, True)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
