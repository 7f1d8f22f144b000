"""Tells a dataset's owner that a delivery was refused, or that it healed. Never fails the run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from platform_core.names import AssetId

__all__ = ["Message", "notify"]

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Message:
    """What the owner is told: counts and names of rules, never a data value.

    `rules` are (name, violations) of those that failed; violations is None when they could not be counted.
    """

    asset: AssetId
    partition: str | None
    verdict: Literal["refused", "healed"]
    sentence: str
    rules: tuple[tuple[str, int | None], ...] = ()
    run_id: str = ""

    def payload(self) -> Mapping[str, Any]:
        """Return the JSON object that is posted."""
        return {
            "asset": str(self.asset),
            "partition": self.partition,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "rules": [{"name": name, "violations": violations} for name, violations in self.rules],
            "run_id": self.run_id,
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }


def notify(variable: str, message: Message) -> str:
    """Post a message to the webhook whose URL is in the environment `variable`; wait at most 5 seconds.

    Returns an empty string when it was delivered or the owner named no webhook, else one sentence for the log that
    says why not. It never raises, and the sentence never holds the URL, which is a secret.
    """
    if not variable:
        return ""
    url = os.environ.get(variable, "")
    if not url:
        return f"The owner was not told: the environment variable {variable} is not set."
    try:
        if urlsplit(url).scheme not in {"http", "https"}:
            return f"The owner was not told: {variable} does not hold an http or https address."
        body = json.dumps(message.payload()).encode()
        request = Request(url, body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310 - scheme checked
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS):
            return ""
    except HTTPError as error:
        return f"The owner was not told: the webhook in {variable} answered {error.code}."
    except Exception as error:
        return f"The owner was not told: the webhook in {variable} could not be reached ({type(error).__name__})."


class _NoRedirect(HTTPRedirectHandler):
    """A webhook that sends us elsewhere would see the message, and could point at an inner service."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
