import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.workspace.identity import commit_of, repository_of, same_repository, source_hash, uncommitted


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/teams/shop",
        "https://git.example/teams/shop.git",
        "https://git.example/teams/shop/",
        "https://someone:t0k3n@git.example/teams/shop.git",
        "https://git.example/teams/shop.git?token=t0k3n",
    ],
)
def test_one_repository_is_written_one_way_and_without_credentials(tmp_path, url):
    assert repository_of(tmp_path, url) == "https://git.example/teams/shop"


def test_the_short_ssh_form_is_written_as_a_url(tmp_path):
    assert repository_of(tmp_path, "git@git.example:teams/shop.git") == "ssh://git.example/teams/shop"


def test_without_git_the_folder_is_the_source(tmp_path):
    assert repository_of(tmp_path) == tmp_path.as_uri()
    assert commit_of(tmp_path) == ""


def test_the_origin_and_the_commit_come_from_git(tmp_path):
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    assert commit_of(tmp_path) == ""
    git("remote", "add", "origin", "https://git.example/teams/shop.git")
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert repository_of(tmp_path) == "https://git.example/teams/shop"
    assert commit_of(tmp_path) == git("rev-parse", "HEAD")


def test_the_source_hash_follows_names_and_contents_and_nothing_else(tmp_path):
    code = tmp_path / "src/shop/definitions.py"
    code.parent.mkdir(parents=True)
    code.write_text("one")
    first = source_hash(tmp_path)
    (tmp_path / "src/shop/__pycache__").mkdir()
    (tmp_path / "src/shop/__pycache__/definitions.cpython-311.pyc").write_text("compiled")
    (tmp_path / "notes.txt").write_text("not part of it")
    assert source_hash(tmp_path) == first
    code.write_text("two")
    second = source_hash(tmp_path)
    code.rename(code.with_name("moved.py"))
    assert len({first, second, source_hash(tmp_path)}) == 3


ONE = "https://git.example/teams/shop"


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example/teams/shop.git/",
        "https://someone:t0k3n@GIT.example:443/teams//shop.git",
        "http://git.example/teams/shop",
        "ssh://git@git.example:2222/teams/shop.git",
        "git@git.example:teams/shop.git",
        "git@git.example:/teams/shop",
        "git://git.example/teams/%73hop",
    ],
)
def test_spellings_of_one_repository_are_one(other):
    assert same_repository(ONE, other)
    assert same_repository(other, ONE)


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example/teams/shop2",
        "https://git.example/teams/Shop",  # a host of its own may tell them apart
        "https://git.example/shop",
        "https://other.example/teams/shop",
        "https://git.example:8443/teams/shop",
        "file:///teams/shop",
        "https://git.example.evil.example/teams/shop",
        "https://evil.example/git.example/teams/shop",
        "https://[git.example/teams/shop",
        "",
    ],
)
def test_other_repositories_are_others(other):
    assert not same_repository(ONE, other)


def test_hosts_that_take_any_case_are_known():
    assert same_repository("https://github.com/Acme/Shop", "git@github.com:acme/shop.git")


def test_folders_are_compared_as_folders():
    assert same_repository("file:///srv/git/shop.git", "/srv/git/shop/")
    assert not same_repository("file:///srv/git/shop", "file:///srv/git/Shop")


@given(st.text(max_size=60))
def test_no_address_breaks_the_comparison_or_shows_a_password(text):
    assert same_repository(text, text)
    shown = repository_of(Path("/nowhere"), f"https://u:t0k3n@{text}")
    assert "t0k3n" not in shown or "t0k3n" in text
    assert shown.isprintable() or not text.isprintable()


def test_what_is_not_committed_is_seen_and_bytecode_is_not(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "src/__pycache__").mkdir(parents=True)
    (tmp_path / "src/__pycache__/a.cpython-311.pyc").touch()
    (tmp_path / "README.md").touch()
    assert not uncommitted(tmp_path)
    (tmp_path / "src/a.py").touch()
    assert uncommitted(tmp_path)
