"""The audit shown to notice: a good sample passes every rule of a contract, and what breaks a rule is caught by it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.audit import Check, Outcome, notes, plan
from platform_core.contracts import Contract
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.resources.warehouse import declared_columns
from platform_core.sql import Relation
from platform_core.testing.matching import meant_by
from platform_core.testing.violations import HELD, Violation, violations

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Bench", "Proof", "check_sample", "prove"]

References = Mapping[str, "pyarrow.Table"]


@dataclass(frozen=True)
class Proof:
    """`proven` of `rules` rules were shown to fail on data that breaks them; `findings` say which were not."""

    rules: int
    proven: int
    findings: tuple[Finding, ...]


@dataclass
class Bench:
    """Where tables of one contract are put before the audit. `location` publishes the dataset."""

    contract: Contract
    location: str
    references: References
    _folder: Any = field(default_factory=tempfile.TemporaryDirectory)
    _files: int = 0

    def __enter__(self) -> Bench:
        import duckdb

        self._connection = duckdb.connect(config={"threads": 2})
        self._connection.execute("SET TimeZone = 'UTC'")
        self.checks = plan(self.contract, self.location)
        self._known = {self._full(name): self._stored(table) for name, table in self.references.items()}
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._folder.cleanup()

    def audit(
        self, table: pyarrow.Table, checks: tuple[Check, ...] | None = None, as_is: bool = False
    ) -> tuple[Outcome, ...]:
        """Audit `table` as if it were the delivery, by all checks or those given.

        A delivery is read in the declared types, as the door reads it; `as_is`: in the types it has.
        """
        from platform_core.audit.duckdb import audit

        checks = self.checks if checks is None else checks
        staged = self._stored(table, {} if as_is else declared_columns(self.contract))
        result = audit(self._connection, checks, staged, references=self._known)
        return result.outcomes

    def _full(self, name: str) -> str:
        return name if "/" in name else f"{self.location}/{name}"

    def _stored(self, table: pyarrow.Table, columns: Mapping[str, str] | None = None) -> Relation:
        from pyarrow import parquet

        path = Path(self._folder.name) / f"{self._files}.parquet"
        self._files += 1
        parquet.write_table(table, path)
        return Relation.of([path], columns)


def check_sample(bench: Bench, sample: pyarrow.Table, path: Path | None = None, whole: bool = True) -> list[Finding]:
    """Return a finding for each rule that a sample breaks. `path` is the file of a team's own sample.

    A sample that is not `whole` is a piece of a delivery: how many rows that has is not asked of it.
    """
    found = []
    for outcome in bench.audit(sample):
        if not outcome.passed and (whole or outcome.check.kind != "row_count"):
            own = "Mend the sample, or the rule." if path else _OWN_SAMPLE.format(bench.contract.dataset)
            level: Level = "error" if outcome.severity == "error" else "warning"
            text = f"the sample breaks the rule {outcome.check.name}: {outcome.message}."
            where = Where(path) if path else outcome.check.where
            found.append(Finding("sample-breaks-rule", level, bench.contract.dataset, text, "", own, where))
    return found


_OWN_SAMPLE = "No sample could be made that satisfies it: put one in tests/samples/{}.csv."


def prove(bench: Bench, sample: pyarrow.Table, cases: Mapping[str, pyarrow.Table], folder: Path) -> Proof:
    """Break every rule once and see that the audit says so.

    `sample` satisfies the contract. `cases` are a team's own tables by the name of the rule each breaks, from `folder`.
    """
    findings, proven, held = [], set(), set()
    for violation in violations(bench.contract, sample, bench.references):
        meant = meant_by(violation, bench.checks, bench.contract)
        as_is = violation.rule in ("present", "type")
        caught = _caught(bench, violation.table, meant, as_is) if violation.table is not None else set()
        proven |= caught
        if violation.reason == HELD:
            held |= {check.name for check in meant}
        if violation.table is not None and not caught:
            findings.append(_missed(bench.contract, violation))
    by_name = {check.name: check for check in bench.checks}
    for name, table in cases.items():
        if name not in by_name:
            findings.append(_stray(bench.contract, name, folder, sorted(by_name)))
        elif caught := _caught(bench, table, (by_name[name],)):
            proven |= caught
        else:
            findings.append(_harmless(bench.contract, by_name[name], folder))
    proven |= held
    named = {finding.subject for finding in findings}
    unproven = [c for c in bench.checks if c.name not in proven and f"{bench.contract.dataset}.{c.name}" not in named]
    findings += [_unproven(bench.contract, check, folder) for check in unproven]
    return Proof(len(bench.checks), len(proven), (*findings, *notes(bench.contract)))


def _caught(bench: Bench, table: pyarrow.Table, checks: tuple[Check, ...], as_is: bool = False) -> set[str]:
    if not as_is and all(check.columns and check.kind != "foreign_key" for check in checks):
        needed = {column for check in checks for column in check.columns}  # a wide table is written for every rule
        table = table.select([name for name in table.column_names if name in needed])
    outcomes = bench.audit(table, checks, as_is)
    return {outcome.check.name for outcome in outcomes if not outcome.passed and not outcome.error}


def _missed(contract: Contract, violation: Violation) -> Finding:
    what = ".".join(violation.path) or contract.dataset
    text = f"data that breaks '{violation.rule}' of {what} passes the audit."
    fix = "This is a fault of platform_core: please report it with the contract."
    return Finding("not-caught", "error", contract.dataset, text, "", fix, contract.where(*violation.keys))


def _stray(contract: Contract, name: str, folder: Path, known: list[str]) -> Finding:
    fix = f"Name the file after one of: {', '.join(known)}."
    text = f"{contract.dataset} has no rule {name}."
    return Finding("case-without-rule", "error", f"{contract.dataset}.{name}", text, "", fix, Where(folder))


def _harmless(contract: Contract, check: Check, folder: Path) -> Finding:
    text = f"the case {check.name} does not break its rule: {check.description}."
    fix = f"Put data that breaks it in {_short(folder)}/{check.name}.csv, or mend the rule."
    return Finding("harmless-case", "error", f"{contract.dataset}.{check.name}", text, "", fix, check.where)


def _unproven(contract: Contract, check: Check, folder: Path) -> Finding:
    text = f"unproven: nothing shows that the rule {check.name} can fail."
    why = "A check that cannot fail is not a check."
    fix = f"Put a few rows that break it in {_short(folder)}/{check.name}.csv."
    return Finding("unproven", "error", f"{contract.dataset}.{check.name}", text, why, fix, check.where)


def _short(folder: Path) -> str:
    """tests/violations/<dataset>, as seen from the location's folder."""
    return "/".join(folder.parts[-3:])
