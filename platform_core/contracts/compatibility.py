"""What changes of a contract mean: which rule judges each, who is safe, and what version they demand.

A rule is data: `rules/<id>.yaml`, where the id is the kind of change it judges. Reader-safe: what reads the data
today works on tomorrow's. Writer-safe: what is published, and what produces it today, keeps the new contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import yaml

from platform_core.contracts.diff import Change
from platform_core.contracts.places import shown
from platform_core.contracts.versions import BUMPS, Bump, required_version

__all__ = [
    "BUMPS",
    "Bump",
    "Judged",
    "Rule",
    "Safe",
    "Verdict",
    "judge",
    "load_rules",
    "required_version",
    "said",
]

Safe = Literal["yes", "no", "undetermined"]
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every value is text: yes and no stay words
_FIELD = re.compile(r"\{(path|name|before|after)\}")


@dataclass(frozen=True)
class Rule:
    """How one kind of change is judged.

    `id` is the kind, and the stem of the file; `title` names it in lists; `area` is what of a contract it is about.
    `message` says what happened and `fix` what to do instead, with `{path}`, `{name}`, `{before}` and `{after}`; `why`
    what breaks, or why nothing does. `mirror` is the rule of the way back, which is writer-safe just when this one is
    reader-safe; where there is none, `waiver` says why.
    `evidence` says how the registered readers can acquit the change: `need`, when everything they rely on still
    holds; `column`, when none uses the column (of a change without one: when nobody reads the dataset); `dataset`,
    when nobody reads it; `none`, never.
    """

    id: str
    title: str
    area: str
    reader_safe: Safe
    writer_safe: Safe
    bump: Bump
    evidence: Literal["need", "column", "dataset", "none"]
    message: str
    why: str
    fix: str
    mirror: str = ""
    waiver: str = ""

    @property
    def breaking(self) -> bool:
        """Whether readers have to be protected from it, unless the evidence acquits it.

        What is undetermined and yet no major change is for people to look at: it stops nobody.
        """
        return self.reader_safe != "yes" and self.bump == "major"


@dataclass(frozen=True)
class Judged:
    """A change with the rule that judges it."""

    change: Change
    rule: Rule

    @property
    def message(self) -> str:
        """What happened, on one line; values of the contract are quoted, cut when long, and not yet escaped."""
        return self._filled(self.rule.message)

    @property
    def fix(self) -> str:
        """What to do instead, written as `message` is."""
        return self._filled(self.rule.fix)

    def _filled(self, template: str) -> str:
        change = self.change
        values = {
            "path": said(change.path) if change.path else "the dataset",
            "name": said(change.name),
            "before": said(change.before),
            "after": said(change.after),
        }
        return _FIELD.sub(lambda found: values[found[1]], template)


@dataclass(frozen=True)
class Verdict:
    """What all changes together mean. None: nobody can tell from the contracts alone."""

    reader_safe: bool | None
    writer_safe: bool | None
    required_bump: Bump
    judged: tuple[Judged, ...]

    @property
    def words(self) -> bool:
        """Whether all that nobody can tell is words: descriptions, definitions. People read those anyway."""
        rules = (judged.rule for judged in self.judged)
        areas = {rule.area for rule in rules if "undetermined" in (rule.reader_safe, rule.writer_safe)}
        return areas == {"text"}


# What a change without a rule is held to be: nothing passes unseen.
UNKNOWN = Rule(
    id="unknown-change",
    title="A change no rule knows",
    area="contract",
    reader_safe="undetermined",
    writer_safe="undetermined",
    bump="major",
    evidence="dataset",
    message="{path} changed from {before} to {after}, and no rule judges such a change.",
    why="Nothing is known about who it breaks.",
    fix="Report it to the platform team, and leave it as it was until there is a rule.",
    waiver="It stands for every rule that is missing.",
)


@cache
def load_rules() -> Mapping[str, Rule]:
    """Return the rules by id, sorted. Read once.

    Raises ValueError when a rule file is not as it must be; a test holds that none is.
    """
    folder = files("platform_core.contracts").joinpath("rules")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    rules = (_rule(name.removesuffix(".yaml"), folder.joinpath(name).read_bytes()) for name in names)
    return MappingProxyType({rule.id: rule for rule in rules})


def judge(changes: Iterable[Change]) -> Verdict:
    """Judge every change by the one rule of its kind, and say what they mean together.

    Not safe for any means not safe; else undetermined for any means undetermined (None). No change demands nothing.
    """
    rules = load_rules()
    judged = tuple(Judged(change, rules.get(change.kind, UNKNOWN)) for change in changes)
    return Verdict(
        reader_safe=_together(item.rule.reader_safe for item in judged),
        writer_safe=_together(item.rule.writer_safe for item in judged),
        required_bump=max((item.rule.bump for item in judged), key=BUMPS.index, default="none"),
        judged=judged,
    )


def said(value: Any) -> str:
    """Return a value of a contract as it stands in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return shown(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)


def _together(answers: Iterable[Safe]) -> bool | None:
    held = set(answers)
    return False if "no" in held else None if "undetermined" in held else True


def _rule(stem: str, raw: bytes) -> Rule:
    data = yaml.load(raw, Loader=_Loader)  # noqa: S506  (it makes nothing but text)
    known = {item.name for item in fields(Rule)} - {"id"}
    if not isinstance(data, dict) or not set(data) <= known or not all(isinstance(text, str) for text in data.values()):
        raise ValueError(f"rules/{stem}.yaml: only texts, called {', '.join(sorted(known))}")
    texts: dict[str, Any] = {key: " ".join(text.split()) for key, text in data.items()}
    return Rule(id=stem, **texts)
