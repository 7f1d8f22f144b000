"""The SQL of a model as it was written, with the Jinja masked: what can be judged of it before dbt compiled it."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["clock_words", "masked"]

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_BLANK = re.compile(r"\{\{-?\s*config\s*\(")
_TAG = re.compile(r"\{%-?\s*(\w+)\s*(.*?)-?%\}", re.DOTALL)
# What Jinja knows of the time or the run; the value stands in the compiled SQL as if it had been written there.
_CLOCK = re.compile(
    r"\b(run_started_at|invocation_id)\b|\bmodules\s*\.\s*datetime\b[\w.\s]*?\b(now|utcnow|today)\s*\("
    r"|\b(current_timestamp\w*|date_spine_until_today)\s*\("
)


def masked(text: str) -> str:
    """Return `text` as SQL with the same lines: an expression is a name, a block of conditions is left out.

    What stands under `is_incremental()` stays, for it will run one day; nobody can say that of another condition.
    """
    parts, end, hidden = [], 0, [False]
    for found in _JINJA.finditer(text):
        parts.append(_shown(text[end : found.start()], hidden[-1]))
        end = found.end()
        tag = _TAG.match(found[0])
        if tag and tag[1] == "if":
            hidden.append(hidden[-1] or "is_incremental" not in tag[2])
        elif tag and tag[1] == "endif" and len(hidden) > 1:
            hidden.pop()
        elif found[0].startswith("{{") and not _BLANK.match(found[0]):
            parts.append(_shown(" jinja_ ", hidden[-1]))
        parts.append("\n" * found[0].count("\n"))
    return "".join([*parts, _shown(text[end:], hidden[-1])])


def clock_words(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and word for whatever asks for the time, or for the run, in the Jinja of `text`."""
    for block in _JINJA.finditer(text):
        if not block[0].startswith("{#"):
            for word in _CLOCK.finditer(block[0]):
                yield 1 + text.count("\n", 0, block.start() + word.start()), next(filter(None, word.groups()))


def _shown(text: str, hidden: bool) -> str:
    return "\n" * text.count("\n") if hidden else text
