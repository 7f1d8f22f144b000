"""A registration made of its files: every value is checked, for anybody may have written them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from platform_core import clock
from platform_core.contracts.files import FOLDER, SUFFIX
from platform_core.documents import Document, read_document
from platform_core.errors import Where
from platform_core.exemptions import read_exemptions
from platform_core.findings import Finding
from platform_core.lineage import Graph
from platform_core.locations.engines import DUCKDB_DELTA, ENGINES
from platform_core.names import VARIABLE, location_problem, name_problem
from platform_core.workspace.folder import FILE, GRAPH, NEED_SUFFIX, NEEDS, Folder, unreadable
from platform_core.workspace.limits import MAX_KEY, MAX_TEXT
from platform_core.workspace.registration import Registration
from platform_core.workspace.strict_json import read_json

__all__ = ["parse_registration"]

_OWNER = re.compile(r"(team:[A-Za-z0-9][A-Za-z0-9_.@ -]{0,199}|[^@\s]{1,100}@[^@\s]{1,100})\Z")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{0,253}\Z")
_KEY = re.compile(r"[^/\x00-\x1f\x7f]+(/[^/\x00-\x1f\x7f]+)*\Z")
_TEXTS = ("description", "contact", "commit", "source_hash")


def parse_registration(folder: Folder) -> tuple[Registration | None, tuple[Finding, ...]]:
    """Return the registration in `folder`, or None and everything that stands against reading it."""
    problems = [*folder.problems]
    if FILE in folder.files:
        document = read_document(folder.path / FILE, folder.files[FILE])
        problems += [_finding(folder, problem.message, problem.where) for problem in document.problems]
        if not document.problems:
            problems += _facts(folder, document)
    data: Mapping[str, Any] = {}
    if GRAPH in folder.files:
        try:
            data = read_json(folder.files[GRAPH])
            told = _graph_problems(data, folder.path.name)
            problems += [_finding(folder, words, Where(folder.path / GRAPH)) for words in told]
        except ValueError as error:
            problems.append(_finding(folder, f"is not an asset graph: {error}.", Where(folder.path / GRAPH)))
    if problems:
        return None, tuple(problems)
    try:
        return _registration(folder, document, Graph.from_data(data)), ()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"is not a registration: {type(error).__name__} at {ascii(str(error))[:200]}."
        return None, (_finding(folder, said, Where(folder.path)),)


def _finding(folder: Folder, message: str, where: Where | None) -> Finding:
    return unreadable(folder.path.name, message, where)


def _registration(folder: Folder, document: Document, graph: Graph) -> Registration:
    data: Mapping[str, Any] = document.data
    environment = data.get("environment")
    return Registration(
        name=data["name"],
        owner=data["owner"],
        repository=data["repository"],
        package=data["package"],
        python=environment["python"] if environment else "",
        root=environment["working_directory"] if environment else "",
        engine=data.get("engine") or DUCKDB_DELTA,
        versions=data.get("versions") or {},
        host=data["server"]["host"],
        port=data["server"]["port"],
        secrets=tuple(data.get("secrets") or ()),
        waits_for=tuple(data.get("waits_for") or ()),
        graph=graph,
        contracts=_below(folder, FOLDER, SUFFIX),
        needs=_below(folder, NEEDS, NEED_SUFFIX),
        exemptions=read_exemptions(document, clock.today(), by_team=True).exemptions,
        home=folder.path,
        sealed=bool(data.get("seal")),
        description=data.get("description") or "",
        contact=data.get("contact") or "",
        commit=data.get("commit") or "",
        source_hash=data.get("source_hash") or "",
    )


def _below(folder: Folder, start: str, suffix: str) -> dict[str, bytes]:
    return {
        relative.removeprefix(f"{start}/").removesuffix(suffix): raw
        for relative, raw in folder.files.items()
        if relative.startswith(f"{start}/")
    }


def _facts(folder: Folder, document: Document) -> Iterator[Finding]:
    """Everything in location.yaml that is not as `platformctl register` writes it."""
    data: Mapping[str, Any] = document.data
    name, said = folder.path.name, dict([*_wrong_facts(data), *_wrong_lists(data), *_wrong_places(data)])
    if problem := location_problem(name):
        yield _finding(folder, f"{ascii(name)[:80]} cannot be the name of a location: {problem}.", Where(folder.path))
    elif data.get("name") != name:
        said["name"] = f"says name: {ascii(data.get('name'))[:80]}, and its folder is {name}"
    for key, words in said.items():
        yield _finding(folder, f"{words}.", document.where(key))


def _wrong_facts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("owner", "repository", "package"):
        if not _line(data.get(key)) or not data[key]:
            yield key, f"{key} must be a line of text"
    if _line(data.get("owner")) and not _OWNER.match(data["owner"]):
        yield "owner", "owner must be team:<name>, or an e-mail address"
    if _line(data.get("package")) and data["package"] and location_problem(data["package"]):
        yield "package", "package must be the name of a Python package"
    for key in _TEXTS:
        value = data.get(key)
        if value is not None and not (isinstance(value, str) and len(value) <= MAX_TEXT):
            yield key, f"{key} must be text, of at most {MAX_TEXT:,} characters"
    if data.get("engine") is not None and data["engine"] not in ENGINES:
        yield "engine", "there is no such engine"


def _wrong_lists(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("versions", "seal"):
        value = data.get(key)
        if value is not None and not (isinstance(value, dict) and all(map(_line, [*value, *value.values()]))):
            yield key, f"{key} must hold keys and text"
    secrets = data.get("secrets") or []
    if not isinstance(secrets, list) or not all(isinstance(one, str) and VARIABLE.match(one) for one in secrets):
        yield "secrets", "secrets must be a list of names of variables"
    if not _list_of(_is_key)(data.get("waits_for") or []):
        yield "waits_for", "waits_for must be a list of asset keys"


def _wrong_places(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    server = data.get("server")
    if not isinstance(server, dict) or not _is_place(server.get("host"), server.get("port")):
        yield "server", "server must be {host: <name>, port: <0 to 65535>}"
    environment = data.get("environment")
    places = [environment.get(key) for key in ("python", "working_directory")] if isinstance(environment, dict) else []
    if environment and not (places and all(_line(place) and place for place in places)):
        yield "environment", "environment must be {python: <path>, working_directory: <path>}"


def _line(value: Any) -> bool:
    """Text on one line that a terminal shows as it is."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and (not value or value.isprintable())


