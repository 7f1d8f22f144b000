"""One line a contract, from what its tests found out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["summary_lines"]


def summary_lines(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return `contracts/flights.odcs.yaml  14 rules, 14 proven, sample ok` for each contract, aligned.

    `found` holds what single tests found out, each with its `file`.
    """
    by_file: dict[str, dict[str, Any]] = {}
    for facts in found:
        by_file.setdefault(facts["file"], {}).update(facts)
    told = {file: _line(facts) for file, facts in sorted(by_file.items())}
    width = max((len(file) for file, line in told.items() if line), default=0)
    return [f"{file:<{width}}  {line}" for file, line in told.items() if line]


def _line(facts: Mapping[str, Any]) -> str:
    parts = []
    if "rules" in facts:
        parts.append(f"{facts['rules']} rule{'s' if facts['rules'] != 1 else ''}, {facts['proven']} proven")
    parts += [f"{name} {facts[name]}" for name in ("sample", "run", "rerun") if name in facts]
    parts += facts.get("notes", [])
    return ", ".join(parts)
