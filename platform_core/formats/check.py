"""What a check of a location came to, as text, JSON, a comment on a pull request, or for a build server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from platform_core.formats.changes import plan_lines
from platform_core.formats.check_comment import comment
from platform_core.formats.escaping import annotation, one_line
from platform_core.formats.findings import FORMATS, render, summary
from platform_core.formats.report import Merge, Report

__all__ = ["FORMATS", "render_report"]

_VERDICTS = {
    "passed": "{location} passes.",
    "refused": "{location} does not pass.",
    "unknown": "{location} could not be judged.",
}


def render_report(report: Report, format: str = "text") -> str:
    """Return the report in one of FORMATS, without a newline at the end.

    `text`: the findings, what a merge would change and who is told, what could not be judged, and the verdict.
    `json`: one object, see `_json`. `markdown`: a comment for a pull request, the verdict first. `github`: a workflow
    command for each finding, then the verdict. `gitlab`: a Code Quality report. Raises ValueError for another format.
    """
    if format == "gitlab":
        return render(report.findings, "gitlab")
    writers = {"text": _text, "json": _json, "markdown": comment, "github": _github}
    if format not in writers:
        raise ValueError(f"'{format}' is not one of {', '.join(FORMATS)}")
    return writers[format](report)


def _verdict(report: Report) -> str:
    said = _VERDICTS[report.verdict].format(location=one_line(report.location))
    return f"{said} {summary(report.findings)}"


def _text(report: Report) -> str:
    # The findings come with their summary as the last line; here the verdict says it.
    blocks = render(report.findings, "text").splitlines()[:-1]
    return "\n".join([*blocks, *(_merge(report.merge) if report.merge else ()), *_unjudged(report), _verdict(report)])


def _merge(merge: Merge) -> Iterator[str]:
    lines = list(plan_lines(merge.changes, merge.notices))
    yield "A merge would change in the workspace:" if lines else "A merge would change nothing in the workspace."
    yield from (f"  {line}" for line in lines)
    if merge.waiting_for:
        yield one_line(f"Pending: it would wait for {', '.join(merge.waiting_for)}.")


def _unjudged(report: Report) -> Iterator[str]:
    for one in report.unjudged:
        yield one_line(f"Not judged, {one.what}: {one.why}")
        if one.fix:
            yield f"    {one_line(one.fix)}"


def _json(report: Report) -> str:
    """One object; these keys stay, and new ones may come.

    `location`; `verdict`: passed, refused or unknown (something that was asked for could not be judged); `findings`;
    `plan`: what a merge would change in the workspace (null where none could be asked): the `verdict` of a
    registration; assets and sensors `added`, `changed` (key and what), `removed`; `contracts` (kind, key, before,
    after, reader_safe, writer_safe, bump, required_version, why), `needs` (kind, key), who is `told` (location, owner,
    contact, datasets, hurt), `waiting_for`; `not_judged`: what, why, fix.
    """
    data: dict[str, Any] = {
        "location": report.location,
        "verdict": report.verdict,
        "findings": json.loads(render(report.findings, "json")),
        "plan": _plan(report.merge) if report.merge else None,
        "not_judged": [{"what": one.what, "why": one.why, "fix": one.fix} for one in report.unjudged],
    }
    return json.dumps(data, indent=2)


def _plan(merge: Merge) -> dict[str, Any]:
    keys: dict[str, dict[str, list[str]]] = {"added": {}, "changed": {}, "removed": {}}
    for change in merge.changes:
        keys[change.kind].setdefault(change.key, []).append(change.field)
    return {
        "verdict": merge.verdict,
        "added": list(keys["added"]),
        "changed": [{"key": key, "what": what} for key, what in keys["changed"].items()],
        "removed": list(keys["removed"]),
        **{name: [asdict(one) for one in getattr(merge.notices, name)] for name in ("contracts", "needs", "told")},
        "waiting_for": list(merge.waiting_for),
    }


def _github(report: Report) -> str:
    lines = [render(report.findings, "github")] if report.findings else []
    for one in report.unjudged:
        lines.append(f"::notice title=not judged::{annotation(' '.join(filter(None, (one.why, one.fix))))}")
    return "\n".join([*lines, _verdict(report)])