def _is_place(host: Any, port: Any) -> bool:
    return isinstance(host, str) and bool(_HOST.match(host)) and type(port) is int and 0 <= port <= 65535


def _graph_problems(data: Mapping[str, Any], name: str) -> Iterator[str]:
    """Say what in graph.json has another type than ours, at most once for each asset."""
    assets, automation = data.get("assets"), data.get("automation")
    if not isinstance(assets, dict) or not isinstance(automation, dict):
        yield "is not an asset graph: it needs assets and automation."
        return
    if not all(isinstance(value, str) for value in automation.values()):
        yield "is not an asset graph: automation must hold names and states."
    for key, asset in assets.items():
        if not _is_key(key):
            yield f"{ascii(key)[:80]} cannot be an asset key."
        elif not isinstance(asset, dict):
            yield f"the asset {key} must hold keys and values."
        elif asset.get("contract") and (key.split("/")[0] != name or name_problem(key.partition("/")[2])):
            yield f"{key} has a contract, and cannot be a dataset of {ascii(name)[1:-1]}."
        elif wrong := [field for field, value in asset.items() if not _fits(field, value)]:
            yield f"the asset {key} has a {ascii(wrong[0])[1:-1][:80]} of another type."


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_KEY and bool(_KEY.match(value))


def _fits(name: str, value: Any) -> bool:
    """Whether a field of an asset has its type; a field of a later release may have any."""
    return name not in _FIELDS or _FIELDS[name](value)


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_contract(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and value.keys() == {"version", "hash"} and all(map(_line, value.values()))


def _is_reads(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and all(map(_is_key, value)) and all(map(_list_of(_is_text), value.values()))


def _is_check(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"name", "blocking"}
        and isinstance(value["name"], str)
        and isinstance(value["blocking"], bool)
    )


_FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("deps", "whole"), _list_of(_is_key)),
    **dict.fromkeys(("kinds", "owners"), _list_of(_line)),
    **dict.fromkeys(("group", "description", "unsafe", "pool", "path"), _is_text),
    **dict.fromkeys(("executable", "internal"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("partitions", "freshness"), lambda value: value is None or isinstance(value, dict)),
    "checks": _list_of(_is_check),
    "contract": _is_contract,
    "reads": _is_reads,
}
