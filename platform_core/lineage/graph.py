"""The asset graph of one location, or of many: what depends on what, as plain data that a person can read in a diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError, Where

__all__ = ["ALL", "Asset", "Check", "ContractRef", "Graph", "load_graph", "save_graph"]

FORMAT = 1
ALL = "*"  # in `Asset.reads`


@dataclass(frozen=True, order=True)
class Check:
    """An asset check; a failed one that is `blocking` stops the data."""

    name: str
    blocking: bool = False


@dataclass(frozen=True)
class ContractRef:
    """Which contract a dataset is published under: its version, and the hash of its meaning."""

    version: str
    hash: str


@dataclass(frozen=True)
class Asset:
    """One asset of a graph. `key` and `deps` are written `location/dataset`.

    `partitions` and `freshness` are in the words of `defs.yaml` and Dagster; None when there are none.
    `executable` is False for an asset that is only described here, and produced elsewhere.
    `unsafe` says why it may not be computed again from the same inputs; empty when it may.
    `pool` is the shared system whose places its runs take; empty for none.
    `path` is how its files are called in the location's landing folder; empty where none arrive. `whole` are those of
    `deps` of which every partition is read, whichever one is made.
    `internal`: it is made on the way to others and never published, so nobody else can read it.
    `reads` are the columns it uses of those of `deps` that other locations publish, and `ALL` where it hands on any
    column that is added; None, or no entry, where nobody can say: see `columns_read`.
    """

    key: str
    deps: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    group: str = ""
    owners: tuple[str, ...] = ()
    description: str = ""
    partitions: Mapping[str, Any] | None = None
    checks: tuple[Check, ...] = ()
    freshness: Mapping[str, Any] | None = None
    contract: ContractRef | None = None
    executable: bool = True
    unsafe: str = ""
    pool: str = ""
    internal: bool = False
    path: str = ""
    whole: tuple[str, ...] = ()
    reads: Mapping[str, tuple[str, ...]] | None = None

    def columns_read(self, key: str) -> tuple[str, ...] | None:
        """Return the columns it uses of the dataset `key`; None for all, also where nobody can say which."""
        found = None if self.reads is None else self.reads.get(key)
        return None if found is None else tuple(column for column in found if column != ALL)

    def hands_on(self, key: str) -> bool:
        """Whether a column that is added to the dataset `key` is known to change what it makes, as SELECT * does."""
        return ALL in (self.reads or {}).get(key, ())


@dataclass(frozen=True)
class Graph:
    """Assets by key, and the sensors and schedules that start them, each with its status as deployed.

    `checks_elsewhere` are checks on assets that are not of this graph, by the key of the asset.
    """

    assets: Mapping[str, Asset] = field(default_factory=dict)
    automation: Mapping[str, str] = field(default_factory=dict)
    checks_elsewhere: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)

    @property
    def external(self) -> tuple[str, ...]:
        """The upstream keys that no asset of this graph stands for, sorted."""
        needed = {dep for asset in self.assets.values() for dep in asset.deps}
        return tuple(sorted(needed - set(self.assets)))

    def readers(self, key: str) -> tuple[str, ...]:
        """The assets that read `key` directly, sorted."""
        return tuple(sorted(asset.key for asset in self.assets.values() if key in asset.deps))

    def upstream(self, key: str) -> tuple[str, ...]:
        """Everything `key` is made from, near or far, sorted; `key` itself only when it stands in a cycle."""
        return self._reach(key, lambda at: self.assets[at].deps if at in self.assets else ())

    def downstream(self, key: str) -> tuple[str, ...]:
        """Everything made from `key`, near or far, sorted; `key` itself only when it stands in a cycle."""
        readers = self._readers()
        return self._reach(key, lambda at: readers.get(at, ()))

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """The groups of assets that wait for one another, each sorted; none in a graph that can ever run."""
        groups = set()
        for key in self._stuck():
            above = set(self.upstream(key))
            if key in above:
                groups.add(tuple(sorted(at for at in above if key in self.upstream(at))))
        return tuple(sorted(groups))

    def _stuck(self) -> tuple[str, ...]:
        """What stays when everything that could run has run: cycles and what reads them. Mostly nothing, and fast."""
        waits = {key: len(set(asset.deps) & self.assets.keys()) for key, asset in self.assets.items()}
        readers = self._readers()
        ahead = [key for key, count in waits.items() if count == 0]
        while ahead:
            for reader in readers.get(ahead.pop(), ()):
                waits[reader] -= 1
                if waits[reader] == 0:
                    ahead.append(reader)
        return tuple(key for key, count in waits.items() if count)

    def _readers(self) -> dict[str, list[str]]:
        readers: dict[str, list[str]] = {}
        for asset in self.assets.values():
            for dep in set(asset.deps):
                readers.setdefault(dep, []).append(asset.key)
        return readers

    @classmethod
    def union(cls, graphs: Iterable[Graph]) -> Graph:
        """Join the graphs of several locations; of two assets with one key the executable one stands."""
        assets: dict[str, Asset] = {}
        for graph in graphs:
            for key, asset in graph.assets.items():
                if key not in assets or (asset.executable and not assets[key].executable):
                    assets[key] = asset
        return cls(dict(sorted(assets.items())))

    @staticmethod
    def _reach(start: str, step: Any) -> tuple[str, ...]:
        seen: set[str] = set()
        ahead = list(step(start))
        while ahead:
            at = ahead.pop()
            if at not in seen:
                seen.add(at)
                ahead.extend(step(at))
        return tuple(sorted(seen))

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON, without the key repeated inside each asset."""
        assets = {}
        for key, asset in self.assets.items():
            data = asdict(asset)
            del data["key"]
            assets[key] = data
        whole = {"format": FORMAT, "assets": assets, "automation": dict(self.automation)}
        if self.checks_elsewhere:
            found = self.checks_elsewhere.items()
            whole["checks_elsewhere"] = {key: [asdict(check) for check in checks] for key, checks in found}
        return whole

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Graph:
        """Read what `as_data` gave. Raises KeyError, TypeError or ValueError when it is something else."""
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, and this version reads {FORMAT}")
        elsewhere = {key: _checks(checks) for key, checks in data.get("checks_elsewhere", {}).items()}
        assets = {key: _asset(key, item) for key, item in data["assets"].items()}
        return cls(assets, dict(data["automation"]), elsewhere)


