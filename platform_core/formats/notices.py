"""What a registration changes for others, as lines: for a terminal, and for the message of a commit."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.formats.escaping import one_line
from platform_core.lineage.notices import ContractNotice, Notices

__all__ = ["notice_lines"]

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_SAFE = {True: "safe for its readers", False: "breaks readers", None: "nobody can tell whether readers break"}


def notice_lines(notices: Notices) -> Iterator[str]:
    """Yield one line for each contract and need, and one for each location that is told."""
    for contract in notices.contracts:
        yield one_line(f"{_SIGNS[contract.kind]} contract {contract.key}: {_said(contract)}")
    for need in notices.needs:
        yield one_line(f"{_SIGNS[need.kind]} need of {need.key}")
    for one in notices.told:
        who = ", ".join(part for part in (one.owner, one.contact) if part)
        hurt = f"; it would be hurt by {', '.join(one.hurt)}" if one.hurt else ""
        yield one_line(f"! tell {one.location} ({who}): it reads {', '.join(one.datasets)}{hurt}")


def _said(contract: ContractNotice) -> str:
    if contract.kind == "added":
        return f"version {contract.after}"
    if contract.kind == "removed":
        return f"version {contract.before} goes"
    words = contract.words and contract.reader_safe is None
    said = f"{contract.before} -> {contract.after}, {'changes words' if words else _SAFE[contract.reader_safe]}"
    if contract.bump != "none" and contract.reader_safe is not False:  # else no version makes it right
        said += f", {contract.bump} ({contract.required_version})"
    kept = contract.writer_safe is True or (contract.words and contract.writer_safe is None)
    return said if kept else f"{said}; the data published so far may not keep it"
