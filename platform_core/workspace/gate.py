"""What must hold before a location may stand in the workspace. Pure: it reads registrations and writes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from platform_core.findings import Finding
from platform_core.lineage import Graph
from platform_core.lineage.cuts import unmapped
from platform_core.names import AssetId, location_problem, name_problem
from platform_core.workspace.registry import Registration

__all__ = ["gate"]

Registry = Mapping[str, Registration]


def gate(new: Registration, registry: Registry, allow_pending: bool = False) -> tuple[Finding, ...]:
    """Return everything that stands against registering `new` beside the others of `registry`.

    With `allow_pending` an upstream that nobody publishes yet is a warning: the location waits for it.
    """
    others = {name: one for name, one in registry.items() if name != new.name}
    findings = [*_identity(new, registry.get(new.name))]
    # Under another team's name nothing else can be compared: it would speak of that team's assets.
    if not findings:
        findings += _owners(new)
        findings += _keys(new, others)
        findings += _contracts(new)
        findings += _upstreams(new, others, allow_pending)
        findings += _cuts(new, others)
        findings += _readers(new, registry.get(new.name), others)
        findings += _cycles(new, others)
    return tuple(findings)


def _identity(new: Registration, registered: Registration | None) -> Iterator[Finding]:
    if problem := location_problem(new.name):
        yield Finding("location-name", "error", new.name, f"'{new.name}' cannot be the name of a location: {problem}.")
    if registered is None:
        return
    mend = f"locations/{new.name}/location.yaml of the workspace, reviewed by the platform team"
    if registered.repository != new.repository:
        message = (
            f"the name '{new.name}' belongs to {registered.repository} ({registered.owner}); this is {new.repository}."
        )
        why = "Two locations of one name would answer for each other's data."
        fix = f"Choose another name; or, if the location moved, change `repository` in {mend}."
        yield Finding("name-taken", "error", new.name, message, why, fix)
    elif registered.owner != new.owner:
        message = f"the location belongs to {registered.owner}; location.yaml now says {new.owner}."
        fix = f"Change `owner` in {mend}."
        yield Finding("owner-changed", "error", new.name, message, "A change of hands is agreed, not slipped in.", fix)


def _owners(new: Registration) -> Iterator[Finding]:
    for key, asset in new.graph.assets.items():
        if asset.executable and not asset.owners:
            message = f"{key} has no owner."
            fix = "Write owners=[...]; definitions made by build_definitions() take the location's."
            yield Finding("owner-missing", "error", key, message, "Nobody would be told when it fails.", fix)


def _keys(new: Registration, others: Registry) -> Iterator[Finding]:
    for key in new.graph.assets:
        parts = key.split("/")
        if len(parts) != 2 or parts[0] != new.name or name_problem(parts[1]):
            fix = f"Name it {new.name}/<dataset>, in lower case letters, digits and underscores."
            why = "Keys that start with their location's name cannot meet another team's."
            yield Finding(
                "key-outside-location", "error", key, f"the asset key {key} is not of this location.", why, fix
            )
        for name, other in others.items():
            if key in other.graph.assets:
                why = "Dagster only warns, and shows the one whose location comes first in the alphabet."
                message = f"{key} is published by {name} ({other.owner}) already."
                yield Finding("duplicate-key", "error", key, message, why, "Give it another key.")


def _contracts(new: Registration) -> Iterator[Finding]:
    for key, asset in new.graph.assets.items():
        if asset.executable and asset.contract is None and not asset.internal:
            dataset = key.split("/")[-1]
            message = f"{key} has no contract."
            fix = f"Write contracts/{dataset}.odcs.yaml (platformctl contract infer drafts one)."
            yield Finding(
                "dataset-without-contract", "error", key, message, "Nothing would be promised or checked.", fix
            )
    for dataset in new.contracts:
        if f"{new.name}/{dataset}" not in new.graph.assets:
            message = f"contracts/{dataset}.odcs.yaml promises a dataset that no asset publishes."
            fix = f"Add src/{new.package}/defs/{dataset}/, or remove the contract."
            yield Finding("contract-without-dataset", "error", f"{new.name}/{dataset}", message, fix=fix)


def _upstreams(new: Registration, others: Registry, allow_pending: bool) -> Iterator[Finding]:
    published = {key for other in others.values() for key, asset in other.graph.assets.items() if not asset.internal}
    internal = {key: other for other in others.values() for key, asset in other.graph.assets.items() if asset.internal}
    for upstream in new.graph.external:
        if upstream in published:
            continue
        readers = new.graph.readers(upstream)
        if other := internal.get(upstream):
            message = (
                f"{_join(readers, 'reads', 'read')} {upstream}, which is internal to {other.name}: never published."
            )
            fix = f"Ask {other.owner} for a contract of it, or read what it is made of."
            why = "A model without a contract is built in private, and nothing is promised of it."
            yield Finding("internal-upstream", "error", upstream, message, why, fix)
            continue
        close = difflib.get_close_matches(upstream, sorted(published | set(new.graph.assets)), n=1, cutoff=0.6)
        meant = f"Did you mean {close[0]}? " if close else ""
        own = upstream.startswith(f"{new.name}/")  # nobody else will ever publish it
        if allow_pending and not own:
            message = f"{_join(readers, 'waits', 'wait')} for {upstream}, which nobody publishes yet."
            fix = f"{meant}If not, there is nothing to do: it starts when that is published."
            yield Finding("pending-upstream", "warning", upstream, message, fix=fix)
            continue
        message = f"{_join(readers, 'reads', 'read')} {upstream}, which nobody in the workspace publishes."
        fix = f"{meant}" + (
            "Name a dataset of this location." if own else "If its team is still to register it, use --allow-pending."
        )
        why = "Dagster takes any key for an upstream and would wait for it without a word."
        yield Finding("unknown-upstream", "error", upstream, message, why, fix)


_OURS = ("daily", "weekly", "monthly", "static", "dynamic")


def _cuts(new: Registration, others: Registry) -> Iterator[Finding]:
    """Partitions must belong together, both of what this location reads and of what reads this location."""
    whole = Graph.union([new.graph, *(other.graph for other in others.values())])
    for key, asset in whole.assets.items():
        if (asset.partitions or {}).get("type") not in _OURS:
            continue  # a definition of Dagster's own: its mapping may say more than its words
        for dep in sorted(set(asset.deps) - set(asset.whole)):
            upstream = whole.assets.get(dep)
            if upstream is None or not {key, dep} & set(new.graph.assets):
                continue
            if why := unmapped(asset.partitions, upstream.partitions):
                message = f"{key} ({(asset.partitions or {})['type']}) reads {dep}: {why}"
                fix = "Give both the same partitions, or leave those of the reader out: it then reads all of it."
                reason = "Nothing would ever say which of its partitions to make."
                yield Finding("unmapped-partitions", "error", key, message, reason, fix)


def _join(names: Sequence[str], one: str, many: str) -> str:
    """The names as the subject of a sentence, with its verb."""
    return f"{', '.join(names)} {one if len(names) == 1 else many}"


def _readers(new: Registration, registered: Registration | None, others: Registry) -> Iterator[Finding]:
    """A dataset that others read may not go away under them."""
    if registered is None:
        return
    for key in sorted(set(registered.graph.assets) - set(new.graph.assets)):
        for name, other in others.items():
            if readers := other.graph.readers(key):
                message = f"{key} is gone from this location, and {_join(readers, 'reads', 'read')} it ({other.owner})."
                fix = f"Keep it until {name} no longer reads it."
                yield Finding("dataset-in-use", "error", key, message, "Its reader would wait for ever.", fix)


def _cycles(new: Registration, others: Registry) -> Iterator[Finding]:
    whole = Graph.union([new.graph, *(other.graph for other in others.values())])
    for cycle in whole.cycles():
        if any(AssetId.parse(key).location == new.name for key in cycle):
            message = f"{', '.join(cycle)} wait for one another."
            yield Finding("cycle", "error", cycle[0], message, "None of them could ever run.", "Break one dependency.")
