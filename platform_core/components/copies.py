"""What to write where a dataset reads across engines: the copy that brings its input to its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.names import AssetId

__all__ = ["WHY_A_COPY", "copy_hint", "copy_yaml"]

WHY_A_COPY = "A query runs where its data is; what lies elsewhere has to be brought there, under a contract."


def copy_yaml(of: AssetId, partitions: Mapping[str, Any] | None = None) -> str:
    """Return the defs.yaml of a copy, on one line."""
    words = partitions or {}
    order = [*(name for name in ("type", "start_date", "end_date", "keys") if name in words), *sorted(words)]
    cut = ", ".join(f"{name}: {words[name]}" for name in dict.fromkeys(order))
    return f"{{type: platform_core.CopyDataset, attributes: {{of: {of}{f', partitions: {{{cut}}}' if cut else ''}}}}}"


def copy_hint(of: str, location: str, partitions: Mapping[str, Any] | None = None) -> str:
    """Return how to declare a copy of a dataset in a location, and what to read then."""
    asset = AssetId.parse(of)
    name = f"{asset.location}_{asset.dataset}"
    return (
        f"Declare a copy: platformctl add dataset {name} --copy-of {asset} (it writes defs/{name}/defs.yaml: "
        f"{copy_yaml(asset, partitions)} and the contract), and read {location}.{name}."
    )
