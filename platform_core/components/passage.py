"""The way through the door: read, compute, stage, audit, publish or refuse, one partition after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from platform_core.audit import Check, Outcome
from platform_core.audit.reasons import refusal_reason
from platform_core.checks import DELIVERY, NOT_EMPTY
from platform_core.components.dataset import Dataset
from platform_core.components.files.landing import LandingFolder
from platform_core.components.production import Source, produce, source_of
from platform_core.components.readings import Reading, Upstream, fix_inputs, read_inputs, read_references, versions
from platform_core.components.standing import refuse_rerun
from platform_core.findings import FindingsError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.engine import Snapshot, Stage, Table
from platform_core.resources.warehouse import (
    BaseMoved,
    CheckRecord,
    Publication,
    PublicationRecord,
    Refusal,
    SchemaChange,
)

__all__ = ["Door", "Passage", "Verdict", "pass_through"]

_NOT_DONE = "not evaluated: the delivery could not be read"


@dataclass(frozen=True)
class Verdict:
    """How it ended: with a publication or with a refusal, and the outcome of every check.

    `healed` says that a refusal stood before this publication.
    """

    partition: str | None
    outcomes: tuple[Outcome, ...]
    publication: Publication | None = None
    refusal: Refusal | None = None
    healed: bool = False

    @property
    def broken(self) -> dict[str, int | None]:
        """The rules that refuse it, with the number of rows that break each."""
        return {
            outcome.check.name: outcome.violations
            for outcome in self.outcomes
            if outcome.refuses and outcome.error != _NOT_DONE
        }


def pass_through(
    dataset: Dataset, catalog: Catalog, partition: str | None, run_id: str, again: bool = False
) -> Verdict:
    """Take one partition through the door; see `Door.pass_through`."""
    return Door(dataset, catalog, run_id, again).pass_through(partition)


class Door:
    """The door of one dataset during one run. What is the same for all of its partitions is read once.

    So all of them are made of the same versions of their inputs: what is published meanwhile asks for another run.
    `again` computes even what is not safe to compute again.
    """

    def __init__(self, dataset: Dataset, catalog: Catalog, run_id: str, again: bool = False) -> None:
        self.dataset, self.catalog, self.run_id, self.again = dataset, catalog, run_id, again
        self.table: Table = catalog.table(dataset.asset)
        self.landing = LandingFolder(catalog.landing_folder(dataset.asset.location))

    @cached_property
    def _inputs(self) -> tuple[Upstream, ...]:
        return fix_inputs(self.dataset, self.catalog)

    @cached_property
    def _references(self) -> Mapping[AssetId, Reading]:
        return read_references(self.dataset, self.catalog)

    @cached_property
    def _refused(self) -> frozenset[str | None]:
        return frozenset(self.table.standing_refusals())

    def pass_through(self, partition: str | None) -> Verdict:
        """Take one partition through the door.

        Raises Waiting when something it needs was never published, Standing for an unsafe re-run, and whatever stops
        the computation itself: in all cases nothing was judged, published or refused.
        """
        readings = read_inputs(self.dataset, self.catalog, partition, self._inputs)
        references = self._references
        source = source_of(self.dataset, self.landing, partition, readings)
        if self.dataset.unsafe and not self.again:
            refuse_rerun(self.dataset, partition, source.hash, self.table.current().get(partition))

        def write(stage: Stage) -> None:
            produce(self.dataset, source, stage, readings, partition)

        passage = Passage(self.dataset, self.table, partition, self.run_id, source, readings, references, write)
        return passage.through(healed=partition in self._refused)


@dataclass
class Passage:
    """One delivery's way: `write` writes it to a stage; `told` are outcomes that were found elsewhere, by check."""

    dataset: Dataset
    table: Table
    partition: str | None
    run_id: str
    source: Source
    readings: Mapping[AssetId, Reading]
    references: Mapping[AssetId, Reading]
    write: Callable[[Stage], None]
    told: Mapping[str, Outcome] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = field(default=())

    def through(self, healed: bool = False) -> Verdict:
        """Stage, audit, publish or refuse. `healed` says that a refusal stands until then."""
        with self.table.stage(self.partition, self.run_id) as stage:
            self.judge(stage)
            if not self.refused:
                try:
                    publication = self.table.publish(stage, self.record, lambda now: self.still_holds(stage, now))
                    return Verdict(self.partition, self.outcomes, publication, healed=healed)
                except BaseMoved:
                    pass  # the outcomes now say which rule
                except SchemaChange as error:
                    self.outcomes = tuple(_misfit(outcome, error) for outcome in self.outcomes)
            verdict = Verdict(self.partition, self.outcomes)
            refusal = self.table.refuse(stage, self.record, refusal_reason(verdict.broken.items()))
            return Verdict(self.partition, self.outcomes, refusal=refusal)

    @property
    def refused(self) -> bool:
        return any(outcome.refuses for outcome in self.outcomes)

    @property
    def record(self) -> PublicationRecord:
        return PublicationRecord(
            run_id=self.run_id,
            contract_version=self.dataset.contract.version,
            contract_hash=self.dataset.contract.hash,
            input_hash=self.source.hash,
            inputs=versions({**self.references, **self.readings}),
            checks=tuple(CheckRecord.of(outcome) for outcome in self.outcomes if outcome.error != _NOT_DONE),
            input_name=self.source.name,
        )

    def judge(self, stage: Stage) -> None:
        """Write the rows to the stage and audit them."""
        try:
            self.write(stage)
        except FindingsError as error:
            self.outcomes = tuple(
                self.told.get(outcome.check.name, outcome) for outcome in _unreadable(self.dataset.checks, error)
            )
        else:
            self.outcomes = self._audited(stage, stage.base)

    def still_holds(self, stage: Stage, now: Snapshot | None) -> bool:
        """Audit again: somebody published another partition, and some rules hold over the whole dataset."""
        self.outcomes = self._audited(stage, now)
        return not self.refused

    def _audited(self, stage: Stage, base: Snapshot | None) -> tuple[Outcome, ...]:
        others = base.beside(self.partition, stage.columns) if base is not None and self.partition is not None else None
        references = {str(asset): reading.relation for asset, reading in self.references.items()}
        result = self.table.audit(self.dataset.rules, stage.relation, others, references)
        found = {outcome.check.name: outcome for outcome in (*_door(self.dataset, stage.rows), *result.outcomes)}
        found.update(self.told)
        # Every one of them, in order: a check that says nothing would count as no objection.
        return tuple(found.get(check.name) or _not_done(check) for check in self.dataset.checks)


def _door(dataset: Dataset, rows: int) -> list[Outcome]:
    found = []
    for check in dataset.checks:
        if check.kind == DELIVERY:
            found.append(Outcome(check, True, "read in the declared columns and types", rows=rows))
        elif check.kind == NOT_EMPTY:
            found.append(Outcome(check, rows > 0, f"{rows:,} rows", rows=rows))
    return found


def _misfit(outcome: Outcome, error: SchemaChange) -> Outcome:
    return Outcome(outcome.check, False, error.message) if outcome.check.kind == DELIVERY else outcome


def _unreadable(checks: Sequence[Check], error: FindingsError) -> tuple[Outcome, ...]:
    lines = [f"{finding.where}: {finding.message}" if finding.where else finding.message for finding in error.findings]
    message = "\n".join(lines[:10]) + (f"\nand {len(lines) - 10} more" if len(lines) > 10 else "")
    return tuple(Outcome(check, False, message) if check.kind == DELIVERY else _not_done(check) for check in checks)


def _not_done(check: Check) -> Outcome:
    return Outcome(check, False, _NOT_DONE, error=_NOT_DONE)
