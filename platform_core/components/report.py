"""How the partitions of a run ended, and what Dagster is told when not all of them were published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from platform_core.audit import Outcome
from platform_core.components.dataset import Dataset
from platform_core.components.passage import Verdict
from platform_core.components.readings import Waiting
from platform_core.errors import PlatformError
from platform_core.resources.warehouse import Busy, DiskFull, Unavailable

__all__ = ["Ended"]

_MOST_LINES = 40
# What no later partition of the run would escape either; each try would only cost the same wait again.
_AROUND = (Busy, DiskFull, MemoryError, Unavailable)


@dataclass
class Ended:
    """How each partition of a run ended (None: the dataset has none).

    `failed` are those of which nothing was judged, published or refused: they wait for something, are held, were not
    delivered, or could not be computed. `untried` are those left when the surroundings failed: a full disk, say.
    """

    dataset: Dataset
    verdicts: list[Verdict] = field(default_factory=list)
    failed: list[tuple[str | None, Exception]] = field(default_factory=list)
    untried: list[str | None] = field(default_factory=list)

    @property
    def published(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.publication]

    @property
    def refused(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.refusal]

    @property
    def well(self) -> bool:
        return bool(self.published) and not self.refused and not self.failed

    @property
    def hopeless(self) -> bool:
        """Whether the last error is one that every later partition would meet as well."""
        return bool(self.failed) and isinstance(self.failed[-1][1], _AROUND)

    def worst(self) -> Iterator[tuple[Outcome, str | None]]:
        """Yield one outcome a check, of the partition in which it did worst: Dagster has one for all of a run."""
        for place in range(len(self.dataset.checks)) if self.verdicts else ():
            verdict = max(self.verdicts, key=lambda verdict: _badness(verdict.outcomes[place]))
            yield verdict.outcomes[place], verdict.partition

    def failure(self) -> Exception:
        """Return what the run fails with: it names every partition that was not published, with the reason."""
        if len(self.failed) == 1 and not self.verdicts and not isinstance(self.failed[0][1], PlatformError):
            return self.failed[0][1]  # with nothing to add to it
        # Of what a person must mend nothing is tried again; an error that is not ours may have been a passing one.
        passing = any(not isinstance(error, PlatformError) for _, error in self.failed)
        failure = dg.Failure("\n".join(self._lines()), metadata=self._metadata(), allow_retries=passing)
        failure.__cause__ = next((error for _, error in self.failed if not isinstance(error, Waiting)), None)
        return failure

    def _lines(self) -> list[str]:
        entries = list(self._entries())
        lines = [line for _, line in entries[:_MOST_LINES]]
        if more := [key for keys, _ in entries[_MOST_LINES:] for key in keys]:
            lines.append(f"{_named(self.dataset, more)} too: the metadata of this event says why.")
        if self.untried:
            lines.append(f"{_named(self.dataset, self.untried)}: not tried after that.")
        if self.refused:
            lines.append(f"What was published stands. It belongs to {self.dataset.location.owner}.")
        if count := len(self.published):
            lines.append(f"{count} other partition{'s' if count > 1 else ''} of the run were published.")
        return lines

    def _entries(self) -> Iterator[tuple[list[str | None], str]]:
        """Yield what went wrong, in a line, with the partitions that it is about."""
        for reason, keys in self._reasons().items():
            yield keys, f"{_named(self.dataset, keys)}: {reason}" if keys != [None] else reason
        for verdict, refusal in ((verdict, verdict.refusal) for verdict in self.refused if verdict.refusal):
            name = _named(self.dataset, [verdict.partition])
            yield [verdict.partition], f"{name} was refused because {refusal.reason}. It lies in {refusal.place}."

    def _reasons(self) -> dict[str, list[str | None]]:
        """Return the reasons of those that failed, each with its partitions."""
        found: dict[str, list[str | None]] = {}
        for key, error in self.failed:
            found.setdefault(_reason(error), []).append(key)
        return found

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {"platform/owner": self.dataset.location.owner}
        if self.refused:
            metadata["platform/refused"] = {self._key(verdict.partition): verdict.broken for verdict in self.refused}
            metadata["platform/quarantine"] = [verdict.refusal.place for verdict in self.refused if verdict.refusal]
        if self.failed:
            metadata["platform/failed"] = {self._key(key): _reason(error) for key, error in self.failed}
        if self.untried:
            metadata["platform/untried"] = [self._key(key) for key in self.untried]
        return metadata

    def _key(self, partition: str | None) -> str:
        return partition or str(self.dataset.asset)


def _badness(outcome: Outcome) -> tuple[bool, bool, int]:
    return outcome.refuses, not outcome.passed, outcome.violations or 0


def _reason(error: Exception) -> str:
    """Say why, in a sentence. What another's exception says may hold data: the log has it, with its lines."""
    if isinstance(error, PlatformError):
        return str(error)
    return f"{type(error).__name__} while it was computed; the log says where."


def _named(dataset: Dataset, keys: list[str | None]) -> str:
    return f"{dataset.asset} ({', '.join(map(str, keys))})" if keys != [None] else str(dataset.asset)
