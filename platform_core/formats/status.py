"""The answers about datasets as text, JSON, Markdown or a page. A format lays out; it decides nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from platform_core.answers import Answer
from platform_core.answers.wording import SHORT
from platform_core.formats.escaping import markdown
from platform_core.formats.status_page import page
from platform_core.formats.status_text import full_story, overview
from platform_core.formats.table import timestamp

__all__ = ["FORMATS", "Format", "render"]

Format = Literal["text", "json", "html", "markdown"]
FORMATS: tuple[str, ...] = get_args(Format)


def render(answers: Sequence[Answer], format: str = "text", *, story: bool = False) -> str:
    """Return the answers in one of FORMATS; `story` tells everything about each in `text`.

    Raises ValueError for another format.
    """
    if format == "text":
        return full_story(answers) if story else overview(answers)
    writers = {"json": _json, "html": page, "markdown": _markdown}
    if format not in writers:
        raise ValueError(f"'{format}' is not one of {', '.join(FORMATS)}")
    return writers[format](answers)


def _json(answers: Sequence[Answer]) -> str:
    return json.dumps({"assets": [_asset(item) for item in answers]}, indent=2)


def _asset(item: Answer) -> dict[str, Any]:
    facts, verdict = item.facts, item.verdict
    failed = sum(rule.blocking for rule in item.broken)
    return {
        "asset": str(facts.asset),
        "location": facts.asset.location,
        "owner": facts.owner,
        "verdict": verdict.state.value,
        "sentence": item.sentence,
        "version": facts.version,
        "published_at": _iso(item.published_at),
        "checks": {"passed": item.passed, "failed": failed, "warned": len(item.broken) - failed},
        "freshness": verdict.freshness.state,
        # What follows may grow; what stands above is fixed.
        "safe": verdict.safe,
        "states": [state.value for state in verdict.states],
        "notes": list(item.notes),
        "rows": item.rows,
        "contact": facts.contact,
        "data_arrived_at": _iso(verdict.freshness.since),
        "next_data_due_at": _iso(verdict.freshness.deadline),
        "contract": {"version": facts.registered.version, "hash": facts.registered.hash} if facts.registered else None,
        "missing_partitions": list(verdict.missing),
        "refused": [_refused(entry) for entry in verdict.refused],
        "partitions": [_published(entry) for entry in facts.published],
        "broken_rules": [_rule(rule) for rule in item.broken],
        "audited": [
            {"partition": one.partition, "rules": [_rule(rule) for rule in one.checks.broken]} for one in facts.audited
        ],
        "runs_in_progress": [entry.run_id for entry in facts.running],
        "stray_files": [{"file": one.name, "why": one.why} for one in facts.strays],
        "waiting_for": [str(asset) for asset in facts.waiting_for],
        "rerun": {"unsafe": bool(facts.unsafe), "reason": facts.unsafe},
    }


def _refused(entry: Any) -> dict[str, Any]:
    return {
        "partition": entry.partition,
        "refused_at": _iso(entry.refused_at),
        "rows": entry.rows,
        "rules": [_rule(rule) for rule in entry.checks.broken if rule.blocking],
        "quarantine": entry.quarantine,
        "run_id": entry.run_id,
    }


def _published(entry: Any) -> dict[str, Any]:
    return {
        "partition": entry.partition,
        "version": entry.version,
        "published_at": _iso(entry.published_at),
        "rows": entry.rows,
        "contract": {"version": entry.contract.version, "hash": entry.contract.hash},
        "kind": entry.kind,
        "held": entry.held,
    }


def _rule(rule: Any) -> dict[str, Any]:
    return {"name": rule.name, "violations": rule.violations, "blocking": rule.blocking, "message": rule.message}


def _iso(when: datetime | None) -> str | None:
    return when.isoformat(timespec="seconds") if when else None


def _markdown(answers: Sequence[Answer]) -> str:
    rows = ["| dataset | verdict | published (UTC) | rows | owner | in a sentence |", "|---|---|---|---:|---|---|"]
    for item in answers:
        cells = (
            str(item.facts.asset),
            SHORT[item.verdict.state],
            timestamp(item.published_at),
            f"{item.rows:,}" if item.rows is not None else "-",
            item.facts.owner,
            item.sentence,
        )
        rows.append(f"| {' | '.join(markdown(cell) for cell in cells)} |")
    return "\n".join(rows)
