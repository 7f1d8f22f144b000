"""A location as small as one can be."""

from pathlib import Path

import pytest


@pytest.fixture
def location(tmp_path: Path) -> Path:
    """The root of a location called growth that publishes nothing yet."""
    root = tmp_path / "growth"
    root.mkdir()
    (root / "location.yaml").write_text("name: growth\nowner: team:growth\n")
    return root
