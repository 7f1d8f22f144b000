"""What a team relies on of another team's dataset: `needs/<producer>.<dataset>.yaml`, part of a contract in its words.

Nothing that is not written here is relied on: a column that is missing may go, a term that is missing may change.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from platform_core.documents import Document, Keys, load_document
from platform_core.errors import Where
from platform_core.findings import raise_errors
from platform_core.names import AssetId

__all__ = [
    "FOLDER",
    "SUFFIX",
    "Need",
    "NeededColumn",
    "ServiceLevel",
    "load_need",
    "load_needs",
    "need_path",
    "parse_need",
    "plain",
]

FOLDER = "needs"
SUFFIX = ".yaml"
OnUnknown = Literal["fail", "ignore"]


@dataclass(frozen=True)
class NeededColumn:
    """A column that is used, and what is relied on of it; `children` are the fields of an object, the one item of an
    array, or the key and the value of a map, as far as they are used.

    `logical_type` is the ODCS type, `physical_type` the type its values must fit into; empty for any. `enum` are the
    values that the reader handles, None when it does not care; on any other it fails, or goes on (`on_unknown`).
    """

    name: str
    logical_type: str = ""
    physical_type: str = ""
    required: bool = False
    unique: bool = False
    enum: tuple[Any, ...] | None = None
    on_unknown: OnUnknown = "fail"
    children: tuple[NeededColumn, ...] = ()
    keys: Keys = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class ServiceLevel:
    """An ODCS service level that is relied on: `latency` 2 `d` is data at most two days old, `retention` the history
    that is kept."""

    property: str  # one of need_lint.LEVELS
    value: float
    unit: str
    keys: Keys = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Need:
    """What is relied on of `dataset` (`location/dataset`), under which versions of its contract ('': any).

    Each of `keys` are columns of which one combination stands in one row.
    """

    dataset: str
    version: str = ""
    columns: tuple[NeededColumn, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    document: Document | None = field(default=None, repr=False, compare=False)

    @property
    def asset(self) -> AssetId:
        return AssetId.parse(self.dataset)

    def where(self, *keys: str | int) -> Where | None:
        """Return the place in the file; None for a need that no file says."""
        return self.document.where(*keys) if self.document else None


def need_path(root: Path, asset: AssetId) -> Path:
    """Return the file of what the location, or the registration, in `root` relies on of `asset`."""
    return root / FOLDER / f"{asset.location}.{asset.dataset}{SUFFIX}"


def load_needs(folder: Path) -> dict[str, Need]:
    """Read every `*.yaml` in `folder`, by `location/dataset`; a folder that is not there gives an empty mapping.

    Raises FindingsError with the problems of all files.
    """
    from platform_core.lineage.need_lint import need_findings

    documents = [load_document(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    raise_errors("The needs have problems:", [found for one in documents for found in need_findings(one)])
    needs = [parse_need(document) for document in documents]
    return {need.dataset: need for need in needs}


def load_need(path: Path) -> Need:
    """Read one file. Raises FindingsError with everything wrong in it, PlatformError when it cannot be read."""
    from platform_core.lineage.need_lint import need_findings

    document = load_document(path)
    raise_errors(f"{path.name} has problems:", need_findings(document))
    return parse_need(document)


def parse_need(document: Document) -> Need:
    """Read a document in which `need_findings` finds no error; the behaviour for others is undefined."""
    data = document.data
    return Need(
        dataset=str(AssetId.parse(data["dataset"])),
        version=str(data.get("version") or ""),
        columns=tuple(_columns(data.get("properties") or (), ("properties",))),
        keys=tuple(tuple(key) for key in data.get("keys") or ()),
        service_levels=tuple(_levels(data)),
        document=document,
    )


def _levels(data: Mapping[str, Any]) -> Iterator[ServiceLevel]:
    for place, item in enumerate(data.get("slaProperties") or ()):
        yield ServiceLevel(item["property"], item["value"], item["unit"], ("slaProperties", place))


def _columns(properties: Any, keys: Keys) -> Iterator[NeededColumn]:
    for place, item in enumerate(properties):
        yield _column(item, (*keys, place))


def _column(data: Mapping[str, Any], keys: Keys, name: str = "") -> NeededColumn:
    if data.get("items"):
        children: tuple[NeededColumn, ...] = (_column(data["items"], (*keys, "items"), "items"),)
    elif data.get("map"):
        parts = [part for part in ("key", "value") if data["map"].get(part)]
        children = tuple(_column(data["map"][part], (*keys, "map", part), part) for part in parts)
    else:
        children = tuple(_columns(data.get("properties") or (), (*keys, "properties")))
    values = data.get("enum")
    return NeededColumn(
        name=name or data["name"],
        logical_type=data.get("logicalType") or "",
        physical_type=data.get("physicalType") or "",
        required=bool(data.get("required")),
        unique=bool(data.get("unique")),
        enum=None if values is None else tuple(plain(entry["value"]) for entry in values),
        on_unknown=data.get("onUnknown") or "fail",
        children=children,
        keys=keys,
    )


def plain(value: Any) -> Any:
    """Return a value of an enum as it compares: a date that YAML read is the same as its text."""
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value
