import subprocess

import pytest

from platform_core.workspace.identity import commit_of, repository_of, source_hash


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
