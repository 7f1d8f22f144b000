"""A check as a comment on a pull request: the verdict first, then what to do, then what a merge changes for whom."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.formats.escaping import markdown
from platform_core.formats.findings import render, summary
from platform_core.formats.report import Merge, Report

__all__ = ["comment"]

_TITLES = {
    "passed": "{location}: ready to merge",
    "refused": "{location}: not ready to merge",
    "unknown": "{location}: could not be judged",
}


def comment(report: Report) -> str:
    """Return the report as GitHub's and GitLab's Markdown."""
    parts = [f"### {_TITLES[report.verdict].format(location=markdown(report.location))}"]
    parts.append(render(report.findings, "markdown") if report.findings else summary(()))
    if report.merge is not None:
        parts += _merge(report.merge)
    parts += [f"Not judged, {one.what}: {markdown(one.why)} {markdown(one.fix)}".rstrip() for one in report.unjudged]
    return "\n\n".join(parts)


def _merge(merge: Merge) -> Iterator[str]:
    if merge.changes:
        rows = ["| merging this | in the workspace | what |", "|---|---|---|"]
        for change in merge.changes:
            verb = {"added": "adds", "changed": "changes", "removed": "removes"}[change.kind]
            rows.append(f"| {verb} | {markdown(change.key)} | {markdown(', '.join(change.what))} |")
        yield "\n".join(rows)
    else:
        yield "Merging this changes nothing in the workspace."
    if merge.told:
        told = (
            f"- {markdown(one.location)} ({markdown(', '.join(filter(None, (one.owner, one.contact))))}), "
            f"which reads {markdown(', '.join(one.reads))}"
            for one in merge.told
        )
        yield "\n".join(["Who is told:", "", *told])
    if merge.waiting_for:
        yield f"It would wait for {markdown(', '.join(merge.waiting_for))}, which nobody publishes yet."
