"""Which partitions of two datasets belong together: by time, by equal keys, or not at all. Words in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CUT_BY_TIME", "unmapped"]

CUT_BY_TIME = ("daily", "weekly", "monthly", "hourly", "time_window")
Cut = Mapping[str, Any]


def unmapped(own: Cut | None, upstream: Cut | None) -> str:
    """Say why a dataset cut like `own` cannot read one cut like `upstream`; empty when it can.

    Both in the words of defs.yaml and graph.json (`type: monthly`, ...), None without partitions. Partitions by time
    belong together where their periods overlap; static ones by their keys, of which `own` may have fewer; dynamic ones
    when both have those of the same dataset. Without partitions, all of the other side belongs to it.
    """
    if own is None or upstream is None or own == upstream:
        return ""
    mine, theirs = own["type"], upstream["type"]
    if mine in CUT_BY_TIME and theirs in CUT_BY_TIME:
        zones = own.get("timezone", "UTC"), upstream.get("timezone", "UTC")
        return "" if zones[0] == zones[1] else f"partitions of two time zones, {zones[0]} and {zones[1]}."
    if mine == theirs == "static":
        more = [str(key) for key in own.get("keys") or () if key not in (upstream.get("keys") or ())]
        said = ", ".join(more[:5]) + (f" and {len(more) - 5} more" if len(more) > 5 else "")
        return f"it has no partition {said}." if more else ""
    if mine == theirs == "dynamic":
        if own.get("name") == upstream.get("name"):
            return ""
        return f"its dynamic partitions are those of {upstream.get('name')}, and these are those of {own.get('name')}."
    return f"{mine} partitions over {theirs} ones: nothing says which belong together."
