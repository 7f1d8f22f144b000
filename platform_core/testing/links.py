"""Foreign keys as written in a contract: from which columns, to which columns of which dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.contracts import Contract

__all__ = ["Link", "links"]


@dataclass(frozen=True)
class Link:
    """`columns` must be found among `targets` of `dataset`: `location/dataset`, or a bare name for the own location.

    `data` is the ODCS relationship as written, `keys` its path in the file.
    """

    columns: tuple[str, ...]
    dataset: str
    targets: tuple[str, ...]
    data: Mapping[str, Any]
    keys: tuple[str | int, ...]


def links(contract: Contract) -> Iterator[Link]:
    """Yield every foreign key of a contract, of its columns and of the dataset as a whole."""
    for column in contract.columns:
        for place, data in enumerate(column.relationships):
            yield from _link((column.name,), data, (*column.keys, "relationships", place))
    for place, data in enumerate(contract.relationships):
        written = data["from"] if isinstance(data["from"], list) else [data["from"]]
        columns = tuple(str(name).rpartition(".")[2] for name in written)
        yield from _link(columns, data, ("schema", 0, "relationships", place))


def _link(columns: tuple[str, ...], data: Mapping[str, Any], keys: tuple[str | int, ...]) -> Iterator[Link]:
    if data.get("type", "foreignKey") != "foreignKey":
        return
    written = data["to"] if isinstance(data["to"], list) else [data["to"]]
    parts = [str(target).split(".") for target in written]
    yield Link(columns, "/".join(parts[0][:-1]), tuple(part[-1] for part in parts), data, keys)
