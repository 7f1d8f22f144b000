"""The dbt projects of a location, with all that judging them needs: their manifests and contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from platform_core.components.dbt.manifest import Manifest, Model, Source
from platform_core.components.dbt.preparing import prepare
from platform_core.components.engine import engine_at
from platform_core.contracts import FOLDER, SUFFIX, Contract, contract_path, dataset_of, load_contract
from platform_core.documents import load_document
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError
from platform_core.locations import Location, load_location
from platform_core.locations.engines import POSTGRES
from platform_core.names import AssetId
from platform_core.onboarding.dbt.built import Built, built, remembered
from platform_core.onboarding.dbt.promises import Promises, promises_of, source_asset
from platform_core.testing.neighbours import Neighbours

__all__ = ["COMPONENTS", "Project", "project_folders", "projects_of", "the_model"]

COMPONENTS = ("platform_core.DbtProject", "platform_core.components.DbtProject")


@dataclass(frozen=True)
class Project:
    """One dbt project of the location in `root`."""

    root: Path
    location: Location
    manifest: Manifest
    variables: str = ""  # dbt's --vars, as JSON
    _contracts: dict[str, Contract] = field(default_factory=dict, repr=False)

    @cached_property
    def published(self) -> frozenset[str]:
        """The datasets of the location that have a contract, sound or not."""
        return frozenset(dataset_of(path) for path in (self.root / FOLDER).glob(f"*{SUFFIX}"))

    @cached_property
    def dialect(self) -> str:
        """What the models are written in: duckdb, or postgres where the location publishes in a database."""
        return "postgres" if engine_at(self.root, self.location.name) == POSTGRES else "duckdb"

    def contract(self, model: Model) -> Contract | None:
        """Return the contract of a model; None when it has none, or one that cannot be read (its own lint says so)."""
        path = contract_path(self.root, model.dataset)
        if model.dataset not in self._contracts and path.is_file():
            try:
                self._contracts[model.dataset] = load_contract(path)
            except PlatformError:
                return None
        return self._contracts.get(model.dataset)

    def promises(self, model: Model, published: frozenset[str] | None = None) -> Promises:
        """Return what the project says of a model, where the datasets `published` have a contract (as it is now)."""
        return promises_of(model, self.manifest, self.location.name, self.published if published is None else published)

    @cached_property
    def sources(self) -> tuple[Mapping[str, Contract], tuple[Finding, ...]]:
        """The contracts of what the project reads, by unique id of the source, and a finding for each unknown one."""
        neighbours = Neighbours(self.root)
        found: dict[str, Contract] = {}
        findings: list[Finding] = []
        for source in self._read():
            try:
                asset = AssetId.parse(source_asset(source))
                own = contract_path(self.root, asset.dataset)
                if asset.location == self.location.name and own.is_file():
                    found[source.unique_id] = load_contract(own)
                else:
                    found[source.unique_id] = neighbours.contract(asset)
            except FindingsError as error:
                findings += error.findings
            except PlatformError as error:
                subject, message = source_asset(source), f"source {source.source_name}.{source.name}: {error.message}"
                place = source.where()
                findings.append(Finding("unknown-upstream", "error", subject, message, fix=error.hint, where=place))
        return found, tuple(findings)

    def _read(self) -> Iterator[Source]:
        """Only sources that something reads: others are notes."""
        used = {name for model in self.manifest.models.values() for name in model.depends_on}
        used |= {name for test in self.manifest.tests.values() for name in test.depends_on}
        return (source for source in self.manifest.sources.values() if source.unique_id in used)

    def built(self) -> Built:
        """Return what the models are when built. Raises FindingsError naming every source whose contract is unknown."""
        contracts, unknown = self.sources
        if unknown:
            raise FindingsError("What the dbt project reads is not known here:", unknown)
        return built(self.manifest, self.location.name, contracts, self.variables)

    def remembered(self) -> Built | None:
        """Return the same where it is known without a build."""
        contracts, unknown = self.sources
        return None if unknown else remembered(self.manifest, self.location.name, contracts, self.variables)


def project_folders(root: Path) -> dict[Path, str]:
    """Return the folders of the dbt projects that a location declares in `defs/`, each with its variables as JSON."""
    found: dict[Path, str] = {}
    for file in sorted(root.glob("src/*/defs/*/defs.yaml")):
        if b"DbtProject" not in file.read_bytes():
            continue
        data = load_document(file).data
        if isinstance(data, dict) and data.get("type") in COMPONENTS:
            given = data.get("attributes")
            attributes = given if isinstance(given, dict) else {}
            variables = attributes.get("vars")
            said = json.dumps(variables, sort_keys=True, default=str) if variables else ""
            found[root / str(attributes.get("project") or "dbt")] = said
    return found


def projects_of(root: Path) -> list[Project]:
    """Return the dbt projects of the location in `root`, parsed by dbt where that is needed.

    Raises FindingsError when one does not parse, PlatformError when dbt is missing or a folder is.
    """
    folders = project_folders(root)
    location = load_location(root) if folders else Location("", "")
    return [Project(root, location, prepare(folder, location.name), variables) for folder, variables in folders.items()]


def the_model(projects: list[Project], name: str) -> tuple[Project, Model]:
    """Return the model, seed or snapshot called `name` with its project; of several versions, the last.

    Raises PlatformError when there is none.
    """
    every = [(project, model) for project in projects for model in project.manifest.models.values()]
    found = [pair for pair in every if pair[1].dataset == name]
    found = found or sorted((pair for pair in every if pair[1].name == name), key=lambda pair: pair[1].version)
    if not found:
        known = sorted(model.dataset for _, model in every)
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known) or 'none'}."
        raise PlatformError(f"the dbt project has no model '{name}'.", None, hint)
    return found[-1]
