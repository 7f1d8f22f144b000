"""Whom a change of a contract hurts, told from what the registered readers use; and whom it does not, with the proof.

The verdict on two contracts says what could break. Here stand the readers: a change that touches none of them is
acquitted, and one that does names each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from platform_core.contracts.compatibility import BUMPS, Bump, Judged, Verdict
from platform_core.contracts.model import Contract
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import Unmet, unmet
from platform_core.lineage.needs import Need

__all__ = ["Acquittal", "Hurt", "Impact", "Reader", "impact"]

_ADDED = ("column-added", "required-column-added")


@dataclass(frozen=True)
class Reader:
    """A location that reads the dataset.

    `assets` are those that read it, each with the columns it uses, None where nobody knows: all of them, then. `need`
    is what its needs file says; None without one. `handing_on` are the assets that pass on whatever columns there are,
    as SELECT * does.
    """

    location: str
    owner: str
    contact: str = ""
    assets: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    need: Need | None = None
    handing_on: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> frozenset[str] | None:
        """The columns that it uses, by its queries and its need; None when only 'all' is safe to say.

        Where a query cannot be looked into, the needs file says it.
        """
        known = [columns for columns in self.assets.values() if columns is not None]
        if len(known) < len(self.assets) and self.need is None:
            return None
        said = [column.name for column in self.need.columns] if self.need else []
        return frozenset(said).union(*known)

    def using(self, column: str) -> tuple[str, ...]:
        """Return its assets that use a column, as far as is known; all of them for '', the dataset as a whole."""
        return tuple(
            key for key, columns in sorted(self.assets.items()) if not column or columns is None or column in columns
        )


@dataclass(frozen=True)
class Hurt:
    """A reader that a change hurts: its assets, the columns, and what it relied on that no longer holds.

    `judged` is None for what no single change explains, such as a version that its need does not allow.
    """

    reader: Reader
    judged: Judged | None
    columns: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()

    @property
    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for column in self.columns or ("",) for key in self.reader.using(column)))


@dataclass(frozen=True)
class Acquittal:
    """A change that could break a reader, and breaks none: `readers` are those that were looked at."""

    judged: Judged
    readers: tuple[Reader, ...]

    @property
    def proof(self) -> str:
        """One sentence: who reads the dataset, and why that does not matter."""
        if not self.readers:
            return "nobody reads it."
        names = ", ".join(reader.location for reader in self.readers)
        many = len(self.readers) != 1
        read = f"{len(self.readers)} location{'s' if many else ''} read{'' if many else 's'} it ({names})"
        if self.judged.rule.evidence == "column":
            return f"{read}; {'none uses' if many else 'it does not use'} the column '{self.judged.change.column}'."
        return f"{read}; all that {'they rely' if many else 'it relies'} on still holds."


@dataclass(frozen=True)
class Impact:
    """What changes mean for those who read the dataset today.

    `reader_safe` and `bump` are the verdict's after the evidence: an acquitted change is safe, and no more than minor.
    `touched` are changes nobody can judge that concern a reader, and columns that come to who passes all of them on,
    with the readers: for people to look at.
    """

    readers: tuple[Reader, ...]
    hurt: tuple[Hurt, ...]
    acquitted: tuple[Acquittal, ...]
    touched: tuple[tuple[Judged, tuple[Reader, ...]], ...]
    reader_safe: bool | None
    bump: Bump

    @property
    def starred(self) -> tuple[Reader, ...]:
        """The readers whose SELECT * hands on a column that comes, and that is safe for all others."""
        safe = [readers for judged, readers in self.touched if judged.rule.reader_safe == "yes"]
        return tuple({reader.location: reader for readers in safe for reader in readers}.values())


def impact(verdict: Verdict, old: Contract, new: Contract, readers: Iterable[Reader], dataset: str = "") -> Impact:
    """Return whom the changes of `verdict`, from `old` to `new`, hurt among `readers`.

    A reader that wrote no needs file relies on all that `old` guarantees of the columns it reads. What a need asks
    for and `old` did not guarantee either hurts nobody: it never stands in the producer's way. `dataset` is its
    `location/dataset`.
    """
    asked = tuple(sorted(readers, key=lambda reader: reader.location))
    lost = {reader.location: _lost(reader, old, new, dataset) for reader in asked}
    blamed = {name: _blamed(found, verdict.judged) for name, found in lost.items()}
    hurt: list[Hurt] = []
    acquitted, touched = [], []
    open_: list[Judged] = []  # what is left of the verdict
    for place, judged in enumerate(verdict.judged):
        found = [one for reader in asked if (one := _hurt(judged, reader, blamed[reader.location].get(place, ())))]
        by_need = [one for one in found if one.unmet]
        if judged.rule.breaking or by_need:
            hurt += found if judged.rule.breaking else by_need
        elif found and judged.rule.reader_safe != "yes":
            touched.append((judged, tuple(one.reader for one in found)))
        elif judged.rule.id in _ADDED and (passing := tuple(one for one in asked if one.handing_on)):
            touched.append((judged, passing))
        if found or judged.rule.evidence == "none":
            open_.append(judged)
        elif judged.rule.breaking:
            acquitted.append(Acquittal(judged, asked))
    hurt += [Hurt(reader, None, (), rest) for reader in asked if (rest := blamed[reader.location].get(-1, ()))]
    return Impact(asked, tuple(hurt), tuple(acquitted), tuple(touched), _safe(open_, hurt), _bump(verdict, open_))


def _lost(reader: Reader, old: Contract, new: Contract, dataset: str) -> tuple[Unmet, ...]:
    """What the reader relies on, the old contract guarantees, and the new one does not."""
    found: dict[Unmet, None] = {}
    for need in _needs(reader, old, dataset):
        before = set(unmet(need, old))
        found.update({one: None for one in unmet(need, new) if one not in before})
    return tuple(found)


def _needs(reader: Reader, old: Contract, dataset: str) -> Iterator[Need]:
    if reader.need is None:
        yield drafted(old, reader.columns, dataset)
        return
    yield reader.need
    said = {column.name for column in reader.need.columns}
    if rest := (reader.columns or frozenset()) - said:  # used, and not written down: nobody is hurt for a missing line
        yield replace(drafted(old, rest, dataset), keys=(), service_levels=())


def _blamed(lost: Sequence[Unmet], judged: Sequence[Judged]) -> dict[int, tuple[Unmet, ...]]:
    """Which change each lost thing is owed to, by place in `judged`; under -1 what none explains."""
    found: dict[int, tuple[Unmet, ...]] = {}
    for one in lost:
        for place in _causes(one, judged) or (-1,):
            found[place] = (*found.get(place, ()), one)
    return found


def _causes(one: Unmet, judged: Sequence[Judged]) -> tuple[int, ...]:
    if one.kind == "version":
        return ()
    columns = {one.column} if one.column else {name.strip() for name in one.path.split(",")}
    suspects = [place for place, item in enumerate(judged) if item.rule.reader_safe != "yes"]
    at_path = [place for place in suspects if one.path and one.path == judged[place].change.path]
    at_column = [place for place in suspects if judged[place].change.column in columns]
    named = [place for place in suspects if one.path and one.path == judged[place].change.name]
    whole = [place for place in suspects if not judged[place].change.column]
    return tuple(at_path or at_column or named or whole or suspects)


def _hurt(judged: Judged, reader: Reader, lost: tuple[Unmet, ...]) -> Hurt | None:
    column, evidence = judged.change.column, judged.rule.evidence
    if lost:
        columns = tuple(dict.fromkeys(one.column for one in lost if one.column)) or ((column,) if column else ())
        return Hurt(reader, judged, columns, lost)
    if judged.rule.reader_safe == "yes" or evidence == "need":
        return None
    if evidence == "column" and column and reader.columns is not None and column not in reader.columns:
        return None
    return Hurt(reader, judged, (column,) if column else ())


def _safe(left: Sequence[Judged], hurt: Sequence[Hurt]) -> bool | None:
    answers = {judged.rule.reader_safe for judged in left}
    return False if hurt or "no" in answers else None if "undetermined" in answers else True


def _bump(verdict: Verdict, left: Sequence[Judged]) -> Bump:
    kept = {id(judged) for judged in left}
    bumps: list[Bump] = [
        "minor" if judged.rule.bump == "major" and id(judged) not in kept else judged.rule.bump
        for judged in verdict.judged
    ]
    return max(bumps, key=BUMPS.index, default="none")
