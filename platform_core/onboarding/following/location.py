"""All files of a location that follow from its location.yaml: what is wrong in them, and writing them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from platform_core.contracts import FOLDER, dataset_of
from platform_core.contracts.load import contract_files
from platform_core.documents import MAX_BYTES, Document, load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, Level
from platform_core.locations import Location, load_location
from platform_core.locations.owners import handle
from platform_core.onboarding.following import catalog_info, codeowners
from platform_core.onboarding.following.contracts import Said, said_otherwise
from platform_core.onboarding.following.yaml_text import OddText, one_line, put, read_all
from platform_core.onboarding.writing import replace_text

__all__ = ["Written", "check_following", "follow"]

_SYNC = "Or run: platformctl sync."


@dataclass(frozen=True)
class Written:
    """The files that were written (or would be), from the location's folder, and what only a person can mend."""

    files: tuple[str, ...]
    left: tuple[Finding, ...]


def check_following(root: Path) -> list[Finding]:
    """Return where CODEOWNERS, catalog-info.yaml and contracts say something else than location.yaml.

    Nothing where location.yaml itself has problems: they are told by who checks that.
    """
    try:
        location = load_location(root)
    except PlatformError:
        return []
    return [
        *_codeowners_findings(root, location),
        *_catalog_findings(root, location),
        *(finding for path in _contracts(root) for finding in _contract_findings(path, location)),
    ]


def follow(root: Path, *, new_catalog_info: bool = False, dry_run: bool = False) -> Written:
    """Write what follows from location.yaml, each file in one step, and nothing else in it.

    CODEOWNERS is made where there is none; catalog-info.yaml only with `new_catalog_info`: not everybody has Backstage.
    Raises FindingsError when location.yaml has problems, PlatformError when a file cannot be written.
    """
    location = load_location(root)
    changed: dict[Path, str] = {}
    for path, text in _texts(root, location, new_catalog_info):
        if not path.is_file() or _read(path) != text:
            changed[path] = text
    if not dry_run:
        for path, text in changed.items():
            replace_text(path, text)
    left = () if dry_run else tuple(check_following(root))
    return Written(tuple(sorted(path.relative_to(root).as_posix() for path in changed)), left)


def _texts(root: Path, location: Location, new_catalog_info: bool) -> Iterator[tuple[Path, str]]:
    owner = handle(location.owner, location.organisation)
    paths = [root / name for name in codeowners.NAMES if (root / name).is_file()]
    for path in paths or [root / "CODEOWNERS"]:
        text = _read(path) if path.is_file() else ""
        yield path, codeowners.written(text, owner) if codeowners.wrong(text, owner) else text
    path = root / catalog_info.NAME
    if path.is_file():
        yield path, _catalog_text(_read(path), location)
    elif new_catalog_info:
        yield path, catalog_info.new_text(location)
    for path in _contracts(root):
        text = _read(path)
        values: dict[tuple[str, ...], Any] = {(said.key,): said.value for said in _said(load_document(path), location)}
        with contextlib.suppress(OddText):  # then its finding is left
            text = put(text, values)
        yield path, text


def _codeowners_findings(root: Path, location: Location) -> Iterator[Finding]:
    owner = handle(location.owner, location.organisation)
    why = "The git host asks the wrong people for a review, or nobody."
    paths = [root / name for name in codeowners.NAMES if (root / name).is_file()]
    for path in paths:
        text = _read(path)
        if wrong := codeowners.wrong(text, owner):
            fix = f"{wrong.fix} {_SYNC}"
            if codeowners.wrong(codeowners.written(text, owner), owner):
                leaves = "`platformctl sync` leaves what others wrote"
                fix = f"{wrong.fix.removesuffix('.')}, or take the line out: {leaves}."
            yield Finding("codeowners", "error", path.name, wrong.message, why, fix, Where(path, wrong.line))
    if not paths:
        message = f"there is no CODEOWNERS: no git host knows that {owner} owns this location."
        yield Finding(
            "codeowners", "warning", "CODEOWNERS", message, why, "Run: platformctl sync.", Where(root / "CODEOWNERS")
        )


def _catalog_findings(root: Path, location: Location) -> Iterator[Finding]:
    path = root / catalog_info.NAME
    if not path.is_file():
        return

    def finding(message: str, fix: str, line: int = 0) -> Finding:
        why = "The catalog would show another owner, or refuse the file."
        return Finding("catalog-info", "error", path.name, message, why, fix, Where(path, line))

    try:
        documents, nodes = read_all(_read(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield finding("is not valid YAML.", "Correct it.", mark.line + 1 if mark else 0)
        return
    except OddText as error:
        yield finding(f"cannot be read: {error}.", "Write it more simply.")
        return
    place = catalog_info.component(documents, location.name)
    if place is None:
        fix = f"Annotate it with {catalog_info.LOCATION}: {location.name}, or remove the file."
        yield finding(f"none of its entities is the Component of {location.name}.", fix)
        return
    for keys, message in catalog_info.shortcomings(documents[place]):
        yield finding(message, "Correct it.", _line(nodes[place], keys))
    for keys, text in catalog_info.follows(documents[place], location).items():
        message = f"{'.'.join(keys)} does not follow from location.yaml."
        yield finding(message, f"Write {keys[-1]}: {one_line(text)}. {_SYNC}", _line(nodes[place], keys))


def _contract_findings(path: Path, location: Location) -> Iterator[Finding]:
    document = load_document(path)
    for said in _said(document, location):
        message, level = _words(said)
        why = "Readers of the contract would ask the wrong people."
        fix = f"Write {said.key}: {one_line(said.value)}. {_SYNC}"
        id = "contract-owner" if said.key == "team" else "contract-support"
        yield Finding(id, level, dataset_of(path), message, why, fix, document.where(said.key))


def _said(document: Document, location: Location) -> Iterator[Said]:
    """Nothing of a file with problems of its own: the lint tells them."""
    return iter(()) if document.problems else said_otherwise(document.data, location)


def _words(said: Said) -> tuple[str, Level]:
    what = "its owner" if said.key == "team" else "where people ask"
    if not said.says:
        return f"the contract does not say {what}; location.yaml says {said.should}.", "warning"
    return f"{said.key} says {said.says}; location.yaml says {said.should}.", "error"


def _catalog_text(text: str, location: Location) -> str:
    with contextlib.suppress(OddText, yaml.YAMLError):
        documents, _ = read_all(text)
        place = catalog_info.component(documents, location.name)
        if place is not None:
            return put(text, catalog_info.follows(documents[place], location), place)
    return text


def _line(node: Any, keys: tuple[str, ...]) -> int:
    """The line of the value, or of its nearest parent that is there."""
    line = int(node.start_mark.line) + 1
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next(((name, value) for name, value in pairs if name.value == key), None)
        if found is None:
            break
        line, node = int(found[0].start_mark.line) + 1, found[1]
    return line


def _contracts(root: Path) -> list[Path]:
    return contract_files([root / FOLDER]) if (root / FOLDER).is_dir() else []


def _read(path: Path) -> str:
    """Its text with every byte that is no UTF-8 kept, and line ends as they are."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror}.", Where(path)) from error
    if len(raw) > MAX_BYTES:
        raise PlatformError(f"{len(raw):,} bytes; the limit is {MAX_BYTES:,}.", Where(path), "Split it.")
    return raw.decode("utf-8", "surrogateescape")
