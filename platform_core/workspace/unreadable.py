"""What it means for one location's registration that others of the workspace cannot be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from platform_core.findings import Finding
from platform_core.lineage import Change
from platform_core.workspace.folder import UNREADABLE

__all__ = ["beside_unreadable"]


def beside_unreadable(
    findings: Iterable[Finding],
    unreadable: Mapping[str, Collection[Finding]],
    name: str,
    changed: Iterable[Change] = (),
) -> tuple[Finding, ...]:
    """Return the gate's findings on the location `name`, and what cannot be known while `unreadable` are so.

    An upstream of theirs is not a mistyped one. What their readers rely on is not known, so that nothing may be taken
    away; and nobody may take a name whose owner cannot be read.
    """
    judged = tuple(_forgiven(finding, unreadable) for finding in findings)
    if name in unreadable:
        message = "the workspace has a registration of this name that cannot be read: whose it is, is not known."
        fix = f"Take locations/{name} from the workspace's git history; or have the platform team remove it: "
        fix += f"platformctl unregister {name} --platform."
        return (Finding(UNREADABLE, "error", name, message, "Nobody may take a name by breaking a file.", fix),)
    if not unreadable:
        return judged
    others = ", ".join(sorted(unreadable))
    fix = "platformctl workspace check says what is wrong with each."
    gone = sorted({change.key for change in changed if change.kind == "removed" and not change.field})
    if gone:
        message = f"{', '.join(gone)} would go, and whether {others} still reads it is not known: unreadable."
        return (
            *judged,
            Finding("removal-undecidable", "error", gone[0], message, "A reader might wait for ever.", fix),
        )
    message = f"registrations that cannot be read are left out of the workspace: {others}."
    return (*judged, Finding(UNREADABLE, "warning", name, message, fix=fix))


def _forgiven(finding: Finding, unreadable: Collection[str]) -> Finding:
    owner = finding.subject.split("/")[0]
    if finding.id != "unknown-upstream" or owner not in unreadable:
        return finding
    message = f"whether {owner} publishes {finding.subject} is not known: its registration cannot be read."
    fix = "platformctl workspace check says what is wrong with it."
    return Finding("upstream-unreadable", "warning", finding.subject, message, fix=fix)
