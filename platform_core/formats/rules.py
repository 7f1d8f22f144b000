"""The rules that judge changed contracts, for people: as a table, each by itself, or as a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from platform_core.contracts.compatibility import Rule
from platform_core.formats.escaping import markdown
from platform_core.formats.table import table

__all__ = ["explained", "rules_page", "rules_table"]

_ANSWERS = {"yes": "safe", "no": "breaks", "undetermined": "undetermined"}
_EVIDENCE = {
    "need": "Registered readers whose needs all still hold acquit it.",
    "column": "It breaks nobody when no registered reader uses the column.",
    "dataset": "It breaks nobody when nobody reads the dataset.",
    "none": "It is judged the same whoever reads the dataset.",
}
_HEAD = ["RULE", "READERS", "PUBLISHED DATA", "VERSION"]


def rules_table(rules: Iterable[Rule]) -> str:
    """Return one line a rule: its id, whom it breaks, and what part of the version it demands."""
    return table(_HEAD, [[rule.id, *_verdict(rule)] for rule in _sorted(rules)])


def explained(rule: Rule) -> str:
    """Return all that a rule says, as text."""
    readers, data, bump = _verdict(rule)
    lines = [f"{rule.id}: {rule.title}", f"  readers: {readers}; published data: {data}; version: {bump}"]
    lines += [f"  why: {rule.why}", f"  instead: {rule.fix}"]
    lines += [f"  {_EVIDENCE[rule.evidence]}"] if rule.reader_safe != "yes" else []
    return "\n".join([*lines, f"  the way back: {rule.mirror}"] if rule.mirror else lines)


def rules_page(rules: Iterable[Rule]) -> str:
    """Return the rules as Markdown: a table for each area."""
    parts = []
    for area, members in groupby(_sorted(rules), key=lambda rule: rule.area):
        rows = [
            f"### {area.capitalize()}",
            "",
            "| rule | readers | published data | version | why |",
            "|---|---|---|---|---|",
        ]
        rows += [f"| `{rule.id}` | {' | '.join(_verdict(rule))} | {markdown(rule.why)} |" for rule in members]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _sorted(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.area, rule.id))


def _verdict(rule: Rule) -> tuple[str, str, str]:
    return _ANSWERS[rule.reader_safe], _ANSWERS[rule.writer_safe], rule.bump
