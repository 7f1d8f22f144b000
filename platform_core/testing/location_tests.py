"""The tests every location has: what each of its contracts must stand up to, and that its definitions load."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from platform_core.contracts import FOLDER, SUFFIX, Contract, dataset_of, lint_paths, load_contract
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError, exit_code
from platform_core.locations import load_location
from platform_core.names import AssetId, name_problem
from platform_core.testing import computed, promises
from platform_core.testing.dbt_projects import DbtRehearsals, check_model, check_rerun
from platform_core.testing.inputs import Inputs
from platform_core.testing.neighbours import Neighbours
from platform_core.testing.proof import Bench, check_sample, prove
from platform_core.testing.rerun.proof import Prover
from platform_core.testing.runs import inputs_of, load
from platform_core.testing.sampled import sample_for
from platform_core.testing.samples import made_up_references, rows_of
from platform_core.testing.tables import case_files, read_table, sample_file

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset

__all__ = ["Facts", "LocationUnderTest"]

Facts = dict[str, Any]
Test = Callable[[], "tuple[Facts, list[Finding]]"]


class LocationUnderTest:
    """A location in the folder `root`. What does not load fails one test, not all."""

    def __init__(self, root: Path, reruns: bool = True) -> None:
        self.root, self.reruns = root, reruns
        self._prover = Prover(root)
        source = str(root / "src")
        if source not in sys.path:  # where the location is not installed
            sys.path.insert(0, source)

    def close(self) -> None:
        """End the processes that a proof has started."""
        self._prover.close()
        if "_dbt" in self.__dict__:
            self._dbt.close()

    def tests_of(self, path: Path) -> Iterator[tuple[str, Test]]:
        """Yield the tests of a file by name: location.yaml, or a contract."""
        if path.name == "location.yaml":
            yield "definitions", self._definitions
            return
        found = lint_paths([path])
        yield "lint", lambda: ({}, found)
        if exit_code(found):
            return  # nothing can be said of a contract that cannot be read
        yield "promises", lambda: self._promises(path)
        yield "sample", lambda: self._sample(path)
        yield "rules", lambda: self._rules(path)
        if self._is_derived(path) or self._is_model(path):
            yield "run", lambda: self._run(path)
        if self.reruns and (self._is_declared(path) or self._is_model(path)):
            yield "rerun", lambda: self._rerun(path)

    @cached_property
    def _name(self) -> str:
        try:
            return load_location(self.root).name
        except PlatformError:  # its own test says so; the contracts can be tested all the same
            packages = sorted(path.parent.name for path in self.root.glob("src/*/definitions.py"))
            return packages[0] if packages and not name_problem(packages[0]) else "location"

    @cached_property
    def _samples(self) -> Inputs:
        """Samples by the contracts alone: the rest of the location may be broken."""
        paths = sorted((self.root / FOLDER).glob(f"*{SUFFIX}"))
        contracts = {}
        for path in paths:
            try:
                contract = load_contract(path)
            except PlatformError:
                continue  # its own lint says so
            contracts[contract.dataset] = contract
        return Inputs(self.root, self._name, contracts, Neighbours(self.root))

    def _definitions(self) -> tuple[Facts, list[Finding]]:
        promises.load_definitions(self.root, self._name)
        return {}, []

    def _promises(self, path: Path) -> tuple[Facts, list[Finding]]:
        return {}, list(promises.missing_promises(load_contract(path), load_location(self.root)))

    def _bench(self, contract: Contract) -> Bench:
        """Lay out what the keys of a sample point to: samples of those datasets, else just the keys it has."""
        asset = AssetId(self._name, contract.dataset)
        known = self._samples.references(asset) if contract.dataset in self._samples.contracts else {}
        if path := sample_file(self.root, contract.dataset):
            base = read_table(path, contract)  # its keys are real ones: they fit samples of the team's alone
            given = self._samples.given
            known = {name: table for name, table in known.items() if AssetId.parse(name, self._name) in given}
        else:
            base = rows_of(contract, 20, references=known)
        references = {**made_up_references(contract, base), **known}
        references.pop(str(asset), None)
        return Bench(contract, self._name, references)

    def _sample(self, path: Path) -> tuple[Facts, list[Finding]]:
        contract = load_contract(path)
        with self._bench(contract) as bench:
            sample = sample_for(bench, self.root)
            findings = check_sample(bench, sample.table, sample.path, sample.whole)
        failed = any(finding.level == "error" for finding in findings)
        return {"sample": "fails" if failed else "ok"}, findings

    def _rules(self, path: Path) -> tuple[Facts, list[Finding]]:
        contract = load_contract(path)
        folder = self.root / "tests" / "violations" / contract.dataset
        cases = {name: read_table(file, contract) for name, file in case_files(self.root, contract.dataset).items()}
        with self._bench(contract) as bench:
            proof = prove(bench, sample_for(bench, self.root).small, cases, folder)
        return {"rules": proof.rules, "proven": proof.proven}, list(proof.findings)

    def _is_derived(self, path: Path) -> bool:
        dataset = dataset_of(path)
        folder = self.root / "src" / self._name / "defs" / dataset
        return any(folder.glob("*.sql")) or (folder / f"{dataset}.py").is_file()

    def _is_model(self, path: Path) -> bool:
        """Whether it is one of a dbt project's, as far as can be told without loading one."""
        if self._is_declared(path):
            return False
        return any(b"DbtProject" in file.read_bytes() for file in self.root.glob("src/*/defs/*/defs.yaml"))

    @cached_property
    def _dbt(self) -> DbtRehearsals:
        loaded = load(self.root)
        return DbtRehearsals(loaded, inputs_of(loaded))

    def _run(self, path: Path) -> tuple[Facts, list[Finding]]:
        dataset = self._dataset(path)
        if dataset is not None and dataset.declaration.kind == "dbt":
            return check_model(dataset, self._dbt)
        if dataset is None or not dataset.inputs:
            return {"run": "not tried: it has no inputs"}, []
        return computed.check_run(dataset, inputs_of(load(self.root)))

    def _is_declared(self, path: Path) -> bool:
        return (self.root / "src" / self._name / "defs" / dataset_of(path)).is_dir()

    def _rerun(self, path: Path) -> tuple[Facts, list[Finding]]:
        dataset = self._dataset(path)
        if dataset is None:
            return {}, []
        if dataset.unsafe:  # making it twice is what its team warns of
            return {"rerun": "unsafe", "skipped": f"a re-run is unsafe: {dataset.unsafe}"}, []
        if dataset.declaration.kind == "dbt":
            return check_rerun(dataset, self._dbt)
        if dataset.declaration.kind == "python" and not dataset.inputs:
            return {"rerun": "not tried: it has no inputs"}, []  # it asks somebody outside, who is not there in a test
        return self._prover.prove(dataset, inputs_of(load(self.root)))

    def _dataset(self, path: Path) -> Dataset | None:
        try:
            loaded = load(self.root)
        except FindingsError:
            pytest.skip("the location does not load: see location.yaml::definitions")
        name = dataset_of(path)
        return next((one for one in loaded.datasets if one.asset.dataset == name), None)
