"""CODEOWNERS: one rule of ours on top, after its mark, and the team's own below it, byte for byte.

Of several rules the last that matches counts, on GitHub and GitLab; so a rule of the team's for a part of the files
stands below ours. GitLab's sections are judged each by itself: what counts for all files stands before the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MARK", "NAMES", "Wrong", "written", "wrong"]

# Where the git hosts look: GitHub in .github, the root, docs; GitLab in the root, docs, .gitlab.
NAMES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
MARK = "# Follows from location.yaml: `platformctl sync` writes the next line. Yours stand below it."
_EVERYTHING = {"*", "**", "/", "/**"}
_SECTION = re.compile(r"\^?\[[^\]]*\]")
_BOM = "\ufeff"


@dataclass(frozen=True)
class Wrong:
    """What is wrong on a line (from 1; 0 for the file as a whole), and what to write."""

    line: int
    message: str
    fix: str


def wrong(text: str, handle: str) -> Wrong | None:
    """Return where the file hands everything to somebody else, or to nobody; None where `handle` owns it."""
    rules = list(_rules(text))
    last = next(((line, owners) for line, pattern, owners in reversed(rules) if pattern in _EVERYTHING), None)
    if last is None:
        return Wrong(0, f"no rule gives everything to {handle}.", f"Write `* {handle}` above the other rules.")
    line, owners = last
    if handle.lower() in {owner.lower() for owner in owners}:
        return None
    named = " ".join(owners)[:100] or "nobody"
    return Wrong(line, f"everything is given to {named}, not to {handle}.", f"Write `* {handle}` here.")


def written(text: str, handle: str) -> str:
    """Return the file with our rule: the line after the mark, else mark and rule on top. Others stay as they are."""
    lines = re.split(r"(?<=\n)", text.removeprefix(_BOM))
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    rule = f"* {handle}{ending}"
    marked = next((place for place, line in enumerate(lines) if line.rstrip() == MARK), None)
    if marked is None:
        lines[:0] = [f"{MARK}{ending}", rule]
    elif marked + 1 < len(lines) and lines[marked + 1].split()[:1] == ["*"]:
        lines[marked + 1] = rule
    else:
        lines[marked] = lines[marked].rstrip("\r\n") + ending  # it may have been the last line
        lines.insert(marked + 1, rule)
    return (_BOM if text.startswith(_BOM) else "") + "".join(lines)


def _rules(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yield line, pattern and owners of each rule before the first section."""
    for line, content in enumerate(text.removeprefix(_BOM).split("\n"), start=1):
        words = re.split(r"\s#", content)[0].split()  # a comment may end a rule
        if not words or words[0].startswith("#"):
            continue
        if _SECTION.match(content.strip()):
            return
        yield line, words[0], words[1:]
