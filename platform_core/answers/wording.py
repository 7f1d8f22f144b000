"""A verdict in one plain sentence, for people who never open a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from platform_core.answers.facts import DatasetFacts, Published, Refused
from platform_core.answers.health import State, Verdict
from platform_core.answers.partitions import due, span_words
from platform_core.answers.words import contact_words, count, joined, moment, parts_noun
from platform_core.audit.reasons import refusal_reason

__all__ = ["SHORT", "notes", "sentence"]

SHORT: dict[State, str] = {  # for a column of a table, or a badge
    State.UNKNOWN: "unknown",
    State.REFUSED: "refused",
    State.IN_PROGRESS: "being made",
    State.PENDING: "waiting",
    State.NEVER_PUBLISHED: "never published",
    State.UNVERIFIED: "unverified",
    State.BREAKS_CONTRACT: "breaks contract",
    State.INCOMPLETE: "in part",
    State.NEWER_REFUSED: "safe, newer refused",
    State.HELD: "safe, held",
    State.STALE: "safe, stale",
    State.EMPTY: "safe, empty",
    State.CONTRACT_CHANGED: "safe, old contract",
    State.SAFE: "safe",
}

_QUIET = {State.SAFE, State.EMPTY, State.UPDATING, State.WARNED, State.IN_PROGRESS}  # nobody need be asked


def sentence(facts: DatasetFacts, verdict: Verdict) -> str:
    """Say whether the data is safe to use, why, and whom to ask: one sentence, with the two weightiest additions."""
    clauses = [_HEADLINES[verdict.state](facts, verdict), *notes(facts, verdict)[:2]]
    told = {verdict.state, *(state for state in verdict.states if state in _NOTES)}
    if not told <= _QUIET and (who := contact_words(facts.owner, facts.contact)):
        clauses.append(f"ask {who}")
    return "; ".join(clauses) + "."


def notes(facts: DatasetFacts, verdict: Verdict) -> tuple[str, ...]:
    """Say everything else that is true, one clause each, the weightiest first."""
    said = [_NOTES[state](facts, verdict) for state in verdict.states[1:] if state in _NOTES]
    return tuple(clause for clause in said if clause)


def _safe(facts: DatasetFacts, verdict: Verdict) -> str:
    return f"Safe to use: {_stock(facts)}; {_checks(facts.published)}"


def _stock(facts: DatasetFacts) -> str:
    rows = count(sum(item.rows for item in facts.published), "row")
    when = moment(max(item.published_at for item in facts.published))
    if not facts.partitions:
        return f"{rows}, published on {when}"
    keys = sorted(item.partition or "" for item in facts.published)
    said = parts_noun(len(keys), facts.partitions)
    return f"{said} ({span_words(keys, facts.partitions)}), {rows}, last published on {when}"


def _checks(published: Sequence[Published]) -> str:
    passed = {name for item in published for name in item.checks.passed}
    warned = {rule.name for item in published for rule in item.checks.broken}
    if warned:
        ok = count(len(passed - warned), "check")
        return f"{ok} passed, {len(warned):,} gave a warning"
    return f"all {count(len(passed), 'check')} passed" if len(passed) > 1 else "its checks passed"


def _newer_refused(facts: DatasetFacts, verdict: Verdict) -> str:
    keys = {item.partition for item in verdict.refused}
    standing = [item.published_at for item in facts.published if item.partition in keys]
    as_of = f" as of {moment(min(standing))}" if standing else ""
    return f"Safe to use{as_of}; {_refusals(facts, verdict.refused)}"


def _refusals(facts: DatasetFacts, refused: Sequence[Refused]) -> str:
    keys = [item.partition for item in refused if item.partition is not None]
    of = f" of {span_words(keys, facts.partitions)}" if keys else ""
    latest = max(refused, key=lambda item: item.refused_at)
    why = _because(latest)
    if len(refused) == 1:
        return f"a newer delivery{of} was refused on {moment(latest.refused_at)}{why}"
    last = span_words([latest.partition], facts.partitions) if latest.partition else ""
    return (
        f"newer deliveries{of} were refused, the last{f' ({last})' if last else ''} on {moment(latest.refused_at)}{why}"
    )


def _unverified(facts: DatasetFacts, verdict: Verdict) -> str:
    keys = [item.partition for item in facts.published if item.kind == "foreign" and item.partition is not None]
    what = span_words(keys, facts.partitions) if keys else "the table"
    return f"Not known to be safe: another tool wrote {what}, past the checks of the contract"


def _incomplete(facts: DatasetFacts, verdict: Verdict) -> str:
    there = len(facts.published)
    total = len(
        set(due(facts.partitions, facts.now, dynamic=facts.dynamic_keys)) | {item.partition for item in facts.published}
    )
    missing = span_words(verdict.missing, facts.partitions)
    are = "is" if len(verdict.missing) == 1 else "are"
    text = f"Safe to use only in part: {there:,} of {parts_noun(total, facts.partitions)} are published"
    text += f"; {missing} {are} missing"
    refused = [item for item in verdict.refused if item.partition in verdict.missing]
    if not refused:
        return text
    latest = max(refused, key=lambda item: item.refused_at)
    which = "its delivery" if len(verdict.missing) == 1 else f"the delivery of {_name(facts, latest)}"
    return f"{text}; {which} was refused on {moment(latest.refused_at)}{_because(latest)}"


def _because(refused: Refused) -> str:
    text = refusal_reason((rule.name, rule.violations) for rule in refused.checks.broken if rule.blocking)
    return f" because {text}" if text else ""


def _name(facts: DatasetFacts, refused: Refused) -> str:
    return span_words([refused.partition or ""], facts.partitions)


def _held(facts: DatasetFacts, verdict: Verdict) -> str:
    return f"Safe to use, but {_hold(facts, verdict)}"


def _hold(facts: DatasetFacts, verdict: Verdict) -> str:
    held = [item for item in facts.published if item.held]
    keys = [item.partition for item in held if item.partition is not None]
    when = moment(max(item.published_at for item in held))
    back = f"{_they(facts, keys)} rolled back to an earlier version on {when}"
    return f"{back} and {'stay' if len(keys) > 1 else 'stays'} there until released or new data arrives"


def _they(facts: DatasetFacts, keys: Sequence[str]) -> str:
    """`it was`, `June 2013 was`, `June 2013 and July 2013 were`."""
    return f"{span_words(keys, facts.partitions) or 'it'} {'were' if len(keys) > 1 else 'was'}"


def _stale(facts: DatasetFacts, verdict: Verdict) -> str:
    since = verdict.freshness.since
    arrived = f": the newest data arrived on {moment(since)}" if since else ""
    return f"Safe to use, but older than promised{arrived}{_was_due(verdict)}"


def _was_due(verdict: Verdict) -> str:
    return f", newer data was due by {moment(deadline)}" if (deadline := verdict.freshness.deadline) else ""


def _empty(facts: DatasetFacts, verdict: Verdict) -> str:
    when = moment(max(item.published_at for item in facts.published))
    return f"Safe to use, but empty: no rows, as its contract allows, published on {when}"


def _contract(facts: DatasetFacts, verdict: Verdict) -> str:
    versions = sorted({item.contract.version for item in facts.published if item.partition in verdict.outdated})
    now = facts.registered.version if facts.registered else ""
    keys = [key for key in verdict.outdated if key is not None]
    what = _they(facts, keys)
    kept = " and keeps that one too" if facts.audited and State.BREAKS_CONTRACT not in verdict.states else ""
    if versions == [now]:
        return f"{what} published before contract {now} was last edited{kept}"
    return f"{what} published under contract {joined(versions)}, while {now} is registered now{kept}"


def _breaks_contract(facts: DatasetFacts, verdict: Verdict) -> str:
    broken = [item for item in facts.audited if any(rule.blocking for rule in item.checks.broken)]
    keys = [item.partition for item in broken if item.partition is not None]
    worst = max(broken, key=lambda item: sum(rule.violations or 0 for rule in item.checks.broken))
    why = refusal_reason((rule.name, rule.violations) for rule in worst.checks.broken if rule.blocking)
    return (
        f"Not what the contract promises now: {_they(facts, keys)} published under an earlier one, and {why};"
        " publish it again, or make the change a new major version"
    )


def _refused(facts: DatasetFacts, verdict: Verdict) -> str:
    latest = max(verdict.refused, key=lambda item: item.refused_at)
    of = f" of {_name(facts, latest)}" if latest.partition else ""
    why = _because(latest)
    return (
        f"Not available: nothing was ever published, the delivery{of} was refused on {moment(latest.refused_at)}{why}"
    )


def _pending(facts: DatasetFacts, verdict: Verdict) -> str:
    names = joined([str(asset) for asset in facts.waiting_for])
    was = "was" if len(facts.waiting_for) == 1 else "were"
    return f"Not available yet: it waits for {names}, which {was} never published"


def _failed_run(facts: DatasetFacts, verdict: Verdict) -> str:
    if facts.failed_run is None:
        return ""
    untouched = ", what is published was not touched" if facts.published else ""
    alone = ", and it is not run again by itself, as a re-run is unsafe" if facts.unsafe else ""
    return f"the last run broke off on {moment(facts.failed_run.ended_at)}{untouched}{alone}"


def _rest_refused(facts: DatasetFacts, verdict: Verdict) -> str:
    """Beside another headline: the refusals that it did not tell already."""
    told = verdict.missing if verdict.state is State.INCOMPLETE else ()
    rest = [item for item in verdict.refused if item.partition not in told]
    return _refusals(facts, rest) if rest else ""


def _strays(facts: DatasetFacts, verdict: Verdict) -> str:
    first, *more = facts.strays
    rest = f", as {count(len(more), 'other file')} {'is' if len(more) == 1 else 'are'}" if more else ""
    return f"the file {first.name} was delivered and is not taken{rest}: {first.why.rstrip('.')}"


Words = Callable[[DatasetFacts, Verdict], str]
_HEADLINES: dict[State, Words] = {
    State.UNKNOWN: lambda facts, _: f"Not known: what is published could not be read ({facts.unreadable})",
    State.REFUSED: _refused,
    State.IN_PROGRESS: lambda *_: "Not available yet: its first version is being made now",
    State.PENDING: _pending,
    State.NEVER_PUBLISHED: lambda *_: "Not available: nothing was ever published",
    State.UNVERIFIED: _unverified,
    State.BREAKS_CONTRACT: _breaks_contract,
    State.INCOMPLETE: _incomplete,
    State.NEWER_REFUSED: _newer_refused,
    State.HELD: _held,
    State.STALE: _stale,
    State.EMPTY: _empty,
    State.CONTRACT_CHANGED: lambda facts, verdict: f"Safe to use: {_contract(facts, verdict)}",
    State.SAFE: _safe,
}
_NOTES: dict[State, Words] = {
    State.BREAKS_CONTRACT: lambda *_: "part of it breaks the contract that is registered now",
    State.INCOMPLETE: lambda facts, verdict: f"{span_words(verdict.missing, facts.partitions)} missing",
    State.NEWER_REFUSED: _rest_refused,
    State.HELD: _hold,
    State.STALE: lambda _, verdict: f"it is older than promised{_was_due(verdict)}",
    State.EMPTY: lambda *_: "it holds no rows, as its contract allows",
    State.CONTRACT_CHANGED: _contract,
    State.UPDATING: lambda *_: "a newer version is being made now",
    State.FAILED_RUN: _failed_run,
    State.STRAY_FILES: _strays,
}
