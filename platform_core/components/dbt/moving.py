"""Models that would publish other rows each time they are built: their SQL asks for the time, or for chance.

Judged is what dbt compiled, where that is known; before, the text of the model with its Jinja masked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from platform_core.components.dbt.nodes import Macro, Manifest, Model
from platform_core.components.dbt.refusals import BUILT_IN
from platform_core.components.dbt.rerun import says_unsafe
from platform_core.components.dbt.unrendered import clock_words, masked
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.sql.dialects import dialect_of

__all__ = ["moving_findings"]

_ID = "sql-not-repeatable"
_MOVES = " gives another answer each time: a re-run would publish different data."
_FIX = "Derive the value from the inputs."
_UNPARSED = {"sql-syntax", "sql-not-select", "sql-statements"}
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"", re.DOTALL)
_WORDS = re.compile(
    r"(?<![\w.])(?:(now|random|uuid|gen_random_uuid|uuidv4|uuidv7|today|clock_timestamp|statement_timestamp"
    r"|transaction_timestamp|timeofday|get_current_timestamp)\s*\(|(current_date|current_time|current_timestamp"
    r"|localtime|localtimestamp)\b|(tablesample|using\s+sample)\b)",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"\b(tablesample|sample)\b", re.IGNORECASE)


def moving_findings(
    manifest: Manifest, contracted: Collection[str], compiled: Mapping[str, Sequence[str]], engine: str
) -> list[Finding]:
    """Return what gives another answer each time in the models `contracted`, and in the internal ones behind them.

    `contracted` are unique ids; one of them that says `rerun: unsafe` is not judged. `compiled` are the texts that are
    known of a model; `manifest` has the code. `engine` is the one whose SQL they are.
    """
    told: dict[tuple[str, int | None], Finding] = {}
    cache: dict[str, list[tuple[Where, str, str]]] = {}
    for name in sorted(contracted):
        dataset = manifest.models[name].dataset
        if says_unsafe(manifest.models[name]):
            continue
        for part in _made_of(manifest, contracted, name):
            if part not in cache:
                one = _Model(manifest, manifest.models[part])
                cache[part] = list(one.asked(compiled.get(part, ()), engine))
            for where, message, fix in cache[part]:
                whose = "" if part == name else f" {dataset} is made of it."
                way = f"If it has to be so, write meta: {{platform: {{rerun: unsafe, reason: ...}}}} for {dataset}."
                finding = Finding(_ID, "error", dataset, message + whose, "", f"{fix} {way}", where)
                told.setdefault((str(where.path), where.line), finding)
    return list(told.values())


def _made_of(manifest: Manifest, contracted: Collection[str], name: str) -> list[str]:
    """Return the internal models behind a model, each before what reads it, and itself."""
    found: dict[str, None] = {}

    def visit(other: str) -> None:
        for parent in manifest.models[other].depends_on:
            if parent in manifest.models and parent not in contracted and parent not in found:
                visit(parent)
        found[other] = None

    visit(name)
    return list(found)


class _Model:
    """One model, with the macros of the team's and of its packages that it uses."""

    def __init__(self, manifest: Manifest, model: Model) -> None:
        self.manifest, self.model = manifest, model
        self.macros = list(_macros(manifest, model))

    def asked(self, texts: Sequence[str], engine: str) -> Iterator[tuple[Where, str, str]]:
        """Yield where, what is wrong and what to do about everything in it that asks for time or chance."""
        model = self.model
        for line, word in clock_words(model.raw_code):
            yield Where(model.path, line), f"{word}{_MOVES}", _FIX
        for macro in self.macros:
            if words := list(clock_words(macro.code)):
                yield self.manifest.line_of(macro.path, words[0][1]), f"{words[0][1]}{_MOVES}", _FIX
        if model.raw_code and model.language == "sql":
            for text in texts or (masked(model.raw_code),):
                for line, message, fix in _judged(text, engine):
                    yield self.place(text, line, message) if texts else Where(model.path, line), message, fix

    def place(self, text: str, line: int, message: str) -> Where:
        """Return where the team wrote what stands in a line of compiled `text`: in a model, or a macro."""
        lines = text.splitlines()
        written = lines[line - 1].strip() if line <= len(lines) else ""
        word = "sample" if message.startswith("a sample") else re.sub(r"\W.*", "", message.lstrip("'"))
        models = (self.manifest.models[name] for name in _made_of(self.manifest, (), self.model.unique_id))
        inlined = [other.path for other in models if other.materialized == "ephemeral"]
        for sought, paths in (
            (written, [self.model.path, *inlined]),
            (word, [self.model.path, *inlined, *(macro.path for macro in self.macros)]),
        ):
            for where in (self.manifest.line_of(path, sought) for path in paths if sought):
                if _holds(where, sought):
                    return where
        asked = next(clock_words(self.model.raw_code), None)
        return Where(self.model.path, asked[0] if asked else 1)


def _judged(text: str, engine: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, message and fix. Where the guard cannot parse the text, as of PIVOT, its words are looked at."""
    found = dialect_of(engine).guard(text, None, "model")
    if any(finding.id in _UNPARSED for finding in found):
        plain = _COMMENTS.sub(lambda part: "\n" * part[0].count("\n"), text)
        for word in _WORDS.finditer(plain):
            shown = f"{word[1].lower()}()" if word[1] else (word[2] or "a sample of rows").lower()
            yield 1 + plain.count("\n", 0, word.start()), f"{shown}{_MOVES}", _FIX
        return
    for finding in found:
        if finding.id == _ID:
            number, _, message = finding.message.removeprefix("line ").partition(": ")
            line = int(number)
            if message.startswith("a sample"):  # DuckDB does not tell where
                line = next((n for n, written in enumerate(text.splitlines(), 1) if _SAMPLE.search(written)), line)
            yield line, message, finding.fix


def _holds(where: Where, words: str) -> bool:
    try:
        return words in where.path.read_text("utf-8", errors="replace").splitlines()[(where.line or 1) - 1]
    except (OSError, IndexError):
        return False


def _macros(manifest: Manifest, model: Model) -> Iterator[Macro]:
    """Yield the macros that a model uses, also through others, without dbt's own."""
    found: set[str] = set()
    waiting = manifest.macros_of(model)
    while waiting:
        macro = manifest.macros.get(waiting.pop())
        if macro is not None and macro.unique_id not in found and macro.package not in BUILT_IN:
            found.add(macro.unique_id)
            waiting += macro.macros
            yield macro
