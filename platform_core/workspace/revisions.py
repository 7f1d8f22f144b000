"""The contracts that two words of a command line name: files, folders, git revisions, what is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from platform_core import clock
from platform_core.adapters.git import Git
from platform_core.contracts.checked import memory
from platform_core.contracts.files import FOLDER, SUFFIX
from platform_core.contracts.lint.local import local_findings
from platform_core.contracts.load import contract_files
from platform_core.contracts.model import Contract, parse_contract
from platform_core.documents import Document, load_document, read_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, raise_errors
from platform_core.lineage import Graph
from platform_core.lineage.comparison import Comparison, compare
from platform_core.locations import FILE_NAME, Location, find_root, load_location
from platform_core.workspace.exempting import after_exemptions
from platform_core.workspace.gate.changing import readers_of
from platform_core.workspace.gate.deprecations import announcements, successors
from platform_core.workspace.gate.removal import removals
from platform_core.workspace.gate.world import Case, World
from platform_core.workspace.layout import Workspace
from platform_core.workspace.registration import Registration
from platform_core.workspace.registry import load_registry
from platform_core.workspace.terms import contract_of

__all__ = ["Revisions", "Side"]


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its contracts by dataset, and the registered location they are of, where that is said.

    `one` when a single contract was named: it is held against the other single one, whatever either is called.
    """

    contracts: Mapping[str, Contract]
    one: bool = False
    location: str = ""


