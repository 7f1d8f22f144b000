"""What a location changes of the contracts it has registered, judged with those who read them today: facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from platform_core.contracts.files import contract_path
from platform_core.findings import Finding
from platform_core.lineage.comparison import Comparison, compare
from platform_core.lineage.impact import Reader
from platform_core.lineage.judgement import version_findings
from platform_core.workspace.gate.world import Use, World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import comparable, need_of

__all__ = ["contract_changes", "reader_of", "readers_of", "unannounced"]


def contract_changes(new: Registration, registered: Registration | None, world: World) -> Iterator[Comparison]:
    """Yield the contracts, and the partitions, that change; `assets.readable` tells those that cannot be compared.

    Only what differs is read: a location of a hundred datasets costs what its change costs.
    """
    for dataset in sorted(registered.contracts) if registered else ():
        key = f"{new.name}/{dataset}"
        if registered is None or dataset not in new.contracts:
            continue
        cuts = _cut(registered, key), _cut(new, key)
        if registered.contracts[dataset] == new.contracts[dataset] and cuts[0] == cuts[1]:
            continue
        old = comparable(contract_path(registered.home, dataset), registered.contracts[dataset])
        fresh = comparable(contract_path(new.home, dataset), new.contracts[dataset])
        if old is not None and fresh is not None:
            yield compare(key, new.owner, old, fresh, readers=readers_of(key, world), partitions=cuts)


def unannounced(changes: Iterable[Comparison], findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what a break still lacks that exemptions let pass: a version that says that something changed.

    A minor will do: the name of a second major and the ranges that readers pin hold the major where it is, and the
    exemption is what stands for the rest. `findings` are those after the exemptions. Where a break is refused nothing
    is said of its version: none would do.
    """
    errors = [finding.subject.partition(".")[0] for finding in findings if finding.level == "error"]
    for change in changes:
        about, effect, old, new = (change.subject, change.owner), change.impact, change.old, change.new
        if effect is not None and effect.hurt and old and new and change.subject not in errors:
            unhurt = replace(effect, hurt=(), bump="minor" if effect.bump == "major" else effect.bump)
            yield from version_findings(*about, old, new, verdict=change.verdict, impact=unhurt)


def _cut(one: Registration, key: str) -> dict[str, object] | None:
    asset = one.graph.assets.get(key)
    return dict(asset.partitions) if asset and asset.partitions is not None else None


def readers_of(key: str, world: World) -> Iterator[Reader]:
    """Yield everybody who reads a dataset, or says that they need it, as evidence takes them."""
    return (reader_of(use, key) for use in world.uses(key))


def reader_of(use: Use, key: str) -> Reader:
    """Return one of them, with the columns that its queries and its need name."""
    one = use.registration
    assets = {asset.key: asset.columns_read(key) for asset in use.assets}
    passing = tuple(asset.key for asset in use.assets if asset.hands_on(key) and not asset.internal)
    return Reader(one.name, one.owner, one.contact, assets, need_of(one, use.need) if use.need else None, passing)
