"""What a location's needs say beside what it reads: uses without a need, needs without a use, needs not met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from platform_core.contracts.model import Contract
from platform_core.contracts.places import shown
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.graph import Graph
from platform_core.lineage.needs import Need, need_path
from platform_core.names import AssetId, name_problem

__all__ = ["DRAFT", "Use", "not_met", "use_findings", "uses"]

DRAFT = "platformctl contract needs --write"
_KEPT = "Its team would keep for you what you no longer use."


@dataclass(frozen=True)
class Use:
    """What a location uses of one dataset: its assets by column, and those of which nobody knows what they use."""

    columns: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...] = ()

    @property
    def readers(self) -> tuple[str, ...]:
        return tuple(sorted({*self.unknown, *(key for keys in self.columns.values() for key in keys)}))


def uses(graph: Graph, location: str) -> dict[str, Use]:
    """Return what the assets of `graph` use of each dataset of other locations, by `location/dataset`."""
    found: dict[str, Use] = {}
    for key in (key for key in graph.external if not key.startswith(f"{location}/") and _is_dataset(key)):
        columns: dict[str, list[str]] = {}
        unknown = []
        for asset in (graph.assets[reader] for reader in graph.readers(key)):
            if (used := asset.columns_read(key)) is None:
                unknown.append(asset.key)
            for name in used or ():
                columns.setdefault(name, []).append(asset.key)
        found[key] = Use({name: tuple(keys) for name, keys in columns.items()}, tuple(unknown))
    return found


def _is_dataset(key: str) -> bool:
    """Whether a key is one that a location can publish: plain Dagster code may depend on any."""
    location, _, dataset = key.partition("/")
    return not name_problem(location) and not name_problem(dataset)


def use_findings(
    graph: Graph, location: str, needs: Mapping[str, Need], root: Path, contracts: Mapping[str, Contract] | None = None
) -> list[Finding]:
    """Return warnings: `use-without-need` for what is read and not written down, `unused-need` for the reverse,
    `star-read` for who would trip over a column that is added.

    `root` is the location's folder, or its registration's. A need may name fewer columns than a Python function is
    given: what that uses is for its team to say. Of columns that the one of `contracts` has not, `not_met` tells.
    """
    used = uses(graph, location)
    found: list[Finding] = []
    for key, use in used.items():
        found += _unwritten(key, use, needs.get(key), graph, root)
        if key in needs:
            found += _unused_columns(needs[key], use, (contracts or {}).get(key))
        found += _handed_on(key, graph)
    for key in sorted(needs.keys() - used.keys()):
        own = key.startswith(f"{location}/")
        message = f"{key} is a dataset of this location itself." if own else f"nothing here reads {key}."
        fix = "Remove the file."
        why = "" if own else _KEPT
        found.append(Finding("unused-need", "warning", key, message, why, fix, needs[key].where("dataset")))
    return found


def _unwritten(key: str, use: Use, need: Need | None, graph: Graph, root: Path) -> Iterator[Finding]:
    why = "Until it is written down, all that is promised of it counts as relied on: nobody may change any of it."
    if need is None:
        readers = ", ".join(_short(asset) for asset in graph.readers(key))
        path = need_path(root, AssetId.parse(key))
        message = f"{key} is read by {readers}, and no file says what is relied on."
        fix = f"Draft {path.parent.name}/{path.name} with: {DRAFT}"
        yield Finding("use-without-need", "warning", key, message, why, fix, Where(path))
        return
    written = {column.name for column in need.columns}
    if unwritten := [name for name in use.columns if name not in written]:
        users = {_short(asset) for name in unwritten for asset in use.columns[name]}
        one = len(unwritten) == 1
        what = (
            f"column{'' if one else 's'} {', '.join(map(shown, unwritten))} of {key} {'is' if one else 'are'} used by"
        )
        them = "it" if one else "them"
        message = f"{what} {', '.join(sorted(users))}, and the need does not name {them}."
        fix = f"Add {them} with: {DRAFT}"
        yield Finding("use-without-need", "warning", key, message, why, fix, need.where("properties"))


def _handed_on(key: str, graph: Graph) -> Iterator[Finding]:
    for asset in (graph.assets[reader] for reader in graph.readers(key)):
        if asset.hands_on(key) and not asset.internal:
            message = f"{_short(asset.key)} hands on whatever columns {key} has (SELECT *)."
            why = "Its team may add a column at any time: not in the contract here, it makes the next delivery refused."
            fix = "Name the columns; behind an inner SELECT * is early enough."
            yield Finding("star-read", "warning", asset.key, message, why, fix)


def _unused_columns(need: Need, use: Use, contract: Contract | None) -> Iterator[Finding]:
    if use.unknown:
        return
    promised = {column.name for column in (contract.columns if contract else need.columns)}
    for column in need.columns:
        if column.name not in use.columns and column.name in promised:
            message = f"column {shown(column.name)} of {need.dataset} is needed, and nothing here uses it."
            fix = f"Take it out by hand. ({DRAFT} takes out only what stands as it was drafted.)"
            yield Finding("unused-need", "warning", need.dataset, message, _KEPT, fix, need.where(*column.keys))


def not_met(need: Need, contract: Contract) -> list[Finding]:
    """Return an error `need-not-met` for everything that is relied on and not guaranteed: for the reader to act on."""
    why = "It may hold today; nobody has promised that it will tomorrow."
    return [
        Finding("need-not-met", "error", need.dataset, one.message, why, one.fix, need.where(*one.keys))
        for one in unmet(need, contract)
    ]


def _short(key: str) -> str:
    return key.rpartition("/")[2]
