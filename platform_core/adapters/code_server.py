"""A code server, asked over gRPC: does it answer, what does it serve, which runs does it work on.

Dagster's client of its own servers is not public: it is touched here alone, and a contract test holds this module to
the installed version. Call `ask` and `current_runs` only for hosts the workspace allows.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CONTRACT_HASH", "Served", "accepts_connections", "ask", "current_runs"]

CONTRACT_HASH = "platform/contract_hash"  # in the metadata of an asset's definition
_CONNECT = 3.0  # seconds


@dataclass(frozen=True)
class Served:
    """What a code server answered: `silent`, `broken` (its code does not load, with the reason) or `serving`.

    `contracts` are the hashes of the contracts that its code runs, by asset key.
    """

    state: Literal["silent", "broken", "serving"]
    reason: str = ""
    keys: tuple[str, ...] = ()
    contracts: Mapping[str, str] = field(default_factory=dict)


def accepts_connections(host: str, port: int, timeout: float = _CONNECT) -> str:
    """Say why nothing can be asked at `host:port`; an empty text when something listens there."""
    try:
        with socket.create_connection((host, port), timeout):
            return ""
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__


def ask(host: str, port: int, name: str) -> Served:
    """Ask what the code server at `host:port` serves; it is loaded as the location `name`."""
    if reason := accepts_connections(host, port):
        return Served("silent", reason)
    import dagster as dg
    from dagster._core.errors import DagsterUserCodeUnreachableError
    from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

    origin = GrpcServerCodeLocationOrigin(host=host, port=port, location_name=name)
    try:
        with dg.DagsterInstance.ephemeral() as instance:
            location = origin.create_location(instance)
            try:
                graphs = [repository.asset_graph for repository in location.get_repositories().values()]
                nodes = {"/".join(key.path): graph.get(key) for graph in graphs for key in graph.get_all_asset_keys()}
                hashes = {key: node.metadata.get(CONTRACT_HASH) for key, node in nodes.items()}
            finally:
                location.cleanup()
    except DagsterUserCodeUnreachableError as error:
        return Served("silent", _first_line(error.__cause__ or error))
    except Exception as error:  # whatever the team's code raised when it was imported
        return Served("broken", _root_cause(error))
    said = {key: str(value.value) for key, value in hashes.items() if value is not None}
    return Served("serving", keys=tuple(sorted(nodes)), contracts=said)


def current_runs(host: str, port: int, timeout: float = 10) -> tuple[str, ...] | None:
    """Return the ids of the runs a code server works on; None when it does not answer in `timeout` seconds."""
    from dagster._core.errors import DagsterUserCodeUnreachableError
    from dagster._grpc.client import DagsterGrpcClient
    from dagster._grpc.types import GetCurrentRunsResult
    from dagster._serdes import deserialize_value

    if accepts_connections(host, port, timeout):
        return None
    try:
        answer = DagsterGrpcClient(host=host, port=port).get_current_runs()
    except DagsterUserCodeUnreachableError:
        return None
    return tuple(deserialize_value(answer, GetCurrentRunsResult).current_runs)


def _root_cause(error: Exception) -> str:
    """What the team can mend: Dagster wraps its error in one of its own, or in several."""
    info = next(iter(getattr(error, "user_code_process_error_infos", ())), None)
    while info is not None and info.cause is not None:
        info = info.cause
    return info.message.strip().splitlines()[0][:300] if info is not None else _first_line(error)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
