"""The library comes from the same place and commit as the template, however the template was named."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jinja2 import DictLoader
from jinja2.sandbox import SandboxedEnvironment
from template_sources import UV, commit, git, make_source

pytestmark = pytest.mark.template
Render = Callable[..., Path]
ODD_NAME = "a b@c#d;e%20&f'g"


def test_local_folder_without_tags(render: Render, source: Path) -> None:
    """A clean folder gives its commit, pinned by its full name."""
    assert _requirement(render()) == f"git+file://{source}@{git(source, 'rev-parse', 'HEAD')}"


def test_local_folder_with_tags(render: Render, own: Path) -> None:
    """Copier takes the newest release, unless told otherwise: the library follows it both ways."""
    old = commit(own, "one", tag="v0.1.0")
    released = commit(own, "two", tag="v0.2.0")
    newest = commit(own, "three")
    assert _requirement(render("a", from_=own)) == f"git+file://{own}@{released}"
    assert _requirement(render("b", from_=own, vcs_ref="HEAD")) == f"git+file://{own}@{newest}"
    assert _requirement(render("c", from_=own, vcs_ref="v0.1.0")) == f"git+file://{own}@{old}"
    recorded = yaml.safe_load((tmp_answers := render("d", from_=own) / ".copier-answers.yml").read_text())
    assert recorded["_commit"] == "v0.2.0", tmp_answers


def test_uncommitted_changes(render: Render, own: Path) -> None:
    """Copier commits them in a clone that is gone afterwards: only the folder itself can be installed from."""
    (own / "template/.env.example").write_text("# changed\n")
    assert (render("a", from_=own) / ".env.example").read_text() == "# changed\n"
    assert _requirement(render("b", from_=own)) == f"file://{own}"
    tagged = commit(own, "one", tag="v0.1.0")
    (own / "template/.env.example").write_text("# changed again\n")
    assert _requirement(render("c", from_=own)) == f"git+file://{own}@{tagged}"  # a release, without the changes
    assert _requirement(render("d", from_=own, vcs_ref="HEAD")) == f"file://{own}"


def test_git_url(render: Render, source: Path) -> None:
    """A URL is used as a URL, at the commit that was rendered."""
    url = f"git+file://{source}"
    location = render(from_=url)
    assert _requirement(location) == f"{url}@{git(source, 'rev-parse', 'HEAD')}"
    assert _recorded_source(location) == url


def test_folder_without_git(render: Render, source: Path, tmp_path: Path) -> None:
    """An unpacked archive works too: the library is installed from the folder."""
    folder = tmp_path / "unpacked"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".git"))
    location = render(from_=folder)
    assert _requirement(location) == f"file://{folder}"
    assert _recorded_source(location) == str(folder)


def test_relative_path(render: Render, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded as typed it would work from one folder only."""
    monkeypatch.chdir(source.parent)
    location = render(from_=source.name)
    assert _requirement(location).startswith(f"git+file://{source}@")
    assert _recorded_source(location) == str(source)


@pytest.mark.parametrize(
    ("typed", "library"),
    [
        ("gh:acme/platform", "git+https://github.com/acme/platform.git@abc"),
        ("gl:/acme/platform.git", "git+https://gitlab.com/acme/platform.git@abc"),
        ("https://github.com/acme/platform", "git+https://github.com/acme/platform.git@abc"),
        ("git+https://example.org/platform", "git+https://example.org/platform@abc"),
        ("https://me:s3cret@example.org/platform.git", "git+https://example.org/platform.git@abc"),
        ("git+https://s3cret@example.org/platform.git", "git+https://example.org/platform.git@abc"),
        ("git@example.org:acme/platform.git", "git+ssh://git@example.org/acme/platform.git@abc"),
        ("ssh://git@example.org/acme/platform.git", "git+ssh://git@example.org/acme/platform.git@abc"),
    ],
)
def test_remote_addresses(source: Path, typed: str, library: str) -> None:
    """Each way Copier lets one name a repository becomes one that installers know; passwords are dropped."""
    answers = {"_src_path": typed, "_commit": "v1.0.0"}
    conf = {"vcs_ref_hash": "abc", "src_path": "/gone"}
    assert _macro(source / "questions", "library_source", answers, conf) == library
    assert "s3cret" not in _macro(source / "questions", "template_source", answers, conf)


@pytest.mark.parametrize("kind", ["commit", "draft", "url"])
def test_requirement_installs_that_very_library(kind: str, render: Render, tmp_path: Path) -> None:
    """uv reads the requirement, whatever the folder is called, and gets that commit's code."""
    own = make_source(_made(tmp_path / ("plain" if kind == "url" else ODD_NAME)))
    (own / "platform_core/proof.py").write_text("PROOF = 1\n")
    commit(own, "proof")
    if kind == "draft":
        (own / "platform_core/proof.py").write_text("PROOF = 2\n")
    location = render(from_=f"git+file://{own}" if kind == "url" else own)
    if kind != "draft":  # what is committed later must not get in
        (own / "platform_core/proof.py").write_text("PROOF = 3\n")
        commit(own, "later")
    target = tmp_path / "installed"
    command = [UV, "pip", "install", "-q", "--no-deps", "--python", sys.executable, "--target", str(target)]
    command += ["-r", str(location / ".platform/requirements.txt")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (target / "platform_core/proof.py").read_text() == ("PROOF = 2\n" if kind == "draft" else "PROOF = 1\n")
    if kind == "draft":  # whoever works on the library sees the work after installing again
        (own / "platform_core/proof.py").write_text("PROOF = 4\n")
        subprocess.run(command, capture_output=True, check=True)
        assert (target / "platform_core/proof.py").read_text() == "PROOF = 4\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A source this test may change."""
    return make_source(_made(tmp_path / "own"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _requirement(location: Path) -> str:
    lines = (location / ".platform/requirements.txt").read_text().splitlines()
    (requirement,) = [line for line in lines if not line.startswith("#")]
    name, _, address = requirement.partition(" @ ")
    assert name == "platform-core"
    return address


def _recorded_source(location: Path) -> str:
    return yaml.safe_load((location / ".copier-answers.yml").read_text())["_src_path"]


def _macro(questions: Path, name: str, answers: dict[str, str], conf: dict[str, str]) -> str:
    """Run one macro of source.jinja with the filters that Copier has: a remote address cannot be cloned in a test."""
    env = SandboxedEnvironment(loader=DictLoader({}), extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"])
    text = (questions / "source.jinja").read_text() + "{{ " + name + "() }}"
    return env.from_string(text).render(_copier_answers=answers, _copier_conf=conf).strip()
