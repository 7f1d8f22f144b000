"""The needs of a location against what others promise today. What is not promised is its own problem, never theirs."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.findings import Finding
from platform_core.lineage.need_use import not_met, use_findings
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of, mistaken_needs, need_of, need_problems

__all__ = ["needs"]


def needs(new: Registration, world: World) -> Iterator[Finding]:
    """Yield needs that cannot be read, that a contract does not guarantee, and those that are not what is used.

    Of what nobody publishes yet nothing can be written down: `upstreams` says that it is missing. Where a file is there
    with mistakes, nobody is asked for another one.
    """
    found, contracts, mistaken = {}, {}, set()
    for name in sorted(new.needs):
        need = need_of(new, name)
        if need is None:
            yield from need_problems(new, name)
            mistaken |= mistaken_needs(new, name)
            continue
        found[need.dataset] = need
        producer = world.registry.get(need.asset.location)
        contract = contract_of(producer, need.asset.dataset) if producer else None
        if contract is not None and producer is not new:
            contracts[need.dataset] = contract
            yield from not_met(need, contract)
    for finding in use_findings(new.graph, new.name, found, new.home, contracts):
        there = finding.subject in mistaken and finding.subject not in found
        if finding.id != "use-without-need" or (_promised(finding.subject, world) and not there):
            yield finding


def _promised(key: str, world: World) -> bool:
    location, _, dataset = key.partition("/")
    producer = world.registry.get(location)
    return producer is not None and dataset in producer.contracts
