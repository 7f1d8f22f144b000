"""One registered location, and the files it is written as."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from platform_core.contracts.files import FOLDER, SUFFIX
from platform_core.errors import Where
from platform_core.exemptions import Exemption
from platform_core.lineage import Graph
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.workspace.folder import FILE, GRAPH, NEED_SUFFIX, NEEDS
from platform_core.workspace.seal import seal_of

__all__ = ["Registration", "registration_files"]


@dataclass(frozen=True)
class Registration:
    """One registered location.

    `repository` and `owner` are its identity. `source_hash` is over its files, `commit` the git commit they came from.
    `engine` is what its datasets are published on. `host` and `port` are its code server's; `python` and `root` say
    how the `local` profile starts that server, and are empty in the `server` profile, where nobody is told what to
    execute. `secrets` are the names of the variables it wants. `contracts` are the contract files, as bytes, by
    dataset; `needs` what it relies on from others, as bytes, by file name without its ending. `home` is the folder
    both lie in: the location's own for a new registration, the one in the workspace for a registered one.
    `exemptions` are those its location.yaml asks for; `waits_for` the upstreams that nobody published when it came.
    `lines` say on which line of a new registration's location.yaml each of its keys stands. Not `sealed` is one that an
    earlier release wrote.
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
    exemptions: tuple[Exemption, ...] = ()
    waits_for: tuple[str, ...] = ()
    home: Path = field(default_factory=Path, repr=False, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    sealed: bool = field(default=True, repr=False, compare=False)

    @property
    def version(self) -> str:
        """What tells two states of its code apart: its files, their commit, and the versions they run on."""
        return "-".join([self.source_hash, self.commit, *self.versions.values()])

    def where(self, key: str) -> Where:
        """Return the place of a key of its location.yaml; its first line where that does not say it."""
        return Where(self.home / FILE, self.lines.get(key, 1))

    def as_data(self) -> dict[str, Any]:
        """Return what its location.yaml holds, but for the seal."""
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
        if self.waits_for:
            data["waits_for"] = list(self.waits_for)
        if self.exemptions:
            data["exemptions"] = [one.as_data() for one in self.exemptions]
        return data


def registration_files(one: Registration) -> dict[str, bytes]:
    """Return the files of the registration by relative path: the same registration gives the same bytes."""
    # As lineage.save_graph writes it: a change of one asset is a change of its lines.
    graph = json.dumps(one.graph.as_data(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    files = {GRAPH: graph.encode("utf-8")}
    files |= {f"{FOLDER}/{dataset}{SUFFIX}": raw for dataset, raw in sorted(one.contracts.items())}
    files |= {f"{NEEDS}/{name}{NEED_SUFFIX}": raw for name, raw in sorted(one.needs.items())}
    data = one.as_data()
    data["seal"] = seal_of(data, files)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    return {FILE: text.encode("utf-8"), **files}
