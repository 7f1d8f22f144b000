"""Identity: the names of locations and datasets, the asset keys made of them, and how partition keys are written."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from platform_core.errors import PlatformError

__all__ = [
    "KEY_FORMATS",
    "MAX_LENGTH",
    "NO_KEY",
    "POOL",
    "RESERVED",
    "VARIABLE",
    "AssetId",
    "location_problem",
    "name_problem",
]

MAX_LENGTH = 63  # PostgreSQL truncates longer identifiers without a word
RESERVED = frozenset(
    {"all", "aux", "con", "dagster", "default", "defs", "main", "nul", "platform", "platform_core", "prn", "src"}
    | {"contracts", "definitions", "needs", "tests", "site", "test", "temp", "information_schema", "pg_catalog"}
    | {"type"}  # a soft keyword since 3.12: the answer must not depend on who asks
)
KEY_FORMATS = {"daily": "%Y-%m-%d", "weekly": "%Y-%m-%d", "monthly": "%Y-%m"}  # of partition keys, by type
NO_KEY = "__HIVE_DEFAULT_PARTITION__"  # in the names of folders, for readers of Delta tables: a key that is NULL
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
POOL = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")  # as platform.yaml and datasets name a shared system
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")  # of the environment, where a secret is


def name_problem(name: object) -> str:
    """Say what is wrong with a location or dataset name; an empty string when nothing is.

    A name becomes a Python package, a folder, a table and an asset key: lower case letters, digits and underscores,
    a letter first, at most 63 characters, no Python keyword and none of our reserved names.
    """
    if not isinstance(name, str) or not name:
        problem = "a name is needed"
    elif len(name) > MAX_LENGTH:
        problem = f"{len(name)} characters is too long: at most {MAX_LENGTH}"
    elif not _NAME.match(name):
        problem = "use lower case letters, digits and underscores, starting with a letter"
    elif name.endswith("_") or "__" in name:
        problem = "no double underscore, and none at the end"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        problem = "it is a word of the Python language"
    else:
        problem = "it is reserved" if name in RESERVED else ""
    return problem


def location_problem(name: object) -> str:
    """Say what is wrong with the name of a location, which is also a Python package at the top level.

    A location called `calendar` would be a package that nobody can import, or one that hides the real one.
    """
    if problem := name_problem(name):
        return problem
    return "a Python module already has this name" if name in _module_names() else ""


@cache
def _module_names() -> frozenset[str]:
    # A file and not a constant, because the template's validator reads the same list.
    return frozenset(Path(__file__).with_name("module_names.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True, order=True)
class AssetId:
    """A dataset and the location that publishes it: `<location>/<dataset>`, unique by construction."""

    location: str
    dataset: str

    def __post_init__(self) -> None:
        for noun, name in (("location", self.location), ("dataset", self.dataset)):
            if problem := name_problem(name):
                raise PlatformError(f"'{name}' cannot be the name of a {noun}: {problem}.")

    def __str__(self) -> str:
        return f"{self.location}/{self.dataset}"

    @property
    def path(self) -> list[str]:
        """The parts of the Dagster asset key."""
        return [self.location, self.dataset]

    @classmethod
    def parse(cls, text: str, location: str | None = None) -> AssetId:
        """Read `location/dataset` or `location.dataset`; a bare dataset name belongs to `location`.

        Raises PlatformError when the text has another shape or a name breaks the rules.
        """
        parts = text.replace(".", "/").split("/")
        if len(parts) == 1 and location:
            parts = [location, *parts]
        if len(parts) != 2:
            raise PlatformError(
                f"'{text}' is not a dataset.", hint="Write <location>/<dataset>, as in flight_ops/flights."
            )
        return cls(*parts)
