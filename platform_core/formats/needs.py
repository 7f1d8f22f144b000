"""What is promised of a column and what is relied on, in few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from platform_core.contracts.model import Contract
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.needs import Need, NeededColumn

__all__ = ["need_rows", "terms"]


class Known(Protocol):
    """What a location uses of a dataset: its datasets by column, and those of which nobody knows what they use."""

    @property
    def contract(self) -> Contract: ...
    @property
    def columns(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def unknown(self) -> tuple[str, ...]: ...


def need_rows(dataset: str, known: Known, need: Need | None) -> Iterator[list[str]]:
    """Yield a row for each column of `dataset` that is used or needed: used by, promised, relied on."""
    promised = {column.name: column for column in drafted(known.contract, None, short=True).columns}
    written = {column.name: column for column in need.columns} if need else {}
    broken = {one.column for one in unmet(need, known.contract)} if need else set()
    for name in dict.fromkeys([*promised, *written]):
        users = [*known.columns.get(name, ()), *(f"{user}?" for user in known.unknown)]
        if name not in known.columns and name not in written and not known.unknown:
            continue
        if need is None:
            relied = "all (no file)"
        elif name not in written:
            relied = "not written" if name in known.columns else ""
        else:
            relied = (
                "as promised" if written[name] == promised.get(name) else terms(written[name]) or "that it is there"
            )
        relied += " - NOT MET" if name in broken else ""
        said = terms(promised[name]) if name in promised else "nothing: there is no such column"
        yield [dataset, name, ", ".join(dict.fromkeys(users)) or "nothing", said, relied]
    if not known.columns and not known.unknown and not written:
        yield [dataset, "(rows only)", "", "", ""]


def terms(column: NeededColumn) -> str:
    """Return `integer, never null, one of 3`."""
    said = [column.physical_type or column.logical_type]
    said += ["never null"] if column.required else []
    said += ["unique"] if column.unique else []
    if column.enum is not None:
        said.append(f"one of {len(column.enum)}" + (" or others" if column.on_unknown == "ignore" else ""))
    return ", ".join(part for part in said if part)
