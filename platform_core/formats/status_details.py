"""What the page tells about one dataset below its sentence: its partitions at a glance, and the details."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from platform_core.answers import Answer
from platform_core.answers.facts import Refused
from platform_core.answers.partitions import partition_words
from platform_core.answers.words import count, moment, parts_noun
from platform_core.formats.markup import element, grid, text
from platform_core.formats.table import number, timestamp
from platform_core.names import KEY_FORMATS

__all__ = ["details", "partition_strip"]

MAX_PARTS = 62  # two months of days; older ones are in the details
_LABELS = {"monthly": ("%Y", "%b"), "weekly": ("%Y", "%-d %b"), "daily": ("%b %Y", "%d")}  # of a row, of a partition
_KEY = {
    "refused": "newer delivery refused",
    "missing": "missing",
    "held": "rolled back",
    "old": "earlier contract",
    "unchecked": "not checked",
}


def partition_strip(item: Answer) -> str:
    """Return one small box a partition, those that need a look marked by colour, border and title."""
    if not item.facts.partitions:
        return ""
    kinds = _kinds(item)
    keys = sorted(kinds)[-MAX_PARTS:]
    rows = []
    for name, group in groupby(keys, key=lambda key: _label(item, key)[0]):
        boxes = [_box(item, key, kinds[key]) for key in group]
        rows.append(element("li", element("b", text(name)) if name else "", *boxes))
    shown = {kinds[key] for key in keys} - {""}
    legend = [element("span", class_=f"part {kind}") + text(_KEY[kind]) for kind in _KEY if kind in shown]
    if earlier := len(kinds) - len(keys):
        legend.append(text(f" {parts_noun(earlier, item.facts.partitions)} before these are not shown"))
    strip = element("ul", *rows, class_="parts") if rows else ""
    return strip + (element("p", *legend, class_="key") if legend else "")


def _kinds(item: Answer) -> dict[str, str]:
    """Each partition's mark; an empty one for nothing special. A later line here wins over an earlier one."""
    verdict = item.verdict
    kinds = {entry.partition or "": "" for entry in item.facts.published}
    kinds |= {key or "": "old" for key in verdict.outdated}
    kinds |= {entry.partition or "": "held" for entry in item.facts.published if entry.held}
    kinds |= {entry.partition or "": "unchecked" for entry in item.facts.published if entry.kind == "foreign"}
    kinds |= dict.fromkeys(verdict.missing, "missing")
    there = {entry.partition for entry in item.facts.published}
    kinds |= {entry.partition or "": "refused" for entry in verdict.refused if entry.partition in there}
    return kinds


def _box(item: Answer, key: str, kind: str) -> str:
    said = f"{partition_words(key, item.facts.partitions)}: {_KEY.get(kind, 'published')}"
    return element(
        "span", text(_label(item, key)[1]), class_=f"part {kind}".strip(), title=said, role="img", aria_label=said
    )


def _label(item: Answer, key: str) -> tuple[str, str]:
    kind = str((item.facts.partitions or {}).get("type"))
    if kind not in _LABELS:
        return "", key
    row, own = _LABELS[kind]
    try:
        day = datetime.strptime(key, KEY_FORMATS[kind])
    except ValueError:
        return "", key
    return day.strftime(row), day.strftime(own.replace("%-d", str(day.day)))


def details(item: Answer) -> str:
    """Return the foldable part."""
    pairs = [element("dt", text(label)) + element("dd", value) for label, value in _pairs(item) if value]
    parts = [element("summary", "Details"), element("dl", *pairs)]
    parts += [part for refused in item.verdict.refused for part in _refused(item, refused)]
    if item.facts.published and item.broken:
        rows = [(rule.name, number(rule.violations)) for rule in item.broken]
        parts += [element("h4", "Warnings in the published data"), grid(("rule", "violations"), rows, ("violations",))]
    return element("details", *parts, *_table(item))


def _pairs(item: Answer) -> Iterator[tuple[str, str]]:
    facts, fresh = item.facts, item.verdict.freshness
    if item.published_at and item.rows is not None:
        yield "Published", text(f"{moment(item.published_at)}, version {facts.version}")
        yield "Size", text(count(item.rows, "row"))
        yield "Checks", text(f"{item.passed:,} of {item.passed + len(item.broken):,} passed")
    if fresh.since:
        yield "Newest data", text(f"arrived {moment(fresh.since)}")
    if fresh.deadline:
        yield "Next data", text(f"due by {moment(fresh.deadline)}")
    if facts.registered:
        yield "Contract", text(f"version {facts.registered.version}")
    if facts.unsafe:
        yield "Re-run", text(f"unsafe: {facts.unsafe}")
    if item.unsaid:
        yield "Also true", "<br>".join(text(note) for note in item.unsaid)
    if facts.address:
        yield "Table", element("code", text(facts.address))


def _refused(item: Answer, refused: Refused) -> Iterator[str]:
    of = f" of {partition_words(refused.partition, item.facts.partitions)}" if refused.partition else ""
    size = f" ({count(refused.rows, 'row')})" if refused.rows is not None else ""
    yield element("h4", text(f"Refused delivery{of}{size}, {moment(refused.refused_at)}"))
    blocking = [rule for rule in refused.checks.broken if rule.blocking]
    found = [(rule.name, rule.message or f"{number(rule.violations)} rows") for rule in blocking]
    if found:
        yield element("dl", *(element("dt", text(name)) + element("dd", text(said)) for name, said in found))
    said = [f"It was delivered as {text(refused.delivery)}."] if refused.delivery else []
    if refused.quarantine:
        said.append(f"It is kept in {element('code', text(refused.quarantine))}")
    if said:
        yield element("p", " ".join(said), class_="about")


def _table(item: Answer) -> Iterator[str]:
    if item.facts.partitions and item.facts.published:
        rows = [
            (entry.partition or "", timestamp(entry.published_at), f"{entry.rows:,}", entry.contract.version)
            for entry in item.facts.published
        ]
        yield element("h4", "Partitions")
        yield grid(("partition", "published (UTC)", "rows", "contract"), rows, ("rows",))
