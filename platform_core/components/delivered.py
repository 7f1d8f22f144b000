"""What the landing sensor knows of a delivery: from its look before, and from what was published or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from platform_core.components.dataset import Dataset
from platform_core.components.files.landing import Delivery
from platform_core.components.staleness import table_state
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Publication, Refusal

__all__ = ["Judges", "Memory", "Ready"]


@dataclass(frozen=True)
class Memory:
    """What is remembered of one delivery between two looks.

    `stands` are its sizes and times, `hash` its content once it stood still. `settled` is the state of the tables in
    which it was found published or refused: while they stay as they are, nothing has to be asked of them. `tries`
    counts the runs asked for, `ask` finds the last of them, `at` is when (seconds since 1970). `hashed` is how far a
    delivery too large for one look is hashed.
    """

    stands: str
    hash: str = ""
    settled: str = ""
    tries: int = 0
    ask: str = ""
    at: float = 0.0
    hashed: tuple[int, int, str] | None = None


@dataclass(frozen=True)
class Ready:
    """A delivery that a run must be asked for; `state` is that of the tables when this was decided."""

    dataset: Dataset
    delivery: Delivery
    memory: Memory
    state: str


class Judges:
    """What a delivery of a dataset is held against. Read once a look, and only when something must be decided."""

    def __init__(self, dataset: Dataset, catalog: Catalog) -> None:
        self.dataset, self.catalog = dataset, catalog

    @cached_property
    def state(self) -> str:
        return table_state(self.catalog, self.dataset, self.dataset.references)

    @cached_property
    def current(self) -> Mapping[str | None, Publication]:
        return self.catalog.table(self.dataset.asset).current()

    @cached_property
    def refusals(self) -> Mapping[str | None, Refusal]:
        return self.catalog.table(self.dataset.asset).standing_refusals()

    @cached_property
    def missing(self) -> list[str]:
        return [str(asset) for asset in self.dataset.references if not self.catalog.table(asset).current()]
