"""The end of a dataset: announced in time, never moved earlier, with the next major beside it, and known to readers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from platform_core.contracts.lifecycle import (
    BEFORE_ACTIVE,
    ENDS,
    SUCCESSOR_OF,
    end_of_life,
    ending_columns,
    is_deprecated,
    last_days,
    major_of,
    predecessor,
    status,
)
from platform_core.contracts.model import Contract
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.lineage.needs import FOLDER, SUFFIX
from platform_core.workspace.gate.upstreams import joined
from platform_core.workspace.gate.world import Case
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of

__all__ = ["announcements", "deprecated_upstreams", "due", "successor_of", "successors"]

# A contract that says none of these words is not read for them: most of a large workspace says none.
_WORDS = (b"deprecated", b"retired", b"endOf")


def announcements(case: Case) -> Iterator[Finding]:
    """Yield ends of life that come too soon, that moved earlier, or that are not said at all."""
    new, registered = case.new, case.registered
    for dataset, raw in sorted(new.contracts.items()):
        before = registered.contracts.get(dataset) if registered else None
        if before == raw or not any(word in raw + (before or b"") for word in _WORDS):
            continue
        contract = contract_of(new, dataset)
        old = contract_of(registered, dataset) if registered else None
        if contract is not None:
            yield from _announced(contract, old, f"{new.name}/{dataset}", case)


def _announced(new: Contract, old: Contract | None, key: str, case: Case) -> Iterator[Finding]:
    ends, before = last_days(new), last_days(old) if old else {}
    if is_deprecated(new) and "endOfLife" not in ends:
        message = f"{key} is deprecated, and no day is named until which it lives."
        why = "Readers cannot plan to move; the dataset could never go away."
        last = case.today + timedelta(days=case.grace.active_days)
        fix = f'Add to slaProperties: {{property: endOfLife, value: "{last}"}}.'
        yield Finding("end-missing", "error", key, message, why, fix, new.where("status"))
    for name in ENDS:
        if name in ends and name in before and ends[name] < before[name]:
            message = f"{name} of {key} moved from {before[name]} to {ends[name]}."
            why = "Readers, here and elsewhere, plan with the day that was announced."
            fix = f'Write "{before[name]}" or a later day.'
            yield Finding("end-moved-earlier", "error", key, message, why, fix, _place_of(new, name))
    if old is not None and "endOfLife" in ends and "endOfLife" not in before:
        yield from _grace(new, old, key, ends["endOfLife"], case)


def _grace(new: Contract, old: Contract, key: str, end: date, case: Case) -> Iterator[Finding]:
    """Who reads the dataset on the day its end is registered has the whole grace; of nobody, none is asked."""
    names = [use.registration.name for use in case.world.uses(key)]
    days = case.grace.days(status(old) in BEFORE_ACTIVE)
    first = case.today + timedelta(days=days)
    if names and end < first:
        message = f"the end of {key} is announced for {end}, and {joined(names, 'reads', 'read')} it today."
        why = f"Readers have {days} days to move from the day an end is registered."
        fix = f'Write "{first}" or a later day.'
        yield Finding("grace-too-short", "error", key, message, why, fix, _place_of(new, "endOfLife"))


def _place_of(contract: Contract, name: str) -> Where:
    for place, entry in enumerate(contract.data.get("slaProperties") or ()):
        if entry.get("property") == name:
            return contract.where("slaProperties", place, "value")
    return contract.where("slaProperties")


def successors(case: Case) -> Iterator[Finding]:
    """Yield second majors that follow nothing, or no smaller major, and firsts whose readers are not told to move."""
    new, registered = case.new, case.registered
    for dataset, raw in sorted(new.contracts.items()):
        changed = registered is None or registered.contracts.get(dataset) != raw
        contract = contract_of(new, dataset) if changed and SUCCESSOR_OF.encode() in raw else None
        if contract is None or not (named := predecessor(contract)):
            continue
        key, where = f"{new.name}/{dataset}", contract.where("customProperties")
        old = contract_of(new, named)
        known = registered is not None and (named in registered.contracts or dataset in registered.contracts)
        if old is None and not known:
            message = f"{key} follows '{named}', and this location has no such dataset."
            fix = f"Name a dataset of {new.name} as {SUCCESSOR_OF}, or take it out."
            yield Finding("successor-of-nothing", "error", key, message, fix=fix, where=where)
        if old is None:
            continue
        mine, theirs = major_of(contract.version), major_of(old.version)
        if mine is not None and theirs is not None and mine <= theirs:
            message = f"{key} is at {contract.version} and follows {named}, which is at {old.version}."
            fix = f"Write version: {theirs + 1}.0.0 and call it by that major, or follow an older one."
            yield Finding("successor-version", "error", key, message, fix=fix, where=contract.where("version"))
        if not is_deprecated(old):
            message = f"{named} has a successor, {dataset}, and is not deprecated: its readers are not told to move."
            fix = f"In {named}: status: deprecated, and an endOfLife among its slaProperties."
            subject = f"{new.name}/{named}"
            yield Finding("predecessor-not-deprecated", "warning", subject, message, fix=fix, where=old.where("status"))


def due(case: Case) -> Iterator[Finding]:
    """Yield datasets of the location whose last day has passed and that nobody reads any more."""
    new = case.new
    for dataset, raw in sorted(new.contracts.items()):
        key = f"{new.name}/{dataset}"
        contract = contract_of(new, dataset) if any(word in raw for word in _WORDS) else None
        end = end_of_life(contract) if contract else None
        if contract is not None and end is not None and end < case.today and not any(case.world.uses(key)):
            message = f"{key} ended on {end}, and nobody reads it."
            why = "It is made, audited and kept for nobody."
            fix = f"Remove src/{new.package}/defs/{dataset}/ and its contract; or, if it lives on, take its end back."
            yield Finding("end-passed", "warning", key, message, why, fix, _place_of(contract, "endOfLife"))


def successor_of(one: Registration, dataset: str) -> str:
    """Return the newest dataset of the location that follows `dataset`; empty for none."""
    found = []
    for name, raw in one.contracts.items():
        contract = contract_of(one, name) if SUCCESSOR_OF.encode() in raw else None
        if contract is not None and predecessor(contract) == dataset:
            found.append((major_of(contract.version) or 0, name))
    return max(found)[1] if found else ""


def deprecated_upstreams(case: Case) -> Iterator[Finding]:
    """Yield what the location reads, or needs, and has to leave: until when, and what for."""
    new = case.new
    needed = {name.replace(".", "/", 1) for name in new.needs}
    for key in sorted({*new.graph.external, *needed}):
        location, _, dataset = key.partition("/")
        producer = case.world.registry.get(location)
        raw = producer.contracts.get(dataset, b"") if producer else b""
        if producer is None or location == new.name or not any(word in raw for word in _WORDS):
            continue
        contract = contract_of(producer, dataset)
        if contract is None:
            continue
        end = end_of_life(contract)
        if end is not None and end < case.today:
            yield _ended(case, key, end, _instead(producer, dataset))
        elif is_deprecated(contract):
            until = f"until {end}" if end else "on, without a day named"
            message = f"{key} is deprecated: it lives {until}, and {_readers(new, key)} it."
            why = "After its end it goes away as soon as nobody reads it."
            fix, where = _instead(producer, dataset), _place(new, key)
            yield Finding("deprecated-upstream", "warning", key, message, why, fix, where)
        else:
            yield from _deprecated_columns(new, key, contract, producer.owner)


def _deprecated_columns(new: Registration, key: str, contract: Contract, owner: str) -> Iterator[Finding]:
    for column, end in ending_columns(contract).items():
        read = {asset.key: asset.columns_read(key) for asset in new.graph.assets.values() if key in asset.deps}
        users = [name for name, columns in sorted(read.items()) if columns is None or column in columns]
        if users:
            until = f"until {end}" if end else "on, without a day named"
            said = joined(users, "uses", "use")
            message = f"the column '{column}' of {key} is deprecated: it lives {until}, and {said} it."
            why = "It goes as soon as nobody uses it any more."
            fix, where = f"Do without it, or ask {owner} what to use instead.", _place(new, key)
            yield Finding("deprecated-upstream", "warning", f"{key}.{column}", message, why, fix, where)


def _ended(case: Case, key: str, end: date, fix: str) -> Finding:
    """Who reads it still is asked to leave; nobody may begin to."""
    new, before = case.new, case.registered
    known = before is not None and (key in before.graph.external or _need(key) in before.needs)
    message = f"{key} ended on {end}, and {_readers(new, key)} it{' still' if known else ', which it did not before'}."
    why = "It goes away as soon as nobody reads it any more."
    return Finding("ended-upstream", "warning" if known else "error", key, message, why, fix, _place(new, key))


def _instead(producer: Registration, dataset: str) -> str:
    successor = successor_of(producer, dataset)
    return f"Read {producer.name}/{successor} instead." if successor else f"Ask {producer.owner} what to read instead."


def _readers(new: Registration, key: str) -> str:
    readers = new.graph.readers(key)
    return joined(readers, "reads", "read") if readers else f"{FOLDER}/{_need(key)}{SUFFIX} needs"


def _place(new: Registration, key: str) -> Where | None:
    return Where(new.home / FOLDER / f"{_need(key)}{SUFFIX}", 1) if _need(key) in new.needs else None


def _need(key: str) -> str:
    return key.replace("/", ".", 1)
