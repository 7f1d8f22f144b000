"""Whether a dataset may be computed again: what its team says of it, and what follows for a run.

A run for new input, or with new code, is no re-run. Computing again what stands, from the same inputs by the same code,
is one; so is trying a run again that broke off in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

__all__ = [
    "AGAIN",
    "NO_RETRIES",
    "REASON",
    "RERUN",
    "RERUN_TAG",
    "Rerun",
    "rerun_problem",
    "said_of_rerun",
    "unsafe_of",
    "wants_again",
]

RERUN_TAG = "platform/rerun"  # on an asset: unsafe; on a run: again, which computes even what is unsafe to
AGAIN = "again"
NO_RETRIES = {"dagster/max_retries": "0"}  # on a run: Dagster does not start it anew when its process dies
_MOST = 300  # characters of a reason

Rerun = Literal["safe", "unsafe"]
RERUN: Any = Field(
    default="safe",
    description="safe, or unsafe when computing it again from the same inputs may publish something else, or do harm: "
    "then nothing runs it again by itself.",
)
REASON: Any = Field(default="", description="With rerun: unsafe, one sentence: why, and what to do instead.")


def unsafe_of(rerun: str, reason: str) -> str:
    """Return why a dataset may not be computed again, on one line; empty when it may."""
    return " ".join(reason.split()) if rerun == "unsafe" else ""


def rerun_problem(rerun: str, reason: str) -> tuple[str, str, str] | None:
    """Return which of the two keys is wrong, what is wrong with it and what to write; None when they fit together."""
    text = " ".join(str(reason).split())
    if rerun not in ("safe", "unsafe"):
        return "rerun", f"rerun is safe or unsafe, not '{rerun}'.", "Leave it out where a re-run is safe."
    if rerun == "unsafe" and not text:
        return (
            "rerun",
            "rerun: unsafe needs a reason.",
            "Add reason: one sentence that says why, and what to do instead.",
        )
    if rerun == "safe" and text:
        return "reason", "a reason stands only beside rerun: unsafe.", "Add rerun: unsafe, or take the reason out."
    if len(text) > _MOST:
        return "reason", f"the reason is longer than {_MOST} characters.", "Say it in one sentence."
    return None


def said_of_rerun(unsafe: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags and the metadata that an asset carries; none where it is safe."""
    return ({RERUN_TAG: "unsafe"}, {"platform/rerun_reason": unsafe}) if unsafe else ({}, {})


def wants_again(tags: Mapping[str, str]) -> bool:
    """Say whether whoever asked for a run, by its tags, wants it even where it is unsafe."""
    return tags.get(RERUN_TAG) == AGAIN
