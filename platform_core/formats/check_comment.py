"""A check as a comment on a pull request: the verdict first, then what to do, then what a merge changes for whom."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.formats.escaping import markdown
from platform_core.formats.findings import render, summary
from platform_core.formats.report import Merge, Report
from platform_core.lineage.notices import ContractNotice, Told

__all__ = ["comment"]

_VERBS = {"added": "adds", "changed": "changes", "removed": "removes"}
_SAFE = {True: "safe for its readers", False: "**breaks readers**", None: "nobody can tell whether readers break"}
_TITLES = {
    "passed": "{location}: ready to merge",
    "refused": "{location}: not ready to merge",
    "unknown": "{location}: could not be judged",
}


def comment(report: Report) -> str:
    """Return the report as GitHub's and GitLab's Markdown."""
    parts = [f"### {_TITLES[report.verdict].format(location=markdown(report.location))}"]
    findings = sorted(report.findings, key=lambda one: ("error", "warning", "info").index(one.level))
    parts.append(render(findings, "markdown") if findings else summary(()))
    if report.merge is not None:
        parts += _merge(report.merge)
    parts += [
        f"Not judged, {markdown(one.what)}: {markdown(one.why)} {markdown(one.fix)}".rstrip() for one in report.unjudged
    ]
    return "\n\n".join(parts)


def _merge(merge: Merge) -> Iterator[str]:
    notices = merge.notices
    contracts = {notice.key: notice for notice in notices.contracts}
    kinds: dict[tuple[str, str], list[str]] = {(one.kind, one.key): [] for one in notices.contracts}
    for change in merge.changes:
        # In which respects something changes; what comes or goes does so as a whole.
        kinds.setdefault((change.kind, change.key), []).append(change.field if change.kind == "changed" else "")
    rows = [_row(kind, key, fields, contracts.get(key)) for (kind, key), fields in kinds.items()]
    rows += [f"| {_VERBS[need.kind]} | need of {markdown(need.key)} | |" for need in notices.needs]
    if rows:
        yield "\n".join(["| merging this | in the workspace | what |", "|---|---|---|", *rows])
    else:
        yield "Merging this changes nothing in the workspace."
    if notices.told:
        yield "\n".join(["Who is told:", "", *map(_told, notices.told)])
    if merge.waiting_for:
        yield f"It would wait for {markdown(', '.join(merge.waiting_for))}, which nobody publishes yet."


def _row(kind: str, key: str, fields: list[str], contract: ContractNotice | None) -> str:
    said = [markdown(", ".join(field for field in fields if field and not (field == "contract" and contract)))]
    if contract and contract.kind == "changed":
        version = f"{contract.before} → {contract.after}"
        needed = f", needs {contract.bump} ({contract.required_version})" if contract.bump != "none" else ""
        said.append(f"contract {markdown(version)}: {_SAFE[contract.reader_safe]}{markdown(needed)}")
        said += [markdown(why) for why in contract.why]
    return f"| {_VERBS[kind]} | {markdown(key)} | {'<br>'.join(filter(None, said))} |"


def _told(one: Told) -> str:
    who = markdown(", ".join(filter(None, (one.location, one.owner, one.contact))))
    hurt = f"; **it would break** on {markdown(', '.join(one.hurt))}" if one.hurt else ""
    return f"- {who}: reads {markdown(', '.join(one.datasets))}{hurt}"
