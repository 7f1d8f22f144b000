"""Changed contracts as text, JSON or a comment on a pull request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from platform_core.contracts.compatibility import BUMPS
from platform_core.findings import Finding
from platform_core.formats.escaping import markdown, one_line
from platform_core.formats.findings import FORMATS, render, summary
from platform_core.formats.places import place_shown
from platform_core.formats.table import table
from platform_core.lineage.comparison import Comparison

__all__ = ["FORMATS", "render_comparisons", "render_unsound"]

_ANSWERS = {True: "yes", False: "no", None: "undetermined"}
_READERS = "those who read it go on as they are"
_WRITERS = "what is published keeps the new contract"
_UNKNOWN = "unknown: no workspace was asked that knows it, so everybody counts"
_NAMES = {"error": "to be mended", "warning": "look at it"}


def render_comparisons(compared: Sequence[Comparison], format: str = "text") -> str:
    """Return the verdict on each contract and the findings, in one of FORMATS, without a newline at the end.

    `json`: one object with reader_safe, writer_safe (true, false, null: undetermined), required_bump (none, patch,
    minor, major) and findings over all of them, and the same of each under `contracts`. The formats of build servers
    hold the findings alone. Raises ValueError for another format.
    """
    if format == "json":
        return json.dumps(_object(compared), indent=2, ensure_ascii=False)
    changed = [one for one in compared if one.verdict.judged]
    if format == "markdown":
        return "\n\n".join(_comment(one) for one in changed) or _none(compared)
    findings = [finding for one in changed for finding in one.findings]
    if format != "text":
        return render(findings, format)
    heads = [_head(one) for one in changed]
    same = len(compared) - len(changed)
    heads += [f"{same} contract{'s' if same > 1 else ''} unchanged."] if same and changed else []
    return "\n\n".join([*heads, render(findings)]) if changed else _none(compared)


def render_unsound(findings: Sequence[Finding], format: str = "text") -> str:
    """Return what keeps contracts from being compared, in one of FORMATS; the object of `json` has no answers then."""
    if format != "json":
        return render(findings, format)
    unknown = dict.fromkeys(("reader_safe", "writer_safe", "required_bump"))
    return json.dumps({**unknown, "findings": _findings(findings), "contracts": []}, indent=2, ensure_ascii=False)


def _none(compared: Sequence[Comparison]) -> str:
    return "Nothing changed." if compared else "There is nothing to compare."


def _title(one: Comparison) -> str:
    if one.old is None or one.new is None:
        return "new" if one.old is None else "gone"
    return f"{one.old.version} -> {one.new.version}"


def _verdict(one: Comparison) -> str:
    """The answer in a few words."""
    if one.old is None:
        return "nobody can rely on it yet"
    if one.reader_safe is None:
        return "changes words" if one.verdict.words else "nobody can tell whether it breaks readers"
    if not one.reader_safe:
        return "breaks readers"
    return "breaks nobody" if one.impact and one.impact.acquitted else "breaks no reader"


def _facts(one: Comparison) -> list[list[str]]:
    if one.old is None:
        return [["version", one.new.version if one.new else ""]]
    answers = {**_ANSWERS, None: "if the words still mean the same"} if one.verdict.words else _ANSWERS
    starred = ", ".join(reader.location for reader in one.impact.starred) if one.impact else ""
    go_on = f"{answers[one.reader_safe]}, but for SELECT * in {starred}" if starred else answers[one.reader_safe]
    rows = [[_READERS, go_on], [_WRITERS, answers[one.writer_safe]]]
    if one.impact and one.impact.hurt:
        rows.append(["version that makes it right", "none: it hurts who reads it"])
    elif one.new and one.required_bump != "none":
        rows.append([f"version that says so ({one.required_bump})", one.required_version])
    names = ", ".join(reader.location for reader in one.impact.readers) if one.impact else _UNKNOWN
    return [*rows, ["read by", names or "nobody"]]


def _head(one: Comparison) -> str:
    lines = table([one_line(f"{one.subject}  {_title(one)}"), one_line(_verdict(one))], _facts(one))
    return "\n".join(line.rstrip() for line in lines.splitlines())


def _object(compared: Sequence[Comparison]) -> dict[str, Any]:
    return {
        "reader_safe": _together(one.reader_safe for one in compared),
        "writer_safe": _together(one.writer_safe for one in compared),
        "required_bump": max((one.required_bump for one in compared), key=BUMPS.index, default="none"),
        "findings": _findings([finding for one in compared for finding in one.findings]),
        "contracts": [_contract(one) for one in compared],
    }


def _contract(one: Comparison) -> dict[str, Any]:
    return {
        "dataset": one.subject,
        "old_version": one.old.version if one.old else None,
        "new_version": one.new.version if one.new else None,
        "reader_safe": one.reader_safe,
        "writer_safe": one.writer_safe,
        "required_bump": one.required_bump,
        "required_version": one.required_version or None,
        "readers": [reader.location for reader in one.impact.readers] if one.impact else None,
        "findings": _findings(one.findings),
    }


def _findings(findings: Sequence[Finding]) -> Any:
    return json.loads(render(findings, "json"))


def _together(answers: Any) -> bool | None:
    given = set(answers)
    return False if False in given else None if None in given else True


def _comment(one: Comparison) -> str:
    lines = [f"### {markdown(one.subject)}: {markdown(_title(one))}, {_verdict(one)}", "", "| | |", "|---|---|"]
    lines += [f"| {markdown(fact)} | {markdown(answer)} |" for fact, answer in _facts(one)]
    if told := [finding for finding in one.findings if finding.level in _NAMES]:
        lines += ["", "| | change | what to do |", "|---|---|---|"]
        lines += [_row(finding) for finding in told]
    if safe := [finding for finding in one.findings if finding.level == "info"]:
        count = f"{len(safe)} change{'s' if len(safe) > 1 else ''} that break{'' if len(safe) > 1 else 's'} nobody"
        lines += ["", f"<details><summary>{count}</summary>", ""]
        lines += [f"- {markdown(finding.message)} (`{finding.id}`)" for finding in safe]
        lines += ["", "</details>"]
    return "\n".join([*lines, "", summary(one.findings)])


def _row(finding: Finding) -> str:
    place = markdown(place_shown(finding.where))
    what = " ".join(filter(None, (markdown(finding.message), markdown(finding.why), f"<sub>{place}</sub>")))
    return f"| {_NAMES[finding.level]} (`{finding.id}`) | {what} | {markdown(finding.fix)} |"
