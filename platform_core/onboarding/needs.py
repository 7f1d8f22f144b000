"""What a location relies on of other teams: the columns that its queries, dbt models and rules use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.contracts import Contract
from platform_core.errors import PlatformError
from platform_core.findings import Finding, raise_errors
from platform_core.names import AssetId
from platform_core.onboarding.reads import reads_of
from platform_core.testing.inputs import Inputs
from platform_core.testing.runs import inputs_of, load

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset

__all__ = ["Known", "Needs", "known_uses", "needs_of"]

Needs = dict[str, dict[str, list[str]]]  # asset -> column -> the own datasets that use it


@dataclass(frozen=True)
class Known:
    """What a location uses of one dataset of another team: its own datasets by column, in the order of the contract.

    `unknown` are its datasets that read it, and of which nobody knows what they use.
    """

    contract: Contract
    columns: Mapping[str, Sequence[str]]
    unknown: tuple[str, ...] = ()


def needs_of(root: Path) -> Needs:
    """Return the columns that the location in `root` uses of each dataset of other teams, and which datasets use them.

    Of a function, and of a query that cannot be followed, all columns of what it reads count: nothing says less.
    Raises FindingsError when the location does not fit together, or a contract that it needs is not known here.
    """
    found: Needs = {}
    for name, known in known_uses(root).items():
        every = {column.name: list(known.unknown) for column in known.contract.columns} if known.unknown else {}
        users = {
            column: [*every.get(column, ()), *known.columns.get(column, ())] for column in (*every, *known.columns)
        }
        found[name] = {column: sorted(set(users[column])) for column in sorted(users)}
    return found


def known_uses(root: Path) -> dict[str, Known]:
    """Return what the location in `root` uses of each dataset of other teams, by `location/dataset`, in order.

    Raises FindingsError when the location does not fit together, or a contract that it needs is not known here.
    """
    loaded = load(root)
    known = inputs_of(loaded)
    raise_errors("What is read from other teams is not known here:", list(_unknown(loaded.datasets, known)))
    found: dict[str, Known] = {}
    for key, read in sorted(reads_of(root).items()):
        reader = AssetId.parse(key).dataset
        for asset, columns in read.items():
            contract = _contract(asset, known)
            if contract is None:
                continue
            before = found.get(asset) or Known(contract, {})
            users = {**before.columns, **{name: [*before.columns.get(name, ()), reader] for name in columns or ()}}
            order = [column.name for column in contract.columns if column.name in users]  # without `*`
            unknown = (*before.unknown, reader) if columns is None else before.unknown
            found[asset] = Known(contract, {name: users[name] for name in order}, unknown)
    return dict(sorted(found.items()))


def _contract(asset: str, known: Inputs) -> Contract | None:
    try:
        return known.contract(AssetId.parse(asset))
    except PlatformError:
        return None  # of what only a rule reads, the location's own check says that nobody knows it


def _unknown(datasets: tuple[Dataset, ...], known: Inputs) -> Iterator[Finding]:
    for dataset in datasets:
        for name, asset in dataset.inputs.items():
            try:
                known.contract(asset)
            except PlatformError as error:
                where = dataset.declaration.place(name)
                yield Finding("unknown-upstream", "error", str(asset), error.message, fix=error.hint, where=where)
