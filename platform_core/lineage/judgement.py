"""What is to be said of a changed contract: one finding a change, one about its version; the same words wherever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from platform_core.contracts.compatibility import BUMPS, Bump, Judged, Verdict
from platform_core.contracts.lifecycle import major_of, versioned_name
from platform_core.contracts.model import Contract
from platform_core.contracts.versions import precedence, required_version, suffices
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.lineage.impact import Hurt, Impact, Reader

__all__ = ["change_findings", "said_reader", "version_findings"]

_NAMED = 10  # readers named in a message; the rest are counted


def change_findings(
    subject: str,
    owner: str,
    old: Contract | None,
    new: Contract | None,
    *,
    verdict: Verdict,
    impact: Impact | None = None,
) -> Iterator[Finding]:
    """Yield a finding for each change of `verdict`, from `old` to `new`, with the id of the rule that judges it.

    `subject` is the `location/dataset`, `owner` who answers for it. Error: it hurts a reader; or, without `impact`, it
    could. Warning: a reader is concerned and nobody can tell how, or what is published may not keep the new contract.
    Info: it hurts nobody; of a breaking change the proof is told.
    """
    way = f" {_way_out(old)}" if old and new else ""
    words: dict[tuple[str, Level], list[Judged]] = {}
    for judged in verdict.judged:
        level, said = _readers(judged, impact) if old else ("info", [])  # nobody can rely on it yet
        rule, fix = judged.rule, judged.fix
        if starred := _starred(judged, impact):
            fix = f"Ask {', '.join(reader.location for reader in starred)} to name the columns first."
        if rule.area == "text" and level != "error":
            words.setdefault((rule.id, level), []).append(judged)
            continue
        if level == "error":  # the way out is one for all of them: it is said once
            fix, way = f"{fix}{way}", ""
        why, fix = (rule.why, fix) if level != "info" else ("", "")
        message, place = " ".join([judged.message, *said]), _place(judged, old, new)
        yield Finding(rule.id, level, _subject(subject, judged), message, why, fix, place, owner)
    for (_, level), same in words.items():
        yield _of_words(subject, owner, same, level=level, place=_place(same[0], old, new))
    if impact and old and new:
        yield from _unexplained(subject, owner, old, new, impact)


def version_findings(
    subject: str, owner: str, old: Contract, new: Contract, *, verdict: Verdict, impact: Impact | None = None
) -> Iterator[Finding]:
    """Yield a finding when the version of `new` does not say what changed since `old`.

    A patch that is not counted is a warning: nobody relies on it. Where somebody is hurt, no version makes it right,
    and nothing is said of it.
    """
    bump = impact.bump if impact else verdict.required_bump
    where = new.where("version")
    try:
        if precedence(new.version) < precedence(old.version):
            message = f"version {new.version} is before {old.version}."
            why = "Readers tell by the version what they have; the same one would mean two things."
            fix = f"Write one after {old.version}."
            yield Finding("version-backwards", "error", subject, message, why, fix, where, owner)
            return
        if (impact and impact.hurt) or suffices(old.version, new.version, bump):
            return
        required = required_version(old.version, bump)
    except ValueError:
        return  # the lint says it
    reasons = [judged for judged in verdict.judged if BUMPS.index(_bump(judged, impact)) >= BUMPS.index(bump)]
    message = f"version {new.version} does not say what changed: {bump} is needed, {required} ({_because(reasons)})."
    why = "Readers pin versions; a change under an old number reaches them unannounced."
    level: Level = "warning" if bump == "patch" else "error"
    fix = f"Write version: {required}."
    if impact is None and any(judged.rule.breaking for judged in verdict.judged):
        fix += " A workspace that knows the readers may ask for less, or refuse it whatever the version."
    yield Finding("version-not-raised", level, subject, message, why, fix, where, owner)


def said_reader(reader: Reader) -> str:
    """Return who a reader is: location, owner and contact."""
    return ", ".join(part for part in (reader.location, reader.owner, reader.contact) if part)


def _way_out(old: Contract) -> str:
    """Return how a breaking change can be made without hurting anybody."""
    beside = versioned_name(old.dataset, (major_of(old.version) or 0) + 1)
    return (
        f"Or publish {beside} beside it (its own contract, with the custom property platformSuccessorOf: "
        f"{old.dataset}), and deprecate {old.dataset} with an endOfLife."
    )


def _of_words(subject: str, owner: str, same: Sequence[Judged], *, level: Level, place: Where | None) -> Finding:
    """All changes of words of one kind are one finding: they are many, and rarely more than words."""
    rule, message = same[0].rule, same[0].message
    if len(same) > 1:
        paths = list(dict.fromkeys(judged.change.path or "the dataset" for judged in same))
        rest = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
        message = f"{len(same)} texts changed: {', '.join(paths[:_NAMED])}{rest}."
    why, fix = (rule.why, rule.fix) if level != "info" else ("", "")
    return Finding(rule.id, level, subject, message, why, fix, place, owner)


def _readers(judged: Judged, impact: Impact | None) -> tuple[Level, list[str]]:
    """Return the level of a change, and what is to be added about its readers."""
    rule = judged.rule
    least: Level = "info" if rule.writer_safe == "yes" or rule.area == "text" else "warning"
    if impact is None:
        return ("error" if rule.breaking else "warning" if rule.reader_safe != "yes" else least), []
    if hurt := [one for one in impact.hurt if one.judged is judged]:
        return "error", _listed([_said_hurt(one) for one in hurt])
    if proofs := [one.proof for one in impact.acquitted if one.judged is judged]:
        return least, [f"It breaks nobody: {proofs[0]}"]
    if starred := _starred(judged, impact):
        who = "; ".join(f"{', '.join(reader.handing_on)} ({said_reader(reader)})" for reader in starred)
        return "warning", [f"With SELECT * it reaches the result of {who}, and is refused there until promised."]
    for one, concerned in impact.touched:
        if one is judged:
            names = ", ".join(reader.location for reader in concerned)
            return "warning", [f"Whether that changes anything for those who read it ({names}), no rule can tell."]
    return least, []


def _starred(judged: Judged, impact: Impact | None) -> tuple[Reader, ...]:
    """Return the readers whose SELECT * hands on a change that is safe for all others."""
    safe = judged.rule.reader_safe == "yes"
    touched = impact.touched if impact and safe else ()
    return next((readers for one, readers in touched if one is judged), ())


def _said_hurt(one: Hurt) -> str:
    """Return `airport_board/days uses carrier (airport_board, team:board, #board).`, and what was relied on."""
    columns = ", ".join(one.columns)
    subject = ", ".join(one.assets) or f"the need of {one.reader.location}"
    verb = "uses" if len(one.assets) <= 1 else "use"
    said = f"{subject} {verb} {columns or 'it'} ({said_reader(one.reader)})."
    # That a column is gone, the change itself says.
    return " ".join([said, *(f"Relied on: {lost.message}" for lost in one.unmet if lost.kind != "column")])


def _listed(parts: Sequence[str]) -> list[str]:
    rest = len(parts) - _NAMED
    return [*parts[:_NAMED], *([f"And {rest} more."] if rest > 0 else [])]


def _unexplained(subject: str, owner: str, old: Contract, new: Contract, impact: Impact) -> Iterator[Finding]:
    """Readers whose need no longer holds, though no single change says why: mostly the version alone."""
    named = {one.reader.location for one in impact.hurt if one.judged is not None}
    for one in impact.hurt:
        if one.judged is None and one.reader.location not in named:
            message = f"a need no longer holds. {_said_hurt(one)}"
            why = "Its owner wrote down that it is relied on."
            by_version = any(lost.kind == "version" for lost in one.unmet)
            fix = f"{_enough(old, impact) if by_version else ''}{_way_out(old)}"
            where = new.where("version" if by_version else "schema")
            yield Finding("need-broken", "error", subject, message, why, fix, where, owner)


def _enough(old: Contract, impact: Impact) -> str:
    """Return the version that the changes themselves ask for: it may be one that the reader can live with."""
    try:
        return f"The changes themselves ask for no more than version {required_version(old.version, impact.bump)}. "
    except ValueError:
        return ""  # the lint says what is wrong with it


def _bump(judged: Judged, impact: Impact | None) -> Bump:
    acquitted = impact is not None and any(one.judged is judged for one in impact.acquitted)
    return "minor" if acquitted and judged.rule.bump == "major" else judged.rule.bump


def _because(reasons: Sequence[Judged]) -> str:
    names = list(dict.fromkeys(f"{judged.rule.id} {judged.change.path}".strip() for judged in reasons))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _subject(subject: str, judged: Judged) -> str:
    return f"{subject}.{judged.change.column}" if judged.change.column else subject


def _place(judged: Judged, old: Contract | None, new: Contract | None) -> Where | None:
    """The line in the new contract; of what was taken away, that of what it was in."""
    if new is None:
        return old.where() if old else None
    keys = judged.change.new_keys
    return new.where(*((judged.change.old_keys or ())[:-1] if keys is None else keys))
