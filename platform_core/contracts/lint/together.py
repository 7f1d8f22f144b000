"""Contracts together: references that lead nowhere, to another type, or in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from platform_core.contracts.lint.references import Outline, Reference
from platform_core.contracts.places import did_you_mean, shown
from platform_core.errors import Where
from platform_core.findings import Finding

__all__ = ["Outlines", "together"]

Outlines = Mapping[str, Outline]  # by dataset, as in `flights`, and by `location/dataset` for those of others

_NUMERIC = {"integer", "number"}


def together(
    path: Path, outline: Outline, siblings: Outlines, others: Outlines | None, location: str
) -> Iterator[Finding]:
    """Yield findings about the references of one contract.

    `siblings` are the contracts of its own location, `others` those of all others by `location/dataset` (None: not
    known, then references to them are not judged); `location` is the own one, or empty.
    """
    for reference in outline.references:
        where = Where(path, reference.line)
        subject = _cut(".".join([outline.dataset, *reference.columns[:1]]))
        own = reference.location in ("", location)
        if not own and others is None:
            continue
        known = siblings if own else others or {}
        name = reference.dataset if own else f"{reference.location}/{reference.dataset}"
        if name not in known:
            message = f"{_said(reference)}: there is no dataset {shown(name)}."
            fix = did_you_mean(name, sorted(known)) if known else ""
            yield Finding("unknown-target", "error", subject, message, "Nothing could be checked.", fix, where)
            continue
        yield from _columns(reference, outline, known[name], subject, where)
    yield from _circle(path, outline, siblings, location)


def _columns(reference: Reference, outline: Outline, target: Outline, subject: str, where: Where) -> Iterator[Finding]:
    for name, wanted in zip(reference.columns, reference.targets, strict=False):
        if wanted not in target.columns:
            message = f"{_said(reference)}: {shown(target.dataset)} has no column {shown(wanted)}."
            fix = did_you_mean(wanted, target.columns)
            yield Finding("unknown-target", "error", subject, message, "Nothing could be checked.", fix, where)
            continue
        here, there = outline.columns.get(name, ""), target.columns[wanted]
        if here and there and here != there and not {here, there} <= _NUMERIC:
            message = f"{_said(reference)}: {here} is compared with {there}."
            yield Finding("type-conflict", "error", subject, message, fix="Give both columns one type.", where=where)


def _said(reference: Reference) -> str:
    parts = [part for part in (reference.location, reference.dataset) if part]
    if not reference.columns:
        return f"the query reads {_cut('.'.join(parts))}"
    target = _cut(".".join([*parts, ", ".join(reference.targets)]))
    return f"column {shown(', '.join(reference.columns))} points to {target}"


def _cut(text: str) -> str:
    return shown(text)[1:-1]


def _circle(path: Path, outline: Outline, siblings: Outlines, location: str) -> Iterator[Finding]:
    """A dataset that waits for itself can never be published first. Pointing to oneself is no circle."""
    for reference in outline.references:
        if reference.location not in ("", location) or reference.dataset == outline.dataset:
            continue
        way = _way(reference.dataset, outline.dataset, siblings, location)
        if way:
            message = f"relationships go in a circle: {' -> '.join([outline.dataset, *way])}."
            why = "Each waits for the other to be published first."
            fix = "Take one of them out."
            where = Where(path, reference.line)
            yield Finding("circle", "error", outline.dataset, message, why, fix, where)


def _way(start: str, end: str, siblings: Outlines, location: str) -> list[str]:
    """Return the shortest way from `start` to `end` along references; empty when there is none."""
    ways, seen = [[start]], {start}
    for way in ways:  # grows while it is walked: breadth first
        if way[-1] == end:
            return way
        for reference in siblings[way[-1]].references if way[-1] in siblings else ():
            if reference.location in ("", location) and reference.dataset not in seen:
                seen.add(reference.dataset)
                ways.append([*way, reference.dataset])
    return []
