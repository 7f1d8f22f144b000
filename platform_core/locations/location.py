"""location.yaml: who answers for a code location, and what it may ask of the platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from platform_core.documents import Document, load_document
from platform_core.errors import PlatformError, Where
from platform_core.exemptions import Reading, read_exemptions
from platform_core.findings import Finding, raise_errors
from platform_core.locations.engines import ENGINES, engine_fix
from platform_core.locations.owners import organisation_problem
from platform_core.names import VARIABLE, location_problem

__all__ = ["FILE_NAME", "Location", "check_location", "find_root", "load_location", "own_exemptions"]

FILE_NAME = "location.yaml"
_TEAM = re.compile(r"team:[A-Za-z0-9][A-Za-z0-9_.@ -]*\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_KEYS = {"name", "owner", "organisation", "description", "support", "secrets", "repository", "engine", "exemptions"}
_SUPPORT_KEYS = {"contact", "webhook_secret"}


@dataclass(frozen=True)
class Location:
    """A code location and its owner.

    `owner` is `team:<name>` or an e-mail address, as Dagster wants it. `contact` tells people where to ask.
    `organisation` is put before a team's name in CODEOWNERS, as its git host wants it.
    `webhook_secret` names the environment variable that holds the URL told of refusals; `secrets` names all others.
    `engine` is what its datasets are published on, one of `engines.ENGINES`; empty where location.yaml leaves that to
    the workspace.
    """

    name: str
    owner: str
    description: str = ""
    contact: str = ""
    webhook_secret: str = ""
    secrets: tuple[str, ...] = ()
    repository: str = ""
    engine: str = ""
    organisation: str = ""


def find_root(start: Path) -> Path:
    """Return the folder `start`, or the nearest above it, that holds location.yaml. Raises PlatformError for none."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    hint = f"A location has {FILE_NAME} in its root folder: name, owner, support."
    raise PlatformError(f"no {FILE_NAME} stands in this folder or above it.", Where(start), hint)


def load_location(root: Path) -> Location:
    """Read `location.yaml` in the folder `root`.

    Raises PlatformError when it is missing, FindingsError with every problem in it.
    """
    document = load_document(root / FILE_NAME)
    raise_errors(f"{FILE_NAME} has problems:", [*document.problems, *check_location(document)])
    data, support = document.data, document.data.get("support") or {}
    return Location(
        name=data["name"],
        owner=data["owner"],
        description=data.get("description") or "",
        contact=support.get("contact") or "",
        webhook_secret=support.get("webhook_secret") or "",
        secrets=tuple(data.get("secrets") or ()),
        repository=data.get("repository") or "",
        engine=data.get("engine") or "",
        organisation=data.get("organisation") or "",
    )


def own_exemptions(root: Path, today: date) -> Reading:
    """Read the exemptions that the location.yaml in `root` asks for; nothing where it cannot be read.

    They are not part of a Location: an entry that a newer library no longer takes stops a check, never a location.
    """
    document = load_document(root / FILE_NAME)
    return read_exemptions(document, today, by_team=True)


def check_location(document: Document) -> Iterator[Finding]:
    """Yield everything wrong with a location.yaml, each with its line."""
    finding = partial(_finding, document)
    data: dict[str, Any] = document.data
    for key in sorted(set(data) - _KEYS, key=str):
        yield finding(f"unknown key '{key}'.", f"Known keys: {', '.join(sorted(_KEYS))}.", key)
    if problem := location_problem(data.get("name")):
        yield finding(f"name: {problem}.", "Write name: <location>, as in flight_ops.", "name")
    owner = data.get("owner")
    if not isinstance(owner, str) or not (_TEAM.match(owner) or _EMAIL.match(owner)):
        message = "owner: that is no team and no e-mail address." if owner else ""
        fix = "Write owner: team:<name>, or an e-mail."
        yield finding(message or "owner is needed: who answers for this data?", fix, "owner")
    if data.get("organisation") and (problem := organisation_problem(data["organisation"])):
        yield finding(f"organisation: {problem}.", "Write organisation: acme, or take it out.", "organisation")
    for key in ("description", "repository"):
        if not isinstance(data.get(key, ""), (str, type(None))):
            yield finding(f"{key} must be text.", "Put it in quotes.", key)
    if data.get("engine") is not None and data["engine"] not in ENGINES:
        yield finding("engine: there is no such engine.", engine_fix(data["engine"]), "engine")
    support = data.get("support") or {}
    if not isinstance(support, dict):
        yield finding("support must hold keys and values.", "Write support: {contact: ...}.", "support")
        support = {}
    for key in sorted(set(support) - _SUPPORT_KEYS, key=str):
        yield finding(
            f"unknown key 'support.{key}'.", f"Known keys: {', '.join(sorted(_SUPPORT_KEYS))}.", "support", key
        )
    if not isinstance(support.get("contact", ""), (str, type(None))):
        yield finding("support.contact must be text.", "Put it in quotes.", "support", "contact")
    yield from _secrets(document, data.get("secrets") or [], support.get("webhook_secret"))


def _secrets(document: Document, secrets: Any, webhook: Any) -> Iterator[Finding]:
    if not isinstance(secrets, list):
        message = "secrets must be a list of variable names."
        yield _finding(document, message, "Write secrets: [API_TOKEN].", "secrets")
        secrets = []
    names: list[tuple[tuple[str | int, ...], Any]] = [(("secrets", i), secret) for i, secret in enumerate(secrets)]
    if webhook:
        names.append((("support", "webhook_secret"), webhook))
    for keys, secret in names:
        if not isinstance(secret, str) or not VARIABLE.match(secret):
            # The value is not repeated: a secret pasted here by mistake must not reach a log.
            message = "a secret is named, never written."
            yield _finding(document, message, "Write the name of an environment variable.", *keys)


def _finding(document: Document, message: str, fix: str, *keys: str | int) -> Finding:
    subject = str(document.data.get("name") or FILE_NAME)
    return Finding("location", "error", subject, message, fix=fix, where=document.where(*keys))
