"""What `register --dry-run` tells before anything is written: contracts and needs that change, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from platform_core.lineage.comparison import Comparison
from platform_core.lineage.notices import ContractNotice, NeedNotice, Notices, Told
from platform_core.workspace.gate.changing import contract_changes
from platform_core.workspace.gate.identity import identity
from platform_core.workspace.gate.removal import removed
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of

__all__ = ["notices"]


def notices(new: Registration, registry: Mapping[str, Registration], world: World | None = None) -> Notices:
    """Return what registering `new` beside `registry` adds, changes and removes, and who is to be told.

    Told are the locations that read, or say that they need, a dataset whose contract changes or goes: not those of
    which only the words of a contract changed. Under the name of another team there is nothing to tell.
    """
    world = world or World({**registry, new.name: new})
    registered = registry.get(new.name)
    if any(identity(new, registered)):
        return Notices()
    changes = tuple(contract_changes(new, registered, world))
    gone = removed(registered, new) if registered else ()
    contracts = [*_added(new, registered), *map(_changed, changes), *_removed(registered, gone)]
    before = registered.needs if registered else {}
    needs = [
        NeedNotice("added" if name not in before else "removed" if name not in new.needs else "changed", _key(name))
        for name in sorted({*before, *new.needs})
        if before.get(name) != new.needs.get(name)
    ]
    return Notices(tuple(sorted(contracts, key=lambda one: one.key)), tuple(needs), _told(changes, gone, world))


def _added(new: Registration, registered: Registration | None) -> Iterator[ContractNotice]:
    for dataset in new.contracts:
        if registered is None or dataset not in registered.contracts:
            contract = contract_of(new, dataset)
            yield ContractNotice("added", f"{new.name}/{dataset}", after=contract.version if contract else "")


def _changed(change: Comparison) -> ContractNotice:
    effect = change.impact
    reasons = [one.proof for one in effect.acquitted] if effect else []
    return ContractNotice(
        "changed",
        change.subject,
        change.old.version if change.old else "",
        change.new.version if change.new else "",
        change.reader_safe,
        change.writer_safe,
        change.required_bump,
        change.required_version,
        tuple(dict.fromkeys(reasons)),
        change.verdict.words,
    )


def _removed(registered: Registration | None, gone: tuple[str, ...]) -> Iterator[ContractNotice]:
    for key in gone:
        contract = contract_of(registered, key.split("/")[1]) if registered else None
        if contract is not None:
            yield ContractNotice("removed", key, before=contract.version, reader_safe=None, bump="major")


def _told(changes: tuple[Comparison, ...], gone: tuple[str, ...], world: World) -> tuple[Told, ...]:
    touched: dict[str, dict[str, bool]] = {}  # location -> dataset -> whether it is hurt
    for change in changes:
        if change.impact and change.required_bump not in ("none", "patch"):
            hurt = {one.reader.location for one in change.impact.hurt}
            for reader in change.impact.readers:
                touched.setdefault(reader.location, {})[change.subject] = reader.location in hurt
    for key in gone:
        for use in world.uses(key):
            touched.setdefault(use.registration.name, {})[key] = True
    return tuple(
        Told(
            name,
            world.registry[name].owner,
            world.registry[name].contact,
            tuple(sorted(datasets)),
            tuple(sorted(key for key, hurt in datasets.items() if hurt)),
        )
        for name, datasets in sorted(touched.items())
    )


def _key(name: str) -> str:
    return name.replace(".", "/", 1)