@dataclass(frozen=True)
class Revisions:
    """Finds contracts for the location around `here`, and compares them.

    `here` is a folder, or a file in it. Words of the command line are read from the current folder.
    """

    here: Path
    workspace: Workspace | None = None

    @cached_property
    def root(self) -> Path | None:
        """The root of the location that `here` stands in; None outside."""
        folders = (self.here, *self.here.parents)
        return next((folder for folder in folders if (folder / FILE_NAME).is_file()), None)

    @cached_property
    def registry(self) -> Mapping[str, Registration]:
        return load_registry(self.workspace) if self.workspace else {}

    @property
    def _folder(self) -> Path:
        return self.root or (self.here if self.here.is_dir() else self.here.parent)

    @cached_property
    def location(self) -> Location | None:
        return load_location(self.root) if self.root else None

    def side(self, word: str) -> Side:
        """Return the contracts that `word` names.

        A file, a folder, `REVISION:PATH` or `REVISION` of git (the location's contracts, or that file of the other
        side), or `location/dataset` as registered. Raises PlatformError when it names nothing, FindingsError when a
        contract is not sound.
        """
        path = Path(word)
        if path.exists():
            place = path / FOLDER if (path / FILE_NAME).is_file() else path
            found = contract_files([place]) if place.exists() else []
            if not found:
                raise PlatformError(f"there is no contract here (*{SUFFIX}).", Where(place), "Name another folder.")
            return _files(found, one=path.is_file())
        revision, colon, inside = word.partition(":")
        if self._is_revision(revision):
            return self._at(revision, inside if colon else "", whole=not colon)
        if registered := self._registered(word):
            return registered
        hint = "Name a file, a folder, a revision of git (main, main:contracts/orders.odcs.yaml)"
        hint += " or a registered location/dataset." if self.workspace else "; or a workspace, for what is registered."
        raise PlatformError("there is no such contract.", Where(Path(word)), hint)

    def own(self) -> Side:
        """Return the contracts of the location as they lie there. Raises PlatformError outside a location."""
        folder = find_root(self.here) / FOLDER
        return _files(contract_files([folder]) if folder.is_dir() else [])

    def registered(self) -> Side:
        """Return what the location has registered. Raises PlatformError without a workspace, or when it has nothing."""
        if self.workspace is None:
            hint = "Use --workspace DIR, set PLATFORM_WORKSPACE, or say what to compare: a revision, two files."
            raise PlatformError("no workspace is named: with what is it to be compared?", hint=hint)
        name = load_location(find_root(self.here)).name
        one = self.registry.get(name)
        if one is None:
            hint = "There is nothing to compare with before the first `platformctl register`."
            raise PlatformError(f"{name} is not registered.", Where(self.workspace.root), hint)
        found = {dataset: contract_of(one, dataset) for dataset in one.contracts}
        return Side({dataset: contract for dataset, contract in found.items() if contract}, location=name)

    def compare(self, old: Side, new: Side) -> tuple[Comparison, ...]:
        """Judge each contract of `new` against that of `old`, by dataset; two single ones against each other.

        Where the workspace knows the dataset, those who read it are evidence.
        """
        home = old.location or new.location or (self.location.name if self.location else "")
        pairs: list[tuple[Contract | None, Contract | None]]
        if old.one and new.one:
            pairs = list(zip(old.contracts.values(), new.contracts.values(), strict=True))
        else:
            named = new.contracts if new.one else old.contracts if old.one else {**old.contracts, **new.contracts}
            pairs = [(old.contracts.get(name), new.contracts.get(name)) for name in sorted(named)]
        compared = tuple(self._compare(home, before, after) for before, after in pairs)
        ends = self._ends(old.location, new) if old.location and self.location else None
        if ends is not None:
            mine = {one.subject: tuple(end for end in ends if end.subject == one.subject) for one in compared}
            compared = tuple(replace(one, ends=mine[one.subject]) for one in compared)
        own = self.location is not None and self.location.name == home
        return tuple(map(self._exempted, compared)) if own else compared

    def _exempted(self, one: Comparison) -> Comparison:
        """Apply the exemptions of this location. What is wrong with them, `check` says."""
        found, name = one.findings, one.subject.partition("/")[0]
        after = after_exemptions(found, name, clock.today(), root=self.root, workspace=self.workspace)
        return replace(one, exempted=after[: len(found)])

    def _ends(self, home: str, new: Side) -> list[Finding] | None:
        """Return what the gate says of ends of life when this location registers `new`; None for another's contract."""
        if self.workspace is None or self.root is None or not self.location or self.location.name != home:
            return None
        registered = self.registry[home]
        contracts = {name: one.document.path.read_bytes() for name, one in new.contracts.items() if _is_file(one)}
        if new.one:
            contracts = {**registered.contracts, **contracts}
        graph = registered.graph
        assets = {key: at for key, at in graph.assets.items() if at.contract is None or key.split("/")[-1] in contracts}
        fresh = replace(registered, contracts=contracts, graph=Graph(assets, graph.automation), home=self.root)
        world = World({**self.registry, home: fresh})
        case = Case(fresh, registered, world, clock.today(), self.workspace.settings.deprecation, False)
        found = [*announcements(case), *successors(case), *removals(registered, fresh, world, case.today)]
        return [one if one.owner else replace(one, owner=registered.owner) for one in found]

    def _compare(self, home: str, old: Contract | None, new: Contract | None) -> Comparison:
        contract = new or old
        assert contract is not None  # noqa: S101 - a pair holds one at least
        key = f"{home}/{(old or contract).dataset}" if home else contract.dataset
        one = self.registry.get(home)
        owner = self.location.owner if self.location and self.location.name == home else one.owner if one else ""
        known = one is not None and (old or contract).dataset in one.contracts
        readers = list(readers_of(key, self._world)) if known else None
        return compare(key, owner or contract.owner, old, new, readers=readers)

    @cached_property
    def _world(self) -> World:
        return World(self.registry)

    def _registered(self, word: str) -> Side | None:
        location, _, dataset = word.partition("/")
        one = self.registry.get(location)
        contract = contract_of(one, dataset) if one else None
        return Side({dataset: contract}, one=True, location=location) if contract else None

    def _is_revision(self, word: str) -> bool:
        if not word:
            return False
        asked = Git(self._folder).ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
        return asked.code == 0

    def _at(self, revision: str, inside: str, *, whole: bool) -> Side:
        """Return what stands in git at a revision: one file, or with `whole` the location's contracts."""
        git, names = Git(self._folder), [inside]
        if whole:
            listed = git.run("ls-tree", "-z", "--name-only", revision, "--", f"{FOLDER}/")
            names = [name for name in listed.split("\0") if name.endswith(SUFFIX)]
        documents = [self._show(git, revision, name) for name in names]
        return _side(documents, [found for document in documents for found in local_findings(document)], one=not whole)

    def _show(self, git: Git, revision: str, name: str) -> Document:
        shown = git.ask("show", "--end-of-options", f"{revision}:./{name}")
        if shown.code:
            hint = f"git show {revision}:./{name} says: {shown.said}"
            raise PlatformError(f"is not in {revision}.", Where(Path(name)), hint)
        return read_document(Path(f"{revision}:{name}"), shown.out.encode())


def _files(paths: list[Path], one: bool = False) -> Side:
    remembered = memory()
    findings = [found for path in paths for found in remembered.check(path).findings]
    remembered.save()
    return _side([load_document(path) for path in paths], findings, one=one)


def _side(documents: list[Document], findings: list[Finding], *, one: bool) -> Side:
    # What a file is called matters where it lies in a location, and not here: old.odcs.yaml is as good as any.
    problems = [finding for finding in findings if finding.id != "file-name"]
    raise_errors("Only sound contracts can be compared:", problems)
    contracts = [parse_contract(document) for document in documents]
    return Side({contract.dataset: contract for contract in contracts}, one)


def _is_file(contract: Contract) -> bool:
    return contract.document.path.is_file()  # else it is one of git's
