"""The answers about datasets for a terminal: a table of all, or the full story of each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from platform_core.answers import Answer
from platform_core.answers.facts import Published, Refused
from platform_core.answers.health import State
from platform_core.answers.partitions import partition_words, runs_of
from platform_core.answers.wording import SHORT
from platform_core.answers.words import contact_words, count, moment, parts_noun
from platform_core.formats.escaping import one_line
from platform_core.formats.table import number, table, timestamp

__all__ = ["full_story", "overview"]

WIDTH = 100
_HEADS = ("DATASET", "VERDICT", "PUBLISHED (UTC)", "ROWS", "CHECKS", "REFUSED", "MISSING", "OWNER")
_RIGHT = ("ROWS", "CHECKS", "REFUSED", "MISSING")


def overview(answers: Sequence[Answer]) -> str:
    """Return one line a dataset, then its sentence, then how many are safe to use."""
    if not answers:
        return "No dataset is registered."
    parts = [table(_HEADS, [_row(item) for item in answers], _RIGHT), ""]
    for item in answers:
        parts += [str(item.facts.asset), _wrapped(item.sentence, "  "), ""]
    safe = sum(item.verdict.safe for item in answers)
    return "\n".join([*parts, f"{safe:,} of {count(len(answers), 'dataset')} safe to use."])


def _row(item: Answer) -> tuple[str, ...]:
    total = item.passed + len(item.broken)
    return (
        str(item.facts.asset),
        SHORT[item.verdict.state],
        timestamp(item.published_at),
        f"{item.rows:,}" if item.rows is not None else "-",
        f"{item.passed:,}/{total:,}" if total else "-",
        f"{len(item.verdict.refused):,}" if item.verdict.refused else "-",
        f"{len(item.verdict.missing):,}" if item.verdict.missing else "-",
        item.facts.owner.removeprefix("team:"),
    )


def full_story(answers: Sequence[Answer]) -> str:
    """Return everything known about each dataset."""
    return "\n\n".join("\n".join(_story(item)) for item in answers)


def _story(item: Answer) -> Iterator[str]:
    facts = item.facts
    yield str(facts.asset)
    yield _wrapped(item.sentence, "  ")
    yield ""
    yield from _labelled("about", facts.description)
    yield from _labelled("owner", contact_words(facts.owner, facts.contact) or "nobody is named")
    yield from _labelled("published", _published_line(item))
    yield from _labelled("contract", _contract_line(item))
    yield from _labelled("freshness", _freshness_line(item))
    yield from _labelled("inputs", _waiting_line(item))
    yield from _labelled("re-run", f"unsafe: {facts.unsafe}" if facts.unsafe else "")
    yield from _labelled("running", ", ".join(run.run_id for run in facts.running))
    if facts.failed_run and State.FAILED_RUN in item.verdict.states:
        yield from _labelled("broke off", f"run {facts.failed_run.run_id}: Dagster's page of it says why")
    for clause in item.unsaid:
        yield from _labelled("also", clause)
    yield from _labelled("table", facts.address)
    yield from _broken_rules(item)
    yield from _audited(item)
    for refused in item.verdict.refused:
        yield from _refused(item, refused)
    yield from _missing(item)
    yield from _strays(item)
    yield from _partitions(item)


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        yield _wrapped(text, " " * 13, f"  {label:<11}")


def _published_line(item: Answer) -> str:
    if item.rows is None or item.published_at is None:
        return "never"
    parts = f" in {parts_noun(len(item.facts.published), item.facts.partitions)}" if item.facts.partitions else ""
    return f"version {item.facts.version}, {moment(item.published_at)}: {count(item.rows, 'row')}{parts}"


def _contract_line(item: Answer) -> str:
    published = sorted({f"{entry.contract.version} ({entry.contract.hash})" for entry in item.facts.published})
    if not item.facts.registered:
        return f"published under {', '.join(published)}; none is registered" if published else "none is registered"
    text = f"{item.facts.registered.version} ({item.facts.registered.hash})"
    return f"{text}; published under {', '.join(published)}" if published and published != [text] else text


def _freshness_line(item: Answer) -> str:
    fresh = item.verdict.freshness
    said = {"none": "nothing is promised", "unknown": "unknown", "due_soon": "due soon"}.get(fresh.state, fresh.state)
    since = f"; newest data arrived {moment(fresh.since)}" if fresh.since else ""
    return said + since + (f"; newer data due by {moment(fresh.deadline)}" if fresh.deadline else "")


def _waiting_line(item: Answer) -> str:
    return f"waits for {', '.join(map(str, item.facts.waiting_for))}" if item.facts.waiting_for else ""


def _broken_rules(item: Answer) -> Iterator[str]:
    total = item.passed + len(item.broken)
    if not total:
        return
    yield from _labelled("checks", f"{item.passed:,} of {total:,} passed")
    if item.facts.published and item.broken:
        rows = [(rule.name, number(rule.violations), "warning") for rule in item.broken]
        yield table(("RULE", "VIOLATIONS", "SEVERITY"), rows, ("VIOLATIONS",), indent=13)


def _audited(item: Answer) -> Iterator[str]:
    """What today's contract says of data that an earlier one let through."""
    rows = [
        (audited.partition or "-", rule.name, number(rule.violations), "error" if rule.blocking else "warning")
        for audited in item.facts.audited
        for rule in audited.checks.broken
    ]
    if rows:
        yield ""
        yield "Published data that breaks the contract registered now:"
        yield table(("PARTITION", "RULE", "VIOLATIONS", "SEVERITY"), rows, ("VIOLATIONS",), indent=2)


