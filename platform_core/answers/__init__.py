"""Is the data safe to use? Facts, verdicts and wording, each by itself, and none of them reads or prints anything."""

from platform_core.answers.answer import Answer, answer
from platform_core.answers.facts import DatasetFacts
from platform_core.answers.health import State, Verdict, judge

__all__ = ["Answer", "DatasetFacts", "State", "Verdict", "answer", "judge"]
