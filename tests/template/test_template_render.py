"""What `copier copy` gives a team, whatever it answers."""

import ast
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pathspec import PathSpec
from template_sources import ROOT, files

from platform_core.documents import load_document
from platform_core.errors import PlatformError
from platform_core.locations import check_location, load_location
from platform_core.onboarding.dbt_project import add_dbt_project
from platform_core.onboarding.following import check_following, follow

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.template
Render = Callable[..., Path]
QUESTIONS = yaml.safe_load((ROOT / "copier.yml").read_text())
ANSWERS = [
    {},
    {"example": False, "ci": "gitlab"},
    {"example": False, "ci": "none", "owner": "data@example.org", "contact": "#growth-data"},
    {"starter": "dbt", "owner": "team:flight ops", "organisation": "acme/data", "contact": "help@example.org"},
    {"starter": "dbt", "example": False, "owner": "data@example.org"},
]
HOSTILE = [
    'He said "no" \\ and \\n left',
    "{{ 7 * 7 }} {% raw %} {# not a comment #}",
    "x: y # z ' \" ]} &anchor *alias !!python/object",
    "''' \"\"\" \\",
    "emoji \N{PARTY POPPER} and \N{LATIN SMALL LETTER E WITH ACUTE}, ${HOME} `id` $(id) %s {0}",
    "- a list? @ ` | > % -",
    "null",
    "2013-01-01",
]


def test_default_copy_is_small_and_complete(render: Render) -> None:
    """The folder's name becomes the location's; at most 20 files and 8 questions."""
    location = render("flight-ops")
    rendered = files(location)
    assert len(rendered) <= 20
    assert load_location(location).name == "flight_ops"
    assert rendered["src/flight_ops/definitions.py"].decode().count("\n") == 3
    asked = [name for name, value in QUESTIONS.items() if name[0] != "_" and value.get("when") is not False]
    assert len(asked) <= 8
    assert all("default" in QUESTIONS[name] and "help" in QUESTIONS[name] for name in asked)


@pytest.mark.parametrize("answers", ANSWERS)
def test_rendering_twice_gives_the_same(render: Render, answers: dict[str, object]) -> None:
    """A render is a function of its answers: nothing of the time or the machine gets in."""
    first, second = (
        files(render("one", location_name="growth", **answers)),
        render("two", location_name="growth", **answers),
    )
    assert first == files(second)


@pytest.mark.parametrize("answers", ANSWERS)
def test_manifest_names_every_file(render: Render, answers: dict[str, object]) -> None:
    """The ownership manifest, the two lists of copier.yml and what is rendered agree."""
    location = render(**answers)
    manifest = load_document(location / ".platform/ownership.yaml").data
    rendered = files(location)
    assert set(rendered) == set(manifest["platform"]) | set(manifest["seeded"])
    for name, sum_ in manifest["platform"].items():
        assert sum_ in {"copier", hashlib.sha256(rendered[name]).hexdigest()}, name
    skipped = PathSpec.from_lines("gitwildmatch", QUESTIONS["_skip_if_exists"])
    assert {name for name in rendered if skipped.match_file(name)} == set(manifest["seeded"])
    inside_team = {name for name in rendered if name.startswith(tuple(manifest["team"]))}
    assert inside_team <= set(manifest["seeded"])


def test_seeds_are_both_skipped_and_left_out_of_updates() -> None:
    """Either rule alone loses a team's edits in some case; and no pattern may hang on an answer."""
    update = "{{% if _copier_operation == 'update' %}}{}{{% endif %}}"
    assert [entry for entry in QUESTIONS["_exclude"] if "{%" in entry] == [
        update.format(path) for path in QUESTIONS["_skip_if_exists"]
    ]
    assert not [path for path in QUESTIONS["_skip_if_exists"] if "{" in path or not path.startswith("/")]


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", ".", "a/b", ".git", "growth\n", "{{ 7 * 7 }}", "class", "x" * 64, ""]
)
def test_hostile_names_make_nothing(render: Render, tmp_path: Path, name: str) -> None:
    """Copier itself refuses them, and leaves nothing in the folder or beside it."""
    with pytest.raises(ValueError, match="Validation error"):
        render(location_name=name)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("text", HOSTILE)
