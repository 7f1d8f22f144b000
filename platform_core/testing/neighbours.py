"""Other teams' contracts and partitions, as registered: what is needed to work on their data without access to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts import SUFFIX, Contract, dataset_of, load_contract
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.lineage import load_graph
from platform_core.locations import FILE_NAME
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.testing.environment import variable

if TYPE_CHECKING:
    from platform_core.components.partitions import Partitions

__all__ = ["Neighbours"]

_SET = "Set PLATFORM_WORKSPACE to the folder of the central workspace (in the environment, or in .env)."


class Neighbours:
    """What is registered, in the workspace that PLATFORM_WORKSPACE names or the catalog that PLATFORM_CATALOG does.

    `root` is the location's own folder: its .env may name them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._loaded: dict[AssetId, Contract] = {}

    def contract(self, asset: AssetId) -> Contract:
        """Return the contract that another location has registered for `asset`.

        Raises PlatformError when no workspace is set, or nobody has registered the dataset.
        """
        if asset not in self._loaded:
            path = self._paths.get(asset)
            if path is None:
                raise self._unknown(asset)
            self._loaded[asset] = load_contract(path)
        return self._loaded[asset]

    def partitions(self, asset: AssetId) -> Partitions | None:
        """Return how a registered dataset is cut; None when it is not.

        Raises PlatformError for partitions of another kind than the platform's.
        """
        from platform_core.components.partitions import Partitions

        words = self._words(asset)
        try:
            return Partitions.model_validate(dict(words)) if words else None
        except ValueError as error:
            text = f"{asset} is cut by partitions of type {(words or {}).get('type')}, of which no sample can be made."
            hint = f"Put rows of your own in tests/samples/{asset.location}.{asset.dataset}.csv."
            raise PlatformError(text, hint=hint) from error

    def engine(self, asset: AssetId) -> str:
        """Return the engine that a dataset is registered on; empty when nobody says."""
        if asset in self._entries:
            return str(self._entries[asset].get("engine") or "")
        file = self.workspace / "locations" / asset.location / FILE_NAME if self.workspace else None
        if file is None or not file.is_file():
            return ""
        return str(load_document(file).data.get("engine") or DUCKDB_DELTA)

    def _words(self, asset: AssetId) -> Mapping[str, Any] | None:
        if asset in self._entries:
            found: Mapping[str, Any] | None = self._entries[asset].get("partitions")
            return found
        graph = self.workspace / "locations" / asset.location / "graph.json" if self.workspace else None
        if graph is None or not graph.is_file():
            return None
        node = load_graph(graph).assets.get(str(asset))
        return node.partitions if node else None

    @cached_property
    def workspace(self) -> Path | None:
        named = variable(self.root, "PLATFORM_WORKSPACE")
        if not named:
            return None
        folder = Path(named).expanduser()
        folder = folder if folder.is_absolute() else self.root / folder
        if not (folder / "locations").is_dir():
            raise PlatformError(
                "PLATFORM_WORKSPACE names no workspace: it has no folder locations/.", Where(folder), _SET
            )
        return folder

    @cached_property
    def _entries(self) -> dict[AssetId, Mapping[str, Any]]:
        """What the catalog says; the workspace, where set, is newer than the catalog rendered from it."""
        named = "" if self.workspace else variable(self.root, "PLATFORM_CATALOG")
        if not named:
            return {}
        path = Path(named)
        try:
            data = json.loads(path.read_text("utf-8"))
            return {AssetId.parse(key): {**entry, "base": path.parent} for key, entry in data["datasets"].items()}
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise PlatformError("PLATFORM_CATALOG names no catalog that can be read.", Where(path), _SET) from error

    @cached_property
    def _paths(self) -> dict[AssetId, Path]:
        found = dict(self._registered())
        for asset, entry in self._entries.items():
            found.setdefault(asset, entry["base"] / entry["contract"]["path"])
        return found

    def _registered(self) -> Iterator[tuple[AssetId, Path]]:
        if self.workspace:
            for path in sorted(self.workspace.glob(f"locations/*/contracts/*{SUFFIX}")):
                if not path.parts[-3].startswith("."):
                    yield AssetId(path.parts[-3], dataset_of(path)), path

    def _unknown(self, asset: AssetId) -> PlatformError:
        if not self.workspace and not self._entries:
            return PlatformError(f"the contract of {asset} is not known here: it belongs to another team.", hint=_SET)
        near = get_close_matches(str(asset), [str(known) for known in self._paths], 1)
        hint = f"Did you mean {near[0]}?" if near else "Is that location registered? See: platformctl workspace list"
        return PlatformError(f"nobody has registered {asset}.", hint=hint)
