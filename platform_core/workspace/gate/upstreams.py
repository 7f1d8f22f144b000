"""What a location reads of others: it is there, it is published, its partitions fit, and nobody waits in a circle."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from platform_core.findings import Finding
from platform_core.lineage import Asset
from platform_core.lineage.cuts import unmapped
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration

__all__ = ["cycles", "joined", "partitions", "upstreams"]


def joined(names: Sequence[str], one: str, many: str) -> str:
    """Return the names as the subject of a sentence, with its verb."""
    return f"{', '.join(names)} {one if len(names) == 1 else many}"


def upstreams(new: Registration, world: World, allow_pending: bool) -> Iterator[Finding]:
    """Yield upstreams that nobody publishes. With `allow_pending` one that may still come is a warning."""
    for upstream in new.graph.external:
        holders = [one for one in world.holders.get(upstream, ()) if one.name != new.name]
        if any(not one.graph.assets[upstream].internal for one in holders):
            continue
        readers = new.graph.readers(upstream)
        if holders:
            said = joined(readers, "reads", "read")
            message = f"{said} {upstream}, which is internal to {holders[0].name}: never published."
            fix = f"Ask {holders[0].owner} for a contract of it, or read what it is made of."
            why = "A model without a contract is built in private, and nothing is promised of it."
            yield Finding("internal-upstream", "error", upstream, message, why, fix)
        else:
            yield _unpublished(new, world, upstream, readers, allow_pending)


def _unpublished(
    new: Registration, world: World, upstream: str, readers: Sequence[str], allow_pending: bool
) -> Finding:
    published = {key for key, asset in world.graph.assets.items() if not asset.internal or key in new.graph.assets}
    close = difflib.get_close_matches(upstream, sorted(published), n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]}? " if close else ""
    own = upstream.startswith(f"{new.name}/")  # nobody else will ever publish it
    if allow_pending and not own:
        message = f"{joined(readers, 'waits', 'wait')} for {upstream}, which nobody publishes yet."
        rest = "If not, there" if meant else "There"
        fix = f"{meant}{rest} is nothing to do: it starts when that is published."
        return Finding("pending-upstream", "warning", upstream, message, fix=fix)
    message = f"{joined(readers, 'reads', 'read')} {upstream}, which nobody in the workspace publishes."
    rest = "Name a dataset of this location." if own else "If its team is still to register it, use --allow-pending."
    why = "Dagster takes any key for an upstream and would wait for it without a word."
    return Finding("unknown-upstream", "error", upstream, message, why, f"{meant}{rest}")


_OURS = ("daily", "weekly", "monthly", "static", "dynamic")


def partitions(new: Registration, world: World) -> Iterator[Finding]:
    """Yield partitions that do not belong together, both of what this location reads and of what reads it."""
    asked = {asset.key: asset for asset in new.graph.assets.values()}
    for key in new.graph.assets:
        asked.update({asset.key: asset for asset in world.readers.get(key, ())})
    for key in sorted(asked):
        yield from _unmapped(world.graph.assets[key], new, world)


def _unmapped(asset: Asset, new: Registration, world: World) -> Iterator[Finding]:
    if (asset.partitions or {}).get("type") not in _OURS:
        return  # a definition of Dagster's own: its mapping may say more than its words
    for dep in sorted(set(asset.deps) - set(asset.whole)):
        upstream = world.graph.assets.get(dep)
        if upstream is None or not {asset.key, dep} & set(new.graph.assets):
            continue
        if why := unmapped(asset.partitions, upstream.partitions):
            message = f"{asset.key} ({(asset.partitions or {})['type']}) reads {dep}: {why}"
            fix = "Give both the same partitions, or leave those of the reader out: it then reads all of it."
            reason = "Nothing would ever say which of its partitions to make."
            yield Finding("unmapped-partitions", "error", asset.key, message, reason, fix)


def cycles(new: Registration, world: World) -> Iterator[Finding]:
    """Yield circles in which an asset of this location waits for itself."""
    for cycle in world.cycles:
        if any(key.split("/")[0] == new.name for key in cycle):
            message = f"{', '.join(cycle)} wait for one another."
            yield Finding("cycle", "error", cycle[0], message, "None of them could ever run.", "Break one dependency.")