def test_free_text_stays_text(render: Render, text: str) -> None:
    """Quotes, templates, YAML and TOML syntax in an answer arrive as typed, in every file that holds them."""
    location = render(description=text, contact=text, owner="team:growth")
    project = tomllib.loads((location / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["description"] == text
    found = load_location(location)
    assert (found.description, found.contact) == (text, text)
    recorded = yaml.safe_load((location / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert (recorded["description"], recorded["contact"]) == (text, text)
    _parses(location)


@pytest.mark.parametrize("answers", [*ANSWERS, *({"description": text, "contact": text} for text in HOSTILE)])
def test_owner_and_support_are_the_same_everywhere(render: Render, answers: dict[str, object]) -> None:
    """Nothing is left for `sync`; and each file is, byte for byte, what `sync` would have made."""
    location = render(**answers)
    assert check_following(location) == []
    assert follow(location).files == ()
    rendered = files(location)
    (location / "CODEOWNERS").unlink()
    (location / "catalog-info.yaml").unlink()
    assert follow(location, new_catalog_info=True).files == ("CODEOWNERS", "catalog-info.yaml")
    assert files(location) == rendered


@pytest.mark.parametrize("answers", ANSWERS)
def test_every_file_parses_and_ends_well(render: Render, answers: dict[str, object]) -> None:
    """YAML without duplicate keys, TOML, Python; one newline at the end, none of it trailing white space."""
    location = render(**answers)
    _parses(location)
    assert not list(check_location(load_document(location / "location.yaml")))
    for name, content in files(location).items():
        lines = content.decode().split("\n")
        assert content == b"" or (lines[-1] == "" and lines[-2].strip()), name
        assert not [line for line in lines if line != line.rstrip()], name


@pytest.mark.parametrize("answers", ANSWERS)
def test_render_is_what_its_own_tools_would_make_of_it(render: Render, answers: dict[str, object]) -> None:
    """A formatter that changes a seeded file at the first commit would make a conflict in every team."""
    location = render(**answers)
    before = files(location)
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["format"], ["check", "--fix"]):
        run = subprocess.run(
            [ruff, *command, "--no-cache", "."], cwd=location, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout
    assert files(location) == before


def test_dbt_starter_is_what_add_makes(render: Render) -> None:
    """A location that begins with files and gets a dbt project later has the same files as one that begins with it."""
    starter = files(render("one", location_name="growth", starter="dbt", example=False))
    later = render("two", location_name="growth", example=False)
    added = add_dbt_project(later)
    assert {name: files(later)[name] for name in added.files} == {name: starter[name] for name in added.files}
    assert {name for name in starter if "dbt" in name} == set(added.files)
    assert any("platform-core[dbt]" in note for note in added.notes)
    assert b"platform-core[dbt]" in starter["requirements.txt"]
    with pytest.raises(PlatformError, match="there already"):
        add_dbt_project(later)


def test_copying_again_keeps_the_teams_files(render: Render) -> None:
    """A second copy over a location in use brings back the platform's files only."""
    location = render()
    (location / "README.md").write_text("Ours now.\n")
    (location / "src/growth/definitions.py").write_text("# ours\n")
    (location / ".platform/ruff.toml").write_text("# spoilt\n")
    (location / "requirements.txt").unlink()
    env = {**os.environ, "NO_COLOR": "1"}
    copier = Path(sys.executable).with_name("copier")
    command = [copier, "recopy", "--defaults", "--overwrite", "--data-file", ".copier-answers.yml"]
    run = subprocess.run(command, cwd=location, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (location / "README.md").read_text() == "Ours now.\n"
    assert (location / "src/growth/definitions.py").read_text() == "# ours\n"
    assert "line-length" in (location / ".platform/ruff.toml").read_text()


def _parses(location: Path) -> None:
    for path in location.rglob("*"):
        if path.suffix in {".yaml", ".yml"}:
            document = load_document(path)
            assert not document.problems, path
        elif path.suffix == ".toml":
            tomllib.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".py":
            ast.parse(path.read_text(encoding="utf-8"))
