"""The needs of a location against what others promise today. What is not promised is its own problem, never theirs."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.contracts.model import Contract
from platform_core.findings import Finding
from platform_core.lineage.need_use import not_met, use_findings
from platform_core.lineage.needs import Need
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of, mistaken_needs, need_of, need_problems

__all__ = ["needs", "unkept"]


def needs(new: Registration, world: World) -> Iterator[Finding]:
    """Yield needs that cannot be read, that a contract does not guarantee, and those that are not what is used.

    Of what nobody publishes yet nothing can be written down: `upstreams` says that it is missing. Where a file is there
    with mistakes, nobody is asked for another one.
    """
    yield from unkept(new, world)
    read = list(_read(new, world))
    found = {need.dataset: need for _, need, _ in read if need}
    contracts = {need.dataset: contract for _, need, contract in read if need and contract}
    mistaken = {key for name, need, _ in read if need is None for key in mistaken_needs(new, name)} - found.keys()
    for finding in use_findings(new.graph, new.name, found, new.home, contracts):
        if finding.id != "use-without-need" or (_promised(finding.subject, world) and finding.subject not in mistaken):
            yield finding


def unkept(new: Registration, world: World) -> Iterator[Finding]:
    """Yield needs that cannot be read, and what a contract does not guarantee: what files say, whatever is used."""
    for name, need, contract in _read(new, world):
        if need is None:
            yield from need_problems(new, name)
        elif contract is not None:
            yield from not_met(need, contract)


def _read(new: Registration, world: World) -> Iterator[tuple[str, Need | None, Contract | None]]:
    """Each needs file by name, with the contract of the other team that it is about."""
    for name in sorted(new.needs):
        need = need_of(new, name)
        contract = None
        if need and (producer := world.registry.get(need.asset.location)) and producer is not new:
            contract = contract_of(producer, need.asset.dataset)
        yield name, need, contract


def _promised(key: str, world: World) -> bool:
    location, _, dataset = key.partition("/")
    producer = world.registry.get(location)
    return producer is not None and dataset in producer.contracts