def save_graph(graph: Graph, path: Path) -> None:
    """Write the graph so that the same graph gives the same bytes, and a change of one asset a change of its lines."""
    path.write_text(json.dumps(graph.as_data(), indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def load_graph(path: Path) -> Graph:
    """Read a graph. Raises PlatformError when the file is missing or not one of ours."""
    try:
        return Graph.from_data(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror}.", Where(path)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "It is written by `platformctl register`: register the location again."
        raise PlatformError(f"is not an asset graph: {error}.", Where(path), hint) from error


def _checks(data: Iterable[Mapping[str, Any]]) -> tuple[Check, ...]:
    return tuple(Check(**check) for check in data)


def _asset(key: str, data: Mapping[str, Any]) -> Asset:
    contract, reads = data["contract"], data.get("reads")
    return Asset(
        key=key,
        deps=tuple(data["deps"]),
        kinds=tuple(data["kinds"]),
        group=data["group"],
        owners=tuple(data["owners"]),
        description=data["description"],
        partitions=data["partitions"],
        checks=_checks(data["checks"]),
        freshness=data["freshness"],
        contract=ContractRef(**contract) if contract else None,
        executable=data["executable"],
        unsafe=data.get("unsafe", ""),  # written by a release that did not know of it: empty
        pool=data.get("pool", ""),
        path=data.get("path", ""),
        whole=tuple(data.get("whole", ())),
        internal=data.get("internal", False),
        reads=None if reads is None else {str(key): tuple(map(str, columns)) for key, columns in reads.items()},
    )
