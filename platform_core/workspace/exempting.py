"""Exemptions where they count: a team's own, and those the platform team grants in the workspace's exemptions.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platform_core.documents import load_document
from platform_core.errors import PlatformError
from platform_core.exemptions import Exemption, Reading, apply, expired, read_exemptions, unused
from platform_core.exemptions.rules import AT_REST, of_own_dataset
from platform_core.findings import Finding
from platform_core.locations import own_exemptions
from platform_core.workspace.layout import EXEMPTIONS, Workspace

__all__ = ["Exempted", "after_exemptions", "granted", "whole_workspace"]


@dataclass(frozen=True)
class Exempted:
    """Findings by location, after their exemptions; what is wrong with the exemptions; and all that work today."""

    findings: Mapping[str, tuple[Finding, ...]]
    about: tuple[Finding, ...]
    standing: tuple[Exemption, ...]


def granted(workspace: Workspace, today: date) -> Reading:
    """Read the exemptions that the platform team grants; none where the workspace has no such file."""
    path = workspace.root / EXEMPTIONS
    if not path.is_file():
        return Reading()
    document = load_document(path)
    read = read_exemptions(document, today, by_team=False)
    return Reading(read.exemptions, (*document.problems, *read.findings))


def after_exemptions(
    findings: Iterable[Finding],
    name: str,
    today: date,
    *,
    root: Path | None = None,
    workspace: Workspace | None = None,
    every_rule: bool = False,
) -> tuple[Finding, ...]:
    """Return what was found about the location `name` after its exemptions: those of the location.yaml in `root`, and
    those granted to it in the workspace. What is wrong with its own exemptions comes last.

    `every_rule` says that all was asked that its own exemptions could be for, of the workspace where one is given: then
    an unused one is told.
    """
    own = _own(root, today)
    for_it = [one for one in granted(workspace, today).exemptions if one.location == name] if workspace else []
    found = tuple(findings)
    after, used = apply(found, [*own.exemptions, *for_it], today, root, name)
    asked = [one for one in own.exemptions if workspace is not None or one.rule not in AT_REST] if every_rule else ()
    idle = unused(asked, used, found, today)
    return (*after, *own.findings, *expired(own.exemptions, today), *idle)


def whole_workspace(
    workspace: Workspace, findings: Mapping[str, Sequence[Finding]], today: date, own: Iterable[Exemption] = ()
) -> Exempted:
    """Apply exemptions to the findings of every location, by its name: those granted, and of `own`, which are the
    registered ones of teams, those of its own.

    One that a change needs, to come or just made, is never called unused here: a change is not seen any more.

    Every location of the workspace must have its entry in `findings`, so that an exemption for no location is told.
    """
    read, teams = granted(workspace, today), tuple(own)
    after: dict[str, tuple[Finding, ...]] = {}
    about: list[Finding] = [*read.findings, *expired(read.exemptions, today)]
    for name, found in findings.items():
        for_it = [one for one in read.exemptions if one.location == name]
        after[name], used = apply(
            found, [*for_it, *(one for one in teams if one.location == name)], today, location=name
        )
        about += unused([one for one in for_it if one.rule in AT_REST], used, found, today)
    nobodys = {one: finding for one in read.exemptions if (finding := _for_nobody(one, findings))}
    about += nobodys.values()
    standing = [one for one in (*read.exemptions, *teams) if today < one.until and one not in nobodys]
    return Exempted(after, tuple(about), tuple(standing))


def _for_nobody(one: Exemption, findings: Mapping[str, Sequence[Finding]]) -> Finding | None:
    """Return what is wrong with an entry that can never work: no such location, or a change of another's dataset."""
    subject, publisher, fix = one.subject, one.subject.partition("/")[0], "Remove it."
    if one.location not in findings:
        subject = one.location
        message = f"there is no location '{one.location}': its exemption from {one.rule} is for nobody."
    elif "/" in one.subject and publisher != one.location and of_own_dataset(one.rule):
        message = f"{one.location} does not publish {one.subject}: its exemption from {one.rule} is for nobody."
        fix = f"Write location: {publisher}, or remove it." if publisher in findings else fix
    else:
        return None
    return Finding("exemption-unused", "warning", subject, message, fix=fix, where=one.where, owner=one.by)


def _own(root: Path | None, today: date) -> Reading:
    try:
        return own_exemptions(root, today) if root else Reading()
    except PlatformError:  # no location.yaml: told by whoever looks at the location itself
        return Reading()
