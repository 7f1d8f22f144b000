"""One run of a dbt project: a private build, then each model through the door, in graph order. Without Dagster.

What stands downstream of a model that is not published is discarded: it was made of rows that nobody may rely on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from platform_core.audit import Outcome
from platform_core.components.dataset import Dataset
from platform_core.components.dbt.bench import AnyBench, open_bench
from platform_core.components.dbt.fixing import Fixed
from platform_core.components.dbt.invocation import Finished
from platform_core.components.dbt.project import DbtModel, Plan, Project
from platform_core.components.dbt.results import Results
from platform_core.components.passage import Passage, Verdict
from platform_core.components.production import Source
from platform_core.components.readings import Waiting, fingerprint
from platform_core.components.standing import Standing, refuse_rerun
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

__all__ = ["Discarded", "Ended", "run_project"]


class Discarded(PlatformError):
    """A model was not judged, because of another one or because it was not built."""


@dataclass(frozen=True)
class Ended:
    """How one model ended: with the `verdict` of the door, or with an `error` before it.

    An internal model has no verdict. `tests` are the outcomes of its dbt tests.
    """

    unique_id: str
    verdict: Verdict | None = None
    error: Exception | None = None
    tests: tuple[Outcome, ...] = field(default=())

    @property
    def well(self) -> bool:
        return self.error is None and (self.verdict is None or self.verdict.refusal is None)


def run_project(
    project: Project,
    datasets: Mapping[AssetId, Dataset],
    catalog: Catalog,
    wanted: Collection[str],
    run_id: str,
    *,
    full_refresh: bool = False,
    again: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Ended]:
    """Build the models `wanted` (unique ids) in private and take those under contract through the door.

    `datasets` are all of the location. Yields how each of them ended, and the internal ones that they needed, as soon
    as it is known: what was published before a crash has been told of. `full_refresh` builds incremental models from
    nothing (not snapshots, nor what says `full_refresh: false`), `again` even what is not safe to build again.
    Raises PlatformError when nothing could be built at all.
    """
    # Versions are fixed only once no other run can go on from the same ones: it would publish over what this one does.
    with open_bench(project, catalog, run_id, alone=bool(project.plan(wanted).kept)) as bench:
        run = _Run(project, datasets, catalog, run_id)
        ready = list(run.ready(wanted, again))
        yield from (Ended(name, error=run.lost[name]) for name in wanted if name in run.lost)
        if not ready:
            return
        plan = project.plan(ready)
        run.build(bench, plan, full_refresh, tell)
        for name in run.publishing_order(plan):
            if name in project.chosen:
                yield run.end(bench, name)
            else:
                run.end(bench, name)


class _Run:
    """`lost` are the models that later ones must not be made of, each with the reason."""

    def __init__(self, project: Project, datasets: Mapping[AssetId, Dataset], catalog: Catalog, run_id: str) -> None:
        self.project, self.catalog, self.run_id = project, catalog, run_id
        self.datasets = {name: datasets[project.asset(name)] for name in project.contracted}
        self.fixed = Fixed(next(iter(datasets.values()), None), catalog)
        self.lost: dict[str, Exception] = {}
        self.built: frozenset[str] = frozenset()
        self.results = Results(project, Finished(0, (), {}))
        self.kept: Mapping[str, int] = {}
        self.waiting: set[str] = set()  # of what was built and is to be published, what was not judged yet

    def ready(self, wanted: Collection[str], again: bool) -> Iterator[str]:
        """Yield those of `wanted` whose inputs were all published, or are made in this run.

        The others are lost, as is what stands and is not safe to build again unless `again` says to: what reads them
        reads what is published of them.
        """
        made: list[str] = []
        for name in (name for name in self.project.order if name in wanted):
            lent = [other for other in self.project.plan([name]).lent if other not in made]
            try:
                self.fixed.readings(self.project.asset(other) for other in lent)
                if not again:
                    self._refuse_rerun(name, made)
            except (Waiting, Standing) as error:
                self.lost[name] = error
            else:
                made.append(name)
                yield name

    def _refuse_rerun(self, name: str, made: Collection[str]) -> None:
        """Raise Standing when what is published of an unsafe model was made of the inputs that stand now."""
        dataset = self.datasets.get(name)
        new = {self.project.asset(other) for other in made}
        if dataset is not None and dataset.unsafe and not new & set(dataset.inputs.values()):
            made_of = fingerprint(dataset.declaration.fingerprint, self.fixed.readings(dataset.inputs.values()))
            refuse_rerun(dataset, None, made_of, self.catalog.table(dataset.asset).current().get(None))

    def build(self, bench: AnyBench, plan: Plan, full_refresh: bool, tell: Callable[[str], None]) -> None:
        """Let dbt build what is planned, over what is published now."""
        assets = {name: self.project.asset(name) for name in (*plan.lent, *plan.kept)}
        readings = {name: self.fixed.reading(asset) for name, asset in assets.items()}
        published = {name: reading.relation for name, reading in readings.items() if reading is not None}
        self.kept = {name: reading.snapshot.version for name in plan.kept if (reading := readings[name]) is not None}
        self.built = frozenset(plan.built)
        finished = bench.build(plan, published, full_refresh=full_refresh, tell=tell)
        self.results = Results(self.project, finished)
        self.results.refuse_broken_off()

    def publishing_order(self, plan: Plan) -> list[str]:
        """Return what was built, each after what it reads and after what its audit is against."""
        by_asset = {self.project.asset(name): name for name in plan.built if name in self.project.contracted}
        placed: dict[str, None] = {}
        open_: set[str] = set()  # tests of two models may read each other

        def place(name: str) -> None:
            if name in placed or name in open_ or name not in plan.built:
                return
            open_.add(name)
            dataset = self.datasets.get(name)
            checks = dataset.checks if dataset else ()
            read = {AssetId.parse(other) for check in checks if check.severity == "error" for other in check.reads}
            references = [by_asset[asset] for asset in sorted(read) if asset in by_asset]
            for other in (*self.project.manifest.models[name].depends_on, *references):
                place(other)
            placed[name] = None

        for name in plan.built:
            place(name)
        self.waiting = set(placed) & self.project.contracted
        return list(placed)

    def end(self, bench: AnyBench, name: str) -> Ended:
        """Say how a model that was to be built ended; take it through the door when it is under contract."""
        tests = self.results.outcomes(name)
        try:
            self._refuse_lost(name, self.project.manifest.models[name].depends_on)
            self._refuse_lost(name, [other for test in self.project.tests.get(name, ()) for other in test.depends_on])
            self._refuse_unjudged(name)
            self.results.refuse_unbuilt(name)
            self.results.refuse_undeclared(name, bench.places, bench.engine)
            if name not in self.datasets:
                self.results.refuse_failed(name)
                return Ended(name, tests=tests)
            verdict = self._through(bench, name, tests)
        except Exception as error:  # whatever it is, the others are still to be judged, and what is published told of
            self.lost[name] = error
            return Ended(name, error=error, tests=tests)
        if verdict.publication is not None:
            self.fixed.publish(self.project.asset(name), verdict.publication)
        else:
            self.lost[name] = Discarded(f"{self._called(name)} was refused.")
        return Ended(name, verdict, tests=tests)

    def _through(self, bench: AnyBench, name: str, tests: tuple[Outcome, ...]) -> Verdict:
        dataset = self.datasets[name]
        table = self.catalog.table(dataset.asset)
        if name in self.kept and self._moved(name):
            hint = "It is asked for again by itself, or run it again."
            raise Discarded(f"{dataset.asset} was published meanwhile, and was to go on from what stood.", hint=hint)
        readings = self.fixed.readings(dataset.inputs.values())
        # The audit also reads what are inputs as well: a key into one of them.
        judged = {AssetId.parse(name) for check in dataset.rules for name in check.reads} - {dataset.asset}
        references = self.fixed.readings(judged | set(dataset.references))
        recipe = dataset.declaration.recipe
        assert isinstance(recipe, DbtModel)  # noqa: S101 - what else would be in a dbt project
        passage = Passage(
            dataset,
            table,
            None,
            self.run_id,
            Source(fingerprint(dataset.declaration.fingerprint, readings)),
            readings,
            references,
            write=lambda stage: bench.write(name, dataset.contract, stage),
            told={outcome.check.name: outcome for outcome in tests},
        )
        return passage.through(healed=None in table.standing_refusals())

    def _moved(self, name: str) -> bool:
        snapshot = self.catalog.table(self.project.asset(name)).snapshot()
        return snapshot is None or snapshot.version != self.kept[name]

    def _refuse_lost(self, name: str, others: Collection[str]) -> None:
        """Raise Discarded when one of `others` was built in this run, and is not published."""
        for other in others:
            reason = self.lost.get(other)
            if reason is not None and other != name and other in self.built:
                why = (
                    reason.message
                    if isinstance(reason, PlatformError)
                    else f"{type(reason).__name__} for {self._called(other)}"
                )
                raise Discarded(f"{self._called(name)} was discarded, for it is made of {self._called(other)}: {why}")

    def _refuse_unjudged(self, name: str) -> None:
        """Raise Discarded when a test was about rows that are not judged yet: theirs and this one's need each other."""
        self.waiting.discard(name)
        for test in self.project.tests.get(name, ()):
            if test.severity == "error" and (later := self.waiting & set(self.project.published_behind(test))):
                others = ", ".join(map(self._called, sorted(later)))
                hint = "Write the test as a query of its own (in tests/), or let it warn: severity: warn."
                message = (
                    f"{self._called(name)} was discarded, for {test.name} reads {others}, which is judged after it."
                )
                raise Discarded(message, test.where, hint)

    def _called(self, name: str) -> str:
        return str(self.project.asset(name)) if name in self.project.chosen else name
