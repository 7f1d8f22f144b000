"""What is registered: one folder a location, read whole and written whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from platform_core.contracts.files import FOLDER, SUFFIX, contract_path, dataset_of
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import raise_errors
from platform_core.lineage import Graph, load_graph, save_graph
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.workspace.atomic import replace_folder, staging_folder
from platform_core.workspace.layout import Workspace

__all__ = ["Registration", "load_registry", "read_needs", "waiting_for", "write_registration"]

NEEDS, NEED_SUFFIX = "needs", ".yaml"
_GRAPH, _FILE = "graph.json", "location.yaml"


@dataclass(frozen=True)
class Registration:
    """One registered location.

    `repository` and `owner` are its identity. `source_hash` is over its files, `commit` the git commit they came from.
    `engine` is what its datasets are published on. `host` and `port` are its code server's; `python` and `root` say
    how the `local` profile starts that server, and are empty in the `server` profile, where nobody is told what to
    execute. `secrets` are the names of the variables it wants. `contracts` are the contract files, as bytes, by
    dataset; `needs` what it relies on from others, as bytes, by file name without its ending. `home` is the folder
    both lie in: the location's own for a new registration, the one in the workspace for a registered one.
    """

    name: str
    owner: str
    repository: str
    package: str
    python: str
    root: str
    description: str = ""
    contact: str = ""
    engine: str = DUCKDB_DELTA
    commit: str = ""
    source_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    host: str = "localhost"
    port: int = 0
    secrets: tuple[str, ...] = ()
    graph: Graph = field(default_factory=Graph)
    contracts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    needs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    home: Path = field(default_factory=Path, repr=False, compare=False)

    @property
    def version(self) -> str:
        """What tells two states of its code apart: its files, their commit, and the versions they run on."""
        return "-".join([self.source_hash, self.commit, *self.versions.values()])

    def as_data(self) -> dict[str, Any]:
        """Return what its location.yaml holds."""
        data: dict[str, Any] = {
            "name": self.name,
            "owner": self.owner,
            "repository": self.repository,
            "description": self.description,
            "contact": self.contact,
            "engine": self.engine,
            "commit": self.commit,
            "source_hash": self.source_hash,
            "package": self.package,
            "versions": dict(self.versions),
            "server": {"host": self.host, "port": self.port},
            "secrets": list(self.secrets),
        }
        if self.python:
            data["environment"] = {"python": self.python, "working_directory": self.root}
        return data


def load_registry(workspace: Workspace) -> dict[str, Registration]:
    """Read every registration, by name, in order. Raises PlatformError where one cannot be read."""
    folders = sorted(path.parent for path in workspace.locations.glob(f"*/{_FILE}"))
    return {folder.name: _load(folder) for folder in folders if not folder.name.startswith(".")}


def waiting_for(name: str, registry: Mapping[str, Registration]) -> tuple[str, ...]:
    """Return the upstreams of a location that nobody publishes yet; with any, it is pending."""
    published = {key for one in registry.values() for key, asset in one.graph.assets.items()}
    return tuple(key for key in registry[name].graph.external if key not in published)


def write_registration(workspace: Workspace, registration: Registration) -> None:
    """Put the registration in the place of the former one, in one step. Call it under the workspace's lock."""
    folder = workspace.locations / registration.name
    staged = staging_folder(folder)
    text = yaml.safe_dump(registration.as_data(), sort_keys=False, allow_unicode=True, width=120)
    (staged / _FILE).write_text(text, encoding="utf-8")
    save_graph(registration.graph, staged / _GRAPH)
    (staged / FOLDER).mkdir()
    for dataset, content in sorted(registration.contracts.items()):
        contract_path(staged, dataset).write_bytes(content)
    if registration.needs:
        (staged / NEEDS).mkdir()
    for name, content in sorted(registration.needs.items()):
        (staged / NEEDS / f"{name}{NEED_SUFFIX}").write_bytes(content)
    replace_folder(staged, folder)


def _load(folder: Path) -> Registration:
    """Read a registration as it was at one moment: read again when it was replaced meanwhile."""
    while True:
        inode = folder.stat().st_ino
        try:
            found = _read(folder)
        except (OSError, PlatformError):
            if folder.stat().st_ino == inode:
                raise
            continue
        if folder.stat().st_ino == inode:
            return found


def _read(folder: Path) -> Registration:
    document = load_document(folder / _FILE)
    raise_errors(f"{folder.name} is not readable as a registration:", document.problems)
    data = document.data
    try:
        if data["name"] != folder.name:
            raise ValueError(f"it says name: {data['name']}")
        environment = data.get("environment")
        return Registration(
            name=data["name"],
            owner=data["owner"],
            repository=data["repository"],
            package=data["package"],
            python=environment["python"] if environment else "",
            root=environment["working_directory"] if environment else "",
            description=data.get("description") or "",
            contact=data.get("contact") or "",
            engine=data.get("engine") or DUCKDB_DELTA,
            commit=data.get("commit") or "",
            source_hash=data.get("source_hash") or "",
            versions=data.get("versions") or {},
            host=data["server"]["host"],
            port=int(data["server"]["port"]),
            secrets=tuple(str(name) for name in data.get("secrets") or ()),
            graph=load_graph(folder / _GRAPH),
            contracts=_contracts(folder / FOLDER),
            needs=read_needs(folder),
            home=folder,
        )
    except (KeyError, TypeError, ValueError) as error:
        problem = f"has no {error}" if isinstance(error, KeyError) else str(error)
        hint = "It is written by `platformctl register`: register the location again, or take the file from git."
        raise PlatformError(f"is not a registration: {problem}.", Where(folder / _FILE), hint) from error


def read_needs(root: Path) -> dict[str, bytes]:
    """Return the files in the needs folder of a location, or of a registration, by name without its ending."""
    return {path.stem: path.read_bytes() for path in sorted((root / NEEDS).glob(f"*{NEED_SUFFIX}"))}


def _contracts(folder: Path) -> dict[str, bytes]:
    return {dataset_of(path): path.read_bytes() for path in sorted(folder.glob(f"*{SUFFIX}"))}
