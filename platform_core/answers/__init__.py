"""Is the data safe to use? Facts, verdicts and wording, each by itself, and none of them reads or prints anything."""

from platform_core.answers.facts import DatasetFacts
from platform_core.answers.health import State, Verdict, judge
from platform_core.answers.wording import notes, sentence

__all__ = ["DatasetFacts", "State", "Verdict", "judge", "notes", "sentence"]
