"""Runs asked of a Dagster webserver, as its page asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError

__all__ = ["launch", "run_status"]

_LAUNCH = """
mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on Error { message }
  ... on RunConfigValidationInvalid { errors { message } }
} }"""
_RUN = "query Run($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status } ... on Error { message } } }"


def launch(webserver: Webserver, location: str, keys: Sequence[str], tags: Mapping[str, str] | None = None) -> str:
    """Start a run of assets (`location/dataset`) of one location and return its id.

    A partition is named by the tag `dagster/partition`. Raises PlatformError when it is refused.
    """
    selector = {
        "repositoryLocationName": location,
        "repositoryName": "__repository__",
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": key.split("/")} for key in keys],
    }
    metadata = {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]}
    answer = webserver.ask(_LAUNCH, {"params": {"selector": selector, "executionMetadata": metadata}})["launchRun"]
    return str(_accepted(answer)["run"]["runId"])


def run_status(webserver: Webserver, run_id: str) -> str:
    """Return Dagster's status of a run, as SUCCESS, FAILURE, QUEUED, STARTED. Raises PlatformError."""
    return str(_accepted(webserver.ask(_RUN, {"id": run_id})["runOrError"])["status"])


def _accepted(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "run" in answer or "status" in answer:
        return answer
    raise PlatformError(f"the deployment refused: {answer.get('errors') or answer.get('message')}")
