"""platformctl add dbt-project: a new project, or the one that a team brings along."""

from pathlib import Path

import pytest
import yaml

from platform_core.errors import PlatformError
from platform_core.onboarding.dbt.projects import project_folders
from platform_core.onboarding.dbt_project import add_dbt_project


def test_a_project_that_is_there_is_taken_as_it_is(location: Path) -> None:
    """Only the declaration is written; what the team has is not touched."""
    (location / "projects/shop").mkdir(parents=True)
    (location / "projects/shop/dbt_project.yml").write_text("name: shop\n")
    (location / "requirements.txt").write_text("polars\nplatform-core [dbt]\n")
    added = add_dbt_project(location, "projects/shop")
    assert added.files == ("src/growth/defs/shop/defs.yaml",)
    assert "projects/shop/dbt_project.yml is there" in added.notes[0]
    assert not any("requirements.txt" in note for note in added.notes)
    assert [path.name for path in (location / "projects/shop").iterdir()] == ["dbt_project.yml"]
    assert list(project_folders(location)) == [location / "projects/shop"]


def test_a_new_project(location: Path) -> None:
    """Named like the location, whose models it makes; and what to install is said."""
    added = add_dbt_project(location)
    assert yaml.safe_load((location / "dbt/dbt_project.yml").read_text())["name"] == "growth"
    assert any("platform-core[dbt]" in note for note in added.notes)
    assert list(project_folders(location)) == [location / "dbt"]


@pytest.mark.parametrize("folder", ["../elsewhere", "/elsewhere", ".", "", "src/growth", ".platform/dbt"])
def test_places_that_cannot_be(location: Path, folder: str) -> None:
    """Outside the location, or in a folder of the platform's or the package's: nothing is written."""
    before = sorted(location.rglob("*"))
    with pytest.raises(PlatformError, match="cannot be the folder"):
        add_dbt_project(location, folder)
    assert sorted(location.rglob("*")) == before


def test_nothing_is_overwritten(location: Path) -> None:
    """A file in the way stops all of it."""
    (location / "dbt").mkdir()
    (location / "dbt/profiles.yml").write_text("ours: {}\n")
    with pytest.raises(PlatformError, match=r"dbt/profiles\.yml is there already"):
        add_dbt_project(location)
    assert not (location / "src").exists()


def test_variables_come_along(location: Path) -> None:
    """As the declaration gives them: dbt is told them as JSON."""
    folder = location / "src/growth/defs/shop"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(
        "type: platform_core.DbtProject\nattributes: {project: shop, vars: {b: 1, a: x}}\n"
    )
    assert project_folders(location) == {location / "shop": '{"a": "x", "b": 1}'}
