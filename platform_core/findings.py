"""What a check of any kind has to say: a finding, and the exit code that follows from many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from platform_core.errors import PlatformError, Where

__all__ = ["Finding", "FindingsError", "Level", "exit_code", "raise_errors"]

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found wrong (or worth knowing).

    `id` is stable and kebab-case, so that it can be looked up and filtered; `subject` names what it is about (an
    asset key, a contract, a column); `why` says what goes wrong if it stays, `fix` what to write instead. `owner` is
    who has to act (`team:<name>` or an e-mail address), empty where that is who asked.
    """

    id: str
    level: Level
    subject: str
    message: str
    why: str = ""
    fix: str = ""
    where: Where | None = None
    owner: str = ""


class FindingsError(PlatformError):
    """Several problems at once: `findings` holds them all."""

    def __init__(self, message: str, findings: Sequence[Finding], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        lines = [self.message]
        for finding in self.findings:
            lines.append(f"  {finding.where}: {finding.message}" if finding.where else f"  {finding.message}")
            if finding.fix:
                lines.append(f"    {finding.fix}")
            if finding.owner:
                lines.append(f"    (for {finding.owner})")
        return "\n".join([*lines, f"  {self.hint}"] if self.hint else lines)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 when any finding is an error, else 0."""
    return int(any(finding.level == "error" for finding in findings))


def raise_errors(message: str, findings: Sequence[Finding]) -> None:
    """Raise FindingsError with the findings of level error, if there are any."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise FindingsError(message, errors)
