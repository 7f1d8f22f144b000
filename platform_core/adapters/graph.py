"""A Dagster Definitions object -> the plain asset graph.

The one place that looks inside Definitions. Beside the public specs it uses `Definitions.resolve_asset_graph()`,
which joins checks to assets and knows the stubs Dagster makes for upstreams it cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from platform_core.adapters.partitions import partitions_data
from platform_core.lineage import Asset, Check, ContractRef, Graph

if TYPE_CHECKING:
    import dagster as dg

__all__ = ["graph_of"]


def graph_of(definitions: dg.Definitions, location: str, contracts: Mapping[str, ContractRef] | None = None) -> Graph:
    """Return the graph of a location's definitions.

    `contracts` are the location's contracts by dataset. An upstream that is only referred to (Dagster makes a stub
    for it) or described under another location's name is not an asset of this graph: it is in `Graph.external`.
    """
    nodes = definitions.resolve_asset_graph()
    own_keys = sorted(node.key for node in nodes.asset_nodes if _is_own(node, location))
    checks: dict[Any, list[Check]] = {}
    for check_key in nodes.asset_check_keys:
        spec = nodes.get_check_spec(check_key)
        checks.setdefault(check_key.asset_key, []).append(Check(spec.name, spec.blocking))
    assets = {}
    for key in own_keys:
        asset = _asset(nodes.get(key), tuple(sorted(checks.get(key, ()))), location, contracts or {})
        assets[asset.key] = asset
    elsewhere = {"/".join(key.path): tuple(sorted(found)) for key, found in checks.items() if key not in own_keys}
    return Graph(assets, _automation(definitions), dict(sorted(elsewhere.items())))


def _is_own(node: Any, location: str) -> bool:
    if node.metadata.get("dagster/auto_created_stub_asset"):
        return False
    return node.is_executable or node.key.path[0] == location


def _asset(node: Any, checks: tuple[Check, ...], location: str, contracts: Mapping[str, ContractRef]) -> Asset:
    path = node.key.path
    reason = node.metadata.get("platform/rerun_reason")
    return Asset(
        key="/".join(path),
        deps=tuple(sorted("/".join(parent.path) for parent in node.parent_keys)),
        kinds=tuple(sorted(node.kinds)),
        group=node.group_name or "",
        owners=tuple(node.owners),
        description=node.description or "",
        partitions=_partitions(node),
        checks=checks,
        freshness=_freshness(node.freshness_policy),
        contract=contracts.get(path[1]) if len(path) == 2 and path[0] == location else None,
        executable=node.is_executable,
        pool=next(iter(sorted(node.pools or ())), "") if node.is_executable else "",
        unsafe=str(getattr(reason, "value", reason) or ""),
        internal="platform/internal" in node.tags,
        path=_text(node.metadata.get("platform/path")),
        whole=_whole(node),
    )


def _text(entry: Any) -> str:
    return str(getattr(entry, "value", entry) or "")


def _whole(node: Any) -> tuple[str, ...]:
    import dagster as dg

    mappings = node.partition_mappings if node.partitions_def is not None else {}
    every = (key for key, mapping in mappings.items() if isinstance(mapping, dg.AllPartitionMapping))
    return tuple(sorted("/".join(key.path) for key in every))


def _partitions(node: Any) -> dict[str, Any] | None:
    """Return the partitions as the team declared them, where that is known; else as Dagster has them."""
    declared = node.metadata.get("platform/partitions")
    if declared is None:
        return partitions_data(node.partitions_def)
    return dict(getattr(declared, "value", declared))  # Dagster wraps JSON metadata


def _freshness(policy: Any) -> dict[str, Any] | None:
    """Return the policy in Dagster's words, windows in seconds."""
    if policy is None:
        return None
    found: dict[str, Any] = {}
    for name in ("fail_window", "warn_window", "lower_bound_delta", "deadline_cron", "timezone"):
        value = getattr(policy, name, None)
        if value is not None:
            found[name] = value if isinstance(value, str) else _seconds(value)
    return found


def _seconds(window: Any) -> int:
    span: timedelta = window if isinstance(window, timedelta) else window.to_timedelta()
    return round(span.total_seconds())


def _automation(definitions: dg.Definitions) -> dict[str, str]:
    """Return the sensors and schedules with the status they are deployed with: RUNNING or STOPPED.

    Read from the repository, because only there stands the automation sensor that Dagster adds on its own.
    """
    repository = definitions.get_repository_def()
    found = {sensor.name: sensor.default_status.value for sensor in repository.sensor_defs}
    found.update({schedule.name: schedule.default_status.value for schedule in repository.schedule_defs})
    return dict(sorted(found.items()))
