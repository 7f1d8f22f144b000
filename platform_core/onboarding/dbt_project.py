"""A dbt project for a location: a new one, or the one that a team has put into a folder of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from platform_core.errors import PlatformError, Where
from platform_core.locations import load_location
from platform_core.onboarding.writing import write_new

__all__ = ["AddedProject", "add_dbt_project"]

# The same texts as in the template's dbt starter; a test compares them.
_PROJECT = """\
name: {location}
version: 1.0.0
profile: {location}

models:
  {location}:
    +materialized: table
"""
_PROFILES = """\
# For dbt commands of your own, in this folder. The platform has a profile of its own and never reads this one.
{location}:
  target: local
  outputs:
    local:
      type: duckdb
      path: target/local.duckdb  # `platformctl dev` lays samples of other teams' data in it
"""
_IGNORED = "target/\nlogs/\ndbt_packages/\n.user.yml\n"
_DEFS = """\
# Its models become datasets: those with a contract in contracts/ are published, the others stay the project's own.
type: platform_core.DbtProject
attributes:
  project: {folder}
"""
_EXTRA = "platform-core[dbt]"


@dataclass(frozen=True)
class AddedProject:
    """The files that were written, below the location's root, and what is left to do."""

    files: tuple[str, ...]
    notes: tuple[str, ...]


def add_dbt_project(root: Path, folder: str = "dbt") -> AddedProject:
    """Declare the dbt project in `folder` of the location in `root`; where none is there, an empty one is made.

    Raises PlatformError when the folder is not one of the location, or one of the files is there already: then nothing
    is written.
    """
    location = load_location(root).name
    parts = PurePosixPath(folder)
    if parts.is_absolute() or not parts.parts or ".." in parts.parts or parts.parts[0] in (".", "src", ".platform"):
        hint = "Name a folder for it in the location, such as dbt."
        raise PlatformError(f"'{folder}' cannot be the folder of a dbt project.", Where(root), hint)
    defs = f"src/{location}/defs/{parts.name}/defs.yaml"
    texts = {defs: _DEFS.format(folder=folder)}
    notes = []
    if (root / folder / "dbt_project.yml").is_file():
        notes.append(f"{folder}/dbt_project.yml is there: the project is taken as it is.")
    else:
        texts |= {f"{folder}/dbt_project.yml": _PROJECT.format(location=location), f"{folder}/models/.gitkeep": ""}
        texts |= {f"{folder}/profiles.yml": _PROFILES.format(location=location), f"{folder}/.gitignore": _IGNORED}
    write_new(root, {name: text.encode() for name, text in texts.items()})
    if _EXTRA not in _requirements(root):
        notes.append(f"Add a line to requirements.txt, then run uv sync: {_EXTRA}")
    notes.append("Draft contracts of its models with: platformctl contract infer --dbt <model> --write contracts")
    return AddedProject(tuple(texts), tuple(notes))


def _requirements(root: Path) -> str:
    try:
        return (root / "requirements.txt").read_text("utf-8").replace(" ", "")
    except OSError:
        return ""
