"""The verdict on a changed contract as findings: whom it hurts, what evidence acquits, which version it demands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from platform_core.contracts.compatibility import BUMPS, Judged, required_version
from platform_core.contracts.lifecycle import major_of, versioned_name
from platform_core.contracts.versions import precedence, suffices
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.lineage.impact import Hurt, Impact, Reader
from platform_core.workspace.gate.changing import ContractChange

__all__ = ["judged_contract", "said_reader"]


def judged_contract(change: ContractChange) -> Iterator[Finding]:
    """Yield what a changed contract means: errors where it hurts a reader or its version does not say the change."""
    effect = change.impact
    for judged in change.verdict.judged:
        if hurt := [one for one in effect.hurt if one.judged is judged]:
            yield _breaking(change, judged, hurt)
    yield from _unexplained(change)
    for acquittal in effect.acquitted:
        judged = acquittal.judged
        message = f"{judged.message} It breaks nobody: {acquittal.proof}"
        yield Finding(judged.rule.id, "info", _subject(change, judged), message, where=_where(change, judged))
    for judged, readers in effect.touched:
        names = ", ".join(reader.location for reader in readers)
        message = f"{judged.message} Whether that changes anything for those who read it ({names}), no rule can tell."
        place = _subject(change, judged), message, judged.rule.why, judged.fix, _where(change, judged)
        yield Finding(judged.rule.id, "warning", *place)
    yield from _version(change, effect)


def _breaking(change: ContractChange, judged: Judged, hurt: Sequence[Hurt]) -> Finding:
    message = f"{judged.message} {' '.join(_said_hurt(one) for one in hurt)}"
    place = _subject(change, judged), message, judged.rule.why, f"{judged.fix} {_way_out(change)}"
    return Finding(judged.rule.id, "error", *place, _where(change, judged))


def _said_hurt(one: Hurt) -> str:
    """Return `airport_board/days uses carrier (airport_board, team:board, #board).`, and what was relied on."""
    who = said_reader(one.reader)
    columns = ", ".join(one.columns)
    subject = ", ".join(one.assets) or f"the need of {one.reader.location}"
    verb = "uses" if len(one.assets) <= 1 else "use"
    said = f"{subject} {verb} {columns or 'it'} ({who})."
    return " ".join([said, *(f"Relied on: {lost.message}" for lost in one.unmet)])


def said_reader(reader: Reader) -> str:
    """Return who a reader is: location, owner and contact."""
    return ", ".join(part for part in (reader.location, reader.owner, reader.contact) if part)


def _way_out(change: ContractChange) -> str:
    dataset, major = change.new.dataset, major_of(change.old.version)
    beside = versioned_name(dataset, (major or 0) + 1)
    return (
        f"Or publish {beside} beside it (its own contract, with the custom property platformSuccessorOf: {dataset}), "
        f"and deprecate {dataset} with an endOfLife."
    )


def _unexplained(change: ContractChange) -> Iterator[Finding]:
    """Readers whose need no longer holds, though no single change says why: mostly the version alone."""
    for one in change.impact.hurt:
        if one.judged is not None:
            continue
        required = required_version(change.old.version, change.verdict.required_bump)
        message = f"a need no longer holds. {_said_hurt(one)}"
        why = "Its owner wrote down that it is relied on."
        fix = f"The changes themselves ask for version {required} at least. {_way_out(change)}"
        where = change.new.where("version" if any(lost.kind == "version" for lost in one.unmet) else "schema")
        yield Finding("need-broken", "error", change.key, message, why, fix, where)


def _version(change: ContractChange, effect: Impact) -> Iterator[Finding]:
    old, new, where = change.old.version, change.new.version, change.new.where("version")
    try:
        if precedence(new) < precedence(old):
            message = f"version {new} is before the registered {old}."
            why = "Readers tell by the version what they have; the same one would mean two things."
            yield Finding("version-backwards", "error", change.key, message, why, f"Write one after {old}.", where)
            return
        if effect.hurt or suffices(old, new, effect.bump):
            return  # where somebody is hurt, no version makes it right
        required = required_version(old, effect.bump)
    except ValueError:
        return  # the lint says it
    reasons = [judged for judged in change.verdict.judged if _demands(judged, effect)]
    message = f"version {new} does not say what changed: {effect.bump} is needed, {required}. {_because(reasons)}"
    why = "Readers pin versions; a change under an old number reaches them unannounced."
    level: Level = "warning" if effect.bump == "patch" else "error"
    yield Finding("version-not-raised", level, change.key, message.strip(), why, f"Write version: {required}.", where)


def _demands(judged: Judged, effect: Impact) -> bool:
    acquitted = any(one.judged is judged for one in effect.acquitted)
    bump = "minor" if acquitted and judged.rule.bump == "major" else judged.rule.bump
    return BUMPS.index(bump) >= BUMPS.index(effect.bump)


def _because(reasons: Sequence[Judged]) -> str:
    return " ".join(judged.message for judged in reasons[:3]) + (
        f" And {len(reasons) - 3} more." if len(reasons) > 3 else ""
    )


def _subject(change: ContractChange, judged: Judged) -> str:
    return f"{change.key}.{judged.change.column}" if judged.change.column else change.key


def _where(change: ContractChange, judged: Judged) -> Where:
    """The place in the contract as it is written now; of what was taken away, what it was in."""
    keys = judged.change.new_keys
    if keys is not None:
        return change.new.where(*keys)
    return change.new.where(*(judged.change.old_keys or ())[:-1])
