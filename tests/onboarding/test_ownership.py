"""A location held against its ownership manifest."""

import hashlib
from pathlib import Path

import pytest

from platform_core.findings import exit_code
from platform_core.onboarding.ownership import check_ownership


@pytest.fixture
def owned(location: Path) -> Path:
    """A location with one file of the platform's, one written by Copier and one seed."""
    (location / ".platform").mkdir()
    (location / ".platform/ruff.toml").write_text("line-length = 120\n")
    (location / ".copier-answers.yml").write_text("_commit: v1\n")
    (location / "README.md").write_text("# growth\n")
    sum_ = hashlib.sha256(b"line-length = 120\n").hexdigest()
    (location / ".platform/ownership.yaml").write_text(
        f"platform:\n  .platform/ruff.toml: {sum_}\n  .copier-answers.yml: copier\nseeded: [README.md]\n"
    )
    return location


def ids(root: Path) -> list[tuple[str, str]]:
    return [(finding.id, finding.subject) for finding in check_ownership(root)]


def test_untouched(owned: Path) -> None:
    """Seeds may change, and line ends, and the answers when Copier writes them anew."""
    (owned / "README.md").write_text("Ours\n")
    (owned / ".copier-answers.yml").write_text("_commit: v2\n")
    (owned / ".platform/ruff.toml").write_bytes(b"line-length = 120\r\n")
    assert ids(owned) == []


def test_edited_or_gone(owned: Path) -> None:
    """Each with the way back."""
    (owned / ".platform/ruff.toml").write_text("line-length = 80\n")
    (owned / ".copier-answers.yml").unlink()
    assert ids(owned) == [("platform-file", ".platform/ruff.toml"), ("platform-file", ".copier-answers.yml")]
    assert all("git checkout" in finding.fix for finding in check_ownership(owned))


def test_half_merged_update(owned: Path) -> None:
    """Copier ends with 0 after a conflict; this does not."""
    (owned / "README.md").write_text("a\n<<<<<<< before updating\nb\n=======\nc\n>>>>>>> after updating\n")
    (owned / ".platform/ruff.toml.rej").write_text("@@")
    found = list(check_ownership(owned))
    assert [(finding.id, finding.where and finding.where.line) for finding in found] == [
        ("update-conflict", 0),
        ("update-conflict", 2),
    ]


def test_without_a_manifest(location: Path) -> None:
    """A location made by hand works; it is told what it misses."""
    (finding,) = check_ownership(location)
    assert (finding.level, exit_code([finding])) == ("warning", 0)


@pytest.mark.parametrize("text", ["platform: [a]\n", "platform: {a: 1}\nseeded: {b: 1}\n", "platform:\n", "- a\n"])
def test_a_spoilt_manifest(location: Path, text: str) -> None:
    """Whatever it holds, there is an answer and no traceback."""
    (location / ".platform").mkdir()
    (location / ".platform/ownership.yaml").write_text(text)
    assert all(finding.message for finding in check_ownership(location))
