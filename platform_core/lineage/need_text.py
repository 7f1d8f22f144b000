"""A need as a needs file says it."""

from __future__ import annotations

from typing import Any

import yaml

from platform_core.lineage.needs import Need, NeededColumn

__all__ = ["column_text", "need_text"]

_HEAD = """\
# What this location relies on of {dataset}: its team may change everything else.
# Drafted by `platformctl contract needs --write` from what the code here uses, as {dataset} promises it today.
# Take out what you do not rely on; what you write here stays.
"""


def need_text(need: Need) -> str:
    """Return the text of a new file that says `need`, one line for each column."""
    lines = [_HEAD.format(dataset=need.dataset) + f"dataset: {need.dataset}"]
    if need.version:
        lines.append(f"version: {_flow(need.version)}")
    if need.columns:
        lines += ["properties:", *(f"  - {column_text(column)}" for column in need.columns)]
    if need.keys:
        lines += ["keys:  # one row for each combination", *(f"  - {_flow(list(key))}" for key in need.keys)]
    if need.service_levels:
        levels = [{"property": one.property, "value": one.value, "unit": one.unit} for one in need.service_levels]
        lines += ["slaProperties:", *(f"  - {_flow(level)}" for level in levels)]
    return "\n".join(lines) + "\n"


def column_text(column: NeededColumn) -> str:
    """Return a column on one line: `{name: carrier, logicalType: string, required: true}`."""
    return _flow({"name": column.name, **_terms(column)})


def _terms(column: NeededColumn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if column.logical_type:
        found["logicalType"] = column.logical_type
    if column.physical_type:
        found["physicalType"] = column.physical_type
    found |= {name: True for name in ("required", "unique") if getattr(column, name)}
    if column.enum is not None:
        found |= {"enum": [{"value": value} for value in column.enum], "onUnknown": column.on_unknown}
    if column.children and column.logical_type == "array":
        found["items"] = _terms(column.children[0])
    elif column.children and column.logical_type == "map":
        found["map"] = {child.name: _terms(child) for child in column.children}
    elif column.children:
        found["properties"] = [{"name": child.name, **_terms(child)} for child in column.children]
    return found


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")
