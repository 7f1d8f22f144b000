"""What is promised of a dataset of another team and what is relied on, in few words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from platform_core.contracts.model import Contract
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import Unmet, unmet
from platform_core.lineage.guarantees import promised_lengths
from platform_core.lineage.needs import Need, NeededColumn

__all__ = ["need_rows", "terms"]

_NOT_MET = " - NOT MET"
_NO_FILE = "all (no file)"
_PROMISED = "as promised"
_NOT_RELIED = "not relied on"
_ONE_ROW = "one row for each"


class Known(Protocol):
    """What a location uses of a dataset: its datasets by column, and those of which nobody knows what they use."""

    @property
    def contract(self) -> Contract: ...
    @property
    def columns(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def unknown(self) -> tuple[str, ...]: ...


def need_rows(dataset: str, known: Known, need: Need | None) -> Iterator[list[str]]:
    """Yield a row for each column of `dataset` that is used or needed: used by, promised, relied on; then for each term
    of the dataset as a whole: its version, its keys, its service levels."""
    lost = unmet(need, known.contract) if need else ()
    missing: dict[tuple[str, str], Unmet] = {(one.kind, one.path): one for one in lost}
    broken = {one.column for one in lost if one.kind != "key"}
    listed = []
    for row in _columns(known, need, broken):
        listed.append(row[0])
        yield [dataset, *row]
    if not known.columns and not known.unknown and not listed:
        yield [dataset, "(rows only)", "", "", ""]
    for what, promised, relied in _whole(known.contract, listed, need, missing):
        yield [dataset, f"({what})", "", promised, relied]


def _columns(known: Known, need: Need | None, broken: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    promised = {column.name: column for column in drafted(known.contract, None, short=True).columns}
    written = {column.name: column for column in need.columns} if need else {}
    for name in dict.fromkeys([*promised, *written]):
        users = [*known.columns.get(name, ()), *(f"{user}?" for user in known.unknown)]
        if name not in known.columns and name not in written and not known.unknown:
            continue
        if need is None:
            relied = _NO_FILE
        elif name not in written:
            relied = "not written" if name in known.columns else _NOT_RELIED
        else:
            relied = _PROMISED if written[name] == promised.get(name) else terms(written[name]) or "that it is there"
        relied += _NOT_MET if name in broken else ""
        said = terms(promised[name]) if name in promised else "nothing: there is no such column"
        yield name, ", ".join(dict.fromkeys(users)) or "nothing", said, relied


def _whole(
    contract: Contract, columns: Collection[str], need: Need | None, missing: Mapping[tuple[str, str], Unmet]
) -> Iterator[tuple[str, str, str]]:
    """Yield what, promised and relied on for the terms that concern all columns."""
    draft = drafted(contract, columns, short=True)
    version = (need.version if need else "") or "any"
    yield "version", contract.version, version + (_NOT_MET if ("version", "") in missing else "")
    for key in dict.fromkeys([*draft.keys, *(need.keys if need else ())]):
        path = ", ".join(key)
        if unkept := missing.get(("key", path)):
            yield f"key {path}", f"nothing: {unkept.promised}", _ONE_ROW + _NOT_MET
        else:
            yield f"key {path}", _ONE_ROW, _NO_FILE if need is None else _PROMISED if key in need.keys else _NOT_RELIED
    needed = {level.property: level for level in need.service_levels} if need else {}
    for name in dict.fromkeys([*(level.property for level in draft.service_levels), *needed]):
        word = "at least" if name == "retention" else "at most"
        lengths = promised_lengths(name, contract)
        promised = f"{word} {lengths[0][1]}" if lengths else "nothing"
        relied = _NO_FILE if need is None else _NOT_RELIED
        if name in needed:
            relied = f"{word} {needed[name].value} {needed[name].unit}"
        relied = _PROMISED if relied == promised else relied
        yield name, promised, relied + (_NOT_MET if ("service-level", name) in missing else "")


def terms(column: NeededColumn) -> str:
    """Return `integer, never null, one of 3`."""
    said = [column.physical_type or column.logical_type]
    said += ["never null"] if column.required else []
    said += ["unique"] if column.unique else []
    if column.enum is not None:
        said.append(f"one of {len(column.enum)}" + (" or others" if column.on_unknown == "ignore" else ""))
    return ", ".join(part for part in said if part)
