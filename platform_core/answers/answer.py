"""One dataset's answer: the facts, the verdict on them, and the words, for a format to lay out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from platform_core.answers.facts import BrokenRule, Checks, DatasetFacts
from platform_core.answers.health import Verdict, judge
from platform_core.answers.wording import notes, sentence

__all__ = ["Answer", "answer"]


@dataclass(frozen=True)
class Answer:
    """`notes` are all that is true beside the headline, one clause each; the sentence holds the weightiest of them."""

    facts: DatasetFacts
    verdict: Verdict
    sentence: str
    notes: tuple[str, ...]

    @property
    def published_at(self) -> datetime | None:
        """When readers last got something new to see."""
        return max((item.published_at for item in self.facts.published), default=None)

    @property
    def rows(self) -> int | None:
        return sum(item.rows for item in self.facts.published) if self.facts.published else None

    @property
    def unsaid(self) -> tuple[str, ...]:
        """The notes that the sentence has no room for."""
        return tuple(note for note in self.notes if note not in self.sentence)

    @property
    def passed(self) -> int:
        """How many rules held, in every partition; before the first publication, in the refused deliveries."""
        if not self.facts.published:
            return min((item.passed for item in self.verdict.refused), default=0)
        broken = {rule.name for rule in self.broken}
        return len({name for checks in self._checks() for name in checks.passed} - broken)

    @property
    def broken(self) -> tuple[BrokenRule, ...]:
        """The rules that did not hold somewhere, each once with its violations over all partitions."""
        totals: dict[tuple[str, bool], int | None] = {}
        for checks in self._checks():
            for rule in checks.broken:
                key = (rule.name, rule.blocking)
                counts = [count for count in (totals.get(key), rule.violations) if count is not None]
                totals[key] = sum(counts) if counts else None
        return tuple(BrokenRule(name, total, blocking) for (name, blocking), total in sorted(totals.items()))

    def _checks(self) -> list[Checks]:
        source = self.facts.published or self.verdict.refused
        return [item.checks for item in source]


def answer(facts: DatasetFacts) -> Answer:
    """Judge the facts and say so."""
    verdict = judge(facts)
    return Answer(facts, verdict, sentence(facts, verdict), notes(facts, verdict))