def _refused(item: Answer, refused: Refused) -> Iterator[str]:
    of = f" of {partition_words(refused.partition, item.facts.partitions)}" if refused.partition else ""
    size = f", {count(refused.rows, 'row')}" if refused.rows is not None else ""
    yield ""
    yield one_line(f"Refused delivery{of}: {moment(refused.refused_at)}{size}, run {refused.run_id or 'not known'}")
    for rule in sorted(refused.checks.broken, key=lambda rule: not rule.blocking):
        found = rule.message or (f"broken by {count(rule.violations, 'row')}" if rule.violations else "broken")
        yield _wrapped(found + " (a warning)" * (not rule.blocking), " " * 6, f"  {one_line(rule.name)}: ")
    if refused.delivery:
        yield f"  delivered as {one_line(refused.delivery)}"
    if refused.quarantine:
        yield f"  kept in {one_line(refused.quarantine)}"
    who = contact_words(item.facts.owner, item.facts.contact) or "its owner"
    yield _wrapped(
        f"What to do: {who} corrects the data and delivers it again; it is then audited, published and passed on by"
        " itself. Until then everyone reads what was published before."
        * any(entry.partition == refused.partition for entry in item.facts.published)
        or f"What to do: {who} corrects the data and delivers it again.",
        "  ",
    )


def _missing(item: Answer) -> Iterator[str]:
    if item.verdict.missing:
        yield ""
        yield f"Missing {parts_noun(len(item.verdict.missing), item.facts.partitions)}:"
        yield _wrapped(", ".join(runs_of(item.verdict.missing, item.facts.partitions)), "  ")


def _strays(item: Answer) -> Iterator[str]:
    if item.facts.strays:
        yield ""
        yield "Delivered, and not taken:"
        for stray in item.facts.strays:
            yield _wrapped(stray.why, " " * 6, f"  {one_line(stray.name)}: ")


def _partitions(item: Answer) -> Iterator[str]:
    if not item.facts.partitions or not item.facts.published:
        return
    refused = {entry.partition for entry in item.verdict.refused}
    rows = [_partition(entry, entry.partition in refused) for entry in item.facts.published]
    heads = ("PARTITION", "VERSION", "PUBLISHED (UTC)", "ROWS", "CONTRACT", "NOTE")
    yield ""
    yield table(heads, rows, ("VERSION", "ROWS"))


def _partition(entry: Published, refused: bool) -> tuple[str, ...]:
    note = ["held"] * entry.held + ["newer refused"] * refused + ["not checked"] * (entry.kind == "foreign")
    when = timestamp(entry.published_at)
    return (entry.partition or "", str(entry.version), when, f"{entry.rows:,}", entry.contract.version, ", ".join(note))


def _wrapped(text: str, indent: str, first: str | None = None) -> str:
    start = indent if first is None else first
    wrapper = textwrap.TextWrapper(WIDTH, start, indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(one_line(text))
