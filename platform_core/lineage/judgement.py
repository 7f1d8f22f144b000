"""What is to be said of a changed contract: one finding a change, one about its version; the same words wherever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from platform_core.contracts.compatibility import Judged, Verdict
from platform_core.contracts.model import Contract
from platform_core.contracts.versions import Bump, precedence, required_version, suffices
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.lineage.impact import Hurt, Impact, Reader

__all__ = ["change_findings", "version_findings"]

_NAMED = 10  # readers named in a message; the rest are counted


def change_findings(
    subject: str,
    owner: str,
    old: Contract | None,
    new: Contract | None,
    *,
    verdict: Verdict,
    impact: Impact | None = None,
) -> tuple[Finding, ...]:
    """Return a finding for each change of `verdict`, from `old` to `new`, with the id of the rule that judges it.

    `subject` is the `location/dataset`, `owner` who answers for it. Error: it hurts a reader; or, without `impact`, it
    could. Warning: nobody can tell and a reader is concerned, or published data may not keep the new contract. Info: it
    hurts nobody; of a breaking change the proof is told.
    """
    found = []
    for judged in verdict.judged:
        level, said = _judged(judged, impact)
        rule, where = judged.rule, _place(judged, old, new)
        why, fix = (rule.why, judged.fix) if level != "info" else ("", "")
        found.append(Finding(rule.id, level, subject, " ".join([judged.message, *said]), why, fix, where, owner))
    found += _of_versions(subject, owner, impact)
    return tuple(found)


def version_findings(subject: str, owner: str, old: Contract, new: Contract, bump: Bump) -> Iterator[Finding]:
    """Yield a finding when the version of `new` does not say what changed since `old`.

    `bump` is what the changes demand. A patch that is not counted is a warning: nobody relies on it.
    """
    if suffices(old.version, new.version, bump):
        return
    where, least = new.where("version"), required_version(old.version, bump)
    if precedence(new.version) < precedence(old.version):
        message = f"the version goes back from {old.version} to {new.version}."
        why = "Readers ask for versions, and a number that is given twice says nothing."
        fix = f"Write version: {least}."
        yield Finding("version-backwards", "error", subject, message, why, fix, where, owner)
        return
    level: Level = "warning" if bump == "patch" else "error"
    message = f"the changes since {old.version} are {bump}, and the version is {new.version}."
    why = "The version is what tells readers that something changed, and how much."
    yield Finding("version-not-raised", level, subject, message, why, f"Write version: {least}.", where, owner)


def _judged(judged: Judged, impact: Impact | None) -> tuple[Level, list[str]]:
    """Return the level of a change, and what is to be added about its readers."""
    rule = judged.rule
    tells: Level = "warning" if rule.writer_safe != "yes" else "info"
    if impact is None:
        level: Level = "error" if rule.breaking else "warning" if rule.reader_safe != "yes" else tells
        return level, []
    if hurt := [one for one in impact.hurt if one.judged is judged]:
        return "error", [f"It hurts {_listed([_of_hurt(one) for one in hurt])}."]
    if proofs := [one.proof for one in impact.acquitted if one.judged is judged]:
        return tells, [f"It hurts nobody: {proofs[0]}"]
    if readers := [reader for one, concerned in impact.touched if one is judged for reader in concerned]:
        return "warning", [f"It concerns {_listed([_who(reader) for reader in readers])}."]
    return tells, []


def _of_versions(subject: str, owner: str, impact: Impact | None) -> Iterator[Finding]:
    """Yield what no single change explains: a need that the new contract does not meet."""
    for hurt in (one for one in impact.hurt if one.judged is None) if impact else ():
        lost = " ".join(one.message for one in hurt.unmet)
        message = f"{_who(hurt.reader)} relies on what no longer holds: {lost}"
        fix = f"Keep it, or ask {hurt.reader.owner} to change that need."
        where = hurt.reader.need.where(*hurt.unmet[0].keys) if hurt.reader.need else None
        yield Finding("need-broken", "error", subject, message, "Its data could no longer be made.", fix, where, owner)


def _of_hurt(hurt: Hurt) -> str:
    uses = f" use{'s' if len(hurt.assets) == 1 else ''} {', '.join(hurt.columns)}" if hurt.columns else ""
    assets = f": {', '.join(hurt.assets)}{uses}" if hurt.assets else ""
    return f"{_who(hurt.reader)}{assets}"


def _who(reader: Reader) -> str:
    contact = f", {reader.contact}" if reader.contact else ""
    return f"{reader.location} ({reader.owner}{contact})"


def _listed(parts: Sequence[str]) -> str:
    rest = len(parts) - _NAMED
    return "; ".join(parts[:_NAMED]) + (f"; and {rest} more" if rest > 0 else "")


def _place(judged: Judged, old: Contract | None, new: Contract | None) -> Where | None:
    """The line in the new contract; of what is gone, that of its nearest parent there."""
    if new is None:
        return old.where() if old else None
    keys = judged.change.new_keys
    if keys is None:
        keys = _parent(judged.change.old_keys or ())
    return new.where(*keys)


def _parent(keys: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Of what stood in a list, the list: its neighbours have other places now."""
    last = max((place for place, key in enumerate(keys) if isinstance(key, int) and place > 1), default=len(keys))
    return keys[:last]
