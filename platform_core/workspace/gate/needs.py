"""The needs of a location against what others promise today. What is not promised is its own problem, never theirs."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.needs import FOLDER, SUFFIX, Need
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of, need_of

__all__ = ["needs"]


def needs(new: Registration, world: World, allow_pending: bool) -> Iterator[Finding]:
    """Yield needs that cannot be read, that nobody could meet, and that the producer's contract does not guarantee."""
    for name in sorted(new.needs):
        need = need_of(new, name)
        if need is None:
            where = Where(new.home / FOLDER / f"{name}{SUFFIX}", 1)
            message = f"{FOLDER}/{name}{SUFFIX} says nothing that can be read as a need."
            fix = "Mend it as `platformctl contract needs` says, or draft it anew with --write."
            yield Finding("need-unreadable", "error", f"{new.name}:{name}", message, fix=fix, where=where)
        else:
            yield from _judged(new, need, world, allow_pending)


def _judged(new: Registration, need: Need, world: World, allow_pending: bool) -> Iterator[Finding]:
    key = need.dataset
    subject = f"{new.name}:{key}"
    location, dataset = key.split("/")
    producer = world.registry.get(location)
    asset = producer.graph.assets.get(key) if producer else None
    if producer is None or asset is None or asset.internal:
        if key not in new.graph.external:  # else `upstreams` says it, of who reads it
            level: Level = "warning" if allow_pending else "error"
            message = f"{key} is needed, and nobody in the workspace publishes it."
            fix = "Correct `dataset`, or remove the file: nothing here reads it."
            yield Finding("need-of-nothing", level, subject, message, fix=fix, where=need.where("dataset"))
        return
    contract = contract_of(producer, dataset)
    if contract is None:
        return  # its own gate says so
    for one in unmet(need, contract):
        about = f"{subject}.{one.column}" if one.column else subject
        why = f"{producer.name} ({producer.owner}) never promised it, and may change it without asking."
        yield Finding("need-unmet", "error", about, one.message, why, one.fix, need.where(*one.keys))
