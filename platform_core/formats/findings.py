"""Findings as text, JSON, Markdown or annotations of a build server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, get_args

from platform_core.findings import Finding
from platform_core.formats.escaping import annotation, annotation_property, markdown, one_line, plain
from platform_core.formats.gitlab import code_quality
from platform_core.formats.places import path_shown, place_shown

__all__ = ["FORMATS", "Format", "render", "summary"]

Format = Literal["text", "json", "markdown", "github", "gitlab"]
FORMATS: tuple[str, ...] = get_args(Format)
_NOUNS = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes")}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(findings: Sequence[Finding], format: str = "text") -> str:
    """Return the findings in one of FORMATS, in the order given, without a newline at the end.

    `text`: one block a finding, `path:line: level id: message`, why, fix and owner indented, and a summary line.
    `json`: a list of objects. `markdown`: a table. `github`: one workflow command a finding, and nothing when there
    are none. `gitlab`: a Code Quality report. Raises ValueError for another format.
    """
    writers = {"text": _text, "json": _json, "markdown": _markdown, "github": _github, "gitlab": code_quality}
    if format not in writers:
        raise ValueError(f"'{format}' is not one of {', '.join(FORMATS)}")
    return writers[format](findings)


def summary(findings: Sequence[Finding]) -> str:
    """Count the findings in words: `2 errors, 1 warning.`"""
    counts = {level: sum(finding.level == level for finding in findings) for level in _NOUNS}
    said = [f"{count:,} {_NOUNS[level][count != 1]}" for level, count in counts.items() if count]
    return f"{', '.join(said)}." if said else "No problems found."


def _text(findings: Sequence[Finding]) -> str:
    return "\n".join([*(_block(finding) for finding in findings), summary(findings)])


def _block(finding: Finding) -> str:
    head, *rest = plain(finding.message).splitlines() or [""]
    place = one_line(place_shown(finding.where) or finding.subject)
    lines = [f"{place}: {finding.level} {finding.id}: {head}"]
    lines += [f"    {line}" for line in rest]
    for label, text in (("why", finding.why), ("fix", finding.fix), ("for", one_line(finding.owner))):
        first, *more = plain(text).splitlines() or [""]
        lines += [f"    {label}: {first}", *(f"         {line}" for line in more)] if text else []
    return "\n".join(lines)


def _json(findings: Sequence[Finding]) -> str:
    return json.dumps([_object(finding) for finding in findings], indent=2)


def _object(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "level": finding.level,
        "subject": finding.subject,
        "message": finding.message,
        "why": finding.why,
        "fix": finding.fix,
        "owner": finding.owner,
        "path": path_shown(finding.where) or None,
        "line": (finding.where.line or None) if finding.where else None,
    }


def _markdown(findings: Sequence[Finding]) -> str:
    if not findings:
        return summary(findings)
    rows = ["| level | where | what | what to do |", "|---|---|---|---|"]
    for finding in findings:
        place = markdown(place_shown(finding.where) or finding.subject)
        what = " ".join(filter(None, (f"**{markdown(finding.id)}**", markdown(finding.message), markdown(finding.why))))
        do = " ".join(filter(None, (markdown(finding.fix), _for(markdown(finding.owner)))))
        rows.append(f"| {finding.level} | {place} | {what} | {do} |")
    return "\n".join([*rows, "", summary(findings)])


def _for(owner: str) -> str:
    """Who has to act, where a fix is one sentence among others."""
    return f"(for {owner})" if owner else ""


def _github(findings: Sequence[Finding]) -> str:
    return "\n".join(_command(finding) for finding in findings)


def _command(finding: Finding) -> str:
    properties = [("file", path_shown(finding.where))] if finding.where else []
    if finding.where and finding.where.line:
        properties.append(("line", str(finding.where.line)))
    properties.append(("title", f"{finding.subject}: {finding.id}" if finding.subject else finding.id))
    values = ",".join(f"{name}={annotation_property(value)}" for name, value in properties)
    message = "\n".join(filter(None, (finding.message, finding.why, finding.fix, _for(one_line(finding.owner)))))
    return f"::{_COMMANDS[finding.level]} {values}::{annotation(message)}"
