"""The webserver's GraphQL: which locations loaded, and reload them.

Written on the standard library, so that asking costs no Dagster import.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.adapters.code_server import CONTRACT_HASH
from platform_core.errors import PlatformError

__all__ = ["LocationState", "Webserver"]

_LOCATIONS = """
query Locations { workspaceOrError {
  ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
    __typename
    ... on PythonError { message stack cause { message stack } }
    ... on RepositoryLocation { repositories { assetNodes { assetKey { path } } } }
  } } }
  ... on PythonError { message }
} }"""
_RELOAD_LOCATION = """
mutation Reload($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) {
  __typename ... on PythonError { message } ... on UnauthorizedError { message }
} }"""
_RELOAD_WORKSPACE = """
mutation ReloadAll { reloadWorkspace {
  __typename ... on PythonError { message } ... on UnauthorizedError { message }
} }"""
_CONTRACTS = """
query Contracts { workspaceOrError {
  ... on Workspace { locationEntries { name locationOrLoadError {
    ... on RepositoryLocation { repositories { assetNodes { assetKey { path }
      metadataEntries { label ... on TextMetadataEntry { text } } } } }
  } } }
  ... on PythonError { message }
} }"""
_DAEMONS = """
query Daemons { instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"""


@dataclass(frozen=True)
class LocationState:
    """How a deployment sees a location: `loading`, `loaded` (with the keys it serves) or `broken`.

    Of a broken one, `reason` is the last line of the error and `stack` the lines of its traceback.
    """

    name: str
    state: str
    reason: str = ""
    keys: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()


class Webserver:
    """A Dagster webserver at `address` (`http://host:port`). Every call may raise PlatformError, with the reason."""

    def __init__(self, address: str, timeout: float = 60) -> None:
        self.address = address.rstrip("/")
        self.timeout = timeout  # seconds

    def locations(self) -> dict[str, LocationState]:
        """Return the state of every location.

        Taken from `locationOrLoadError`: `loadStatus` says LOADED of a broken location, too.
        """
        answer = self.ask(_LOCATIONS)["workspaceOrError"]
        if "locationEntries" not in answer:
            raise PlatformError(f"the deployment cannot read its workspace: {answer.get('message', '').strip()}")
        return {entry["name"]: _state(entry) for entry in answer["locationEntries"]}

    def contract_hashes(self) -> dict[str, dict[str, str]]:
        """Return the hashes of the contracts that each loaded location's code runs, by asset key."""
        answer = self.ask(_CONTRACTS)["workspaceOrError"]
        if "locationEntries" not in answer:
            raise PlatformError(f"the deployment cannot read its workspace: {answer.get('message', '').strip()}")
        return {
            entry["name"]: {
                "/".join(node["assetKey"]["path"]): item["text"]
                for repository in (entry["locationOrLoadError"] or {}).get("repositories", ())
                for node in repository["assetNodes"]
                for item in node["metadataEntries"]
                if item["label"] == CONTRACT_HASH and "text" in item
            }
            for entry in answer["locationEntries"]
        }

    def reload(self, name: str) -> None:
        """Have the location's code server asked again; a location the webserver does not know yet, too."""
        if name in self.locations():
            answer = self.ask(_RELOAD_LOCATION, {"name": name})["reloadRepositoryLocation"]
            if answer["__typename"] != "RepositoryLocationNotFound":
                _refuse_errors(answer)
                return
        self.reload_workspace()

    def reload_workspace(self) -> None:
        """Have workspace.yaml read again: locations that came are known, those that went are not."""
        _refuse_errors(self.ask(_RELOAD_WORKSPACE)["reloadWorkspace"])

    def unhealthy_daemons(self) -> tuple[str, ...]:
        """Return the names of the daemons that should run and have not reported lately."""
        statuses = self.ask(_DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return tuple(one["daemonType"] for one in statuses if one["required"] and not one["healthy"])

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what the deployment answers to a GraphQL query."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310 - our own
        try:
            with _direct.open(request, timeout=self.timeout) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise PlatformError(f"the deployment at {self.address} answered {error.code}: {_excerpt(error)}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise PlatformError(f"the deployment at {self.address} does not answer: {reason}.") from error
        if answer.get("errors"):
            raise PlatformError(f"the deployment refused the question: {answer['errors'][0].get('message')}")
        data: dict[str, Any] = answer["data"]
        return data


# A deployment is reached directly: a proxy in the environment is for the world outside.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _state(entry: Mapping[str, Any]) -> LocationState:
    found = entry["locationOrLoadError"]
    if found is None or entry["loadStatus"] == "LOADING":
        return LocationState(entry["name"], "loading")
    if found["__typename"] == "RepositoryLocation":
        nodes = [node for repository in found["repositories"] for node in repository["assetNodes"]]
        keys = sorted("/".join(node["assetKey"]["path"]) for node in nodes)
        return LocationState(entry["name"], "loaded", keys=tuple(keys))
    # Dagster wraps the team's error in one of its own; the cause is what the team can mend.
    error = found.get("cause") or found
    return LocationState(entry["name"], "broken", error["message"].strip(), stack=tuple(error.get("stack") or ()))


def _refuse_errors(answer: Mapping[str, Any]) -> None:
    messages = [error["message"] for error in answer.get("errors", ())] or [answer.get("message")]
    if any(messages):
        raise PlatformError(f"the deployment refused: {'; '.join(str(message).strip() for message in messages)}")


def _excerpt(error: urllib.error.HTTPError) -> str:
    return error.read(300).decode("utf-8", "replace").strip()
