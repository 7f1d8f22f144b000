"""The answers about datasets as one page, for people who never open a terminal.

Self-contained: one file, no script, nothing loaded from anywhere. A content security policy in the page itself allows
its own style sheet and nothing else, so that even text that slipped through unescaped could do nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from platform_core.answers import Answer, State
from platform_core.answers.wording import SHORT
from platform_core.answers.words import count, moment, owner_words
from platform_core.formats.markup import element, link, text
from platform_core.formats.status_details import details, partition_strip

__all__ = ["page"]

_WAITING = {State.IN_PROGRESS, State.PENDING, State.NEVER_PUBLISHED}
_TALLY = {
    "good": "safe to use",
    "caution": "safe to use, with a remark",
    "bad": "not safe to use",
    "wait": "not there yet",
}


def page(answers: Sequence[Answer]) -> str:
    """Return the whole page."""
    safe = sum(item.verdict.safe for item in answers)
    headline = _headline(safe, len(answers))
    body = element("main", _header(answers, headline), *_teams(answers), _footer())
    head = "".join(
        (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
            '<meta name="referrer" content="no-referrer">',
            element("title", text(headline)),
            f"<style>{_style()}</style>",
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


@cache
def _style() -> str:
    return Path(__file__).with_name("status.css").read_text("utf-8")


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _headline(safe: int, total: int) -> str:
    if not total:
        return "No dataset is registered yet"
    if safe == total:
        return "All datasets are safe to use" if total > 1 else "The dataset is safe to use"
    return f"{safe:,} of {count(total, 'dataset')} {'is' if safe == 1 else 'are'} safe to use"


def _kind(item: Answer) -> str:
    """The colour: a remark is anything that makes a safe dataset worth a second look."""
    if item.verdict.state in _WAITING:
        return "wait"
    if not item.verdict.safe:
        return "bad"
    return "good" if item.verdict.state is State.SAFE else "caution"


def _header(answers: Sequence[Answer], headline: str) -> str:
    kinds = [_kind(item) for item in answers]
    tally = [
        element("li", element("span", f"{kinds.count(kind):,} {text(words)}", class_=f"badge {kind}"))
        for kind, words in _TALLY.items()
        if kind in kinds
    ]
    now = max((item.facts.now for item in answers), default=None)
    parts = [element("h1", text(headline)), element("p", text(f"As of {moment(now)}"), class_="when") if now else ""]
    parts.append(element("ul", *tally, class_="tally") if tally else "")
    if look := [item for item, kind in zip(answers, kinds, strict=True) if kind != "good"]:
        links = ", ".join(element("a", text(item.facts.asset), href=f"#{_anchor(item)}") for item in look)
        parts.append(element("p", f"Worth a look: {links}", class_="attention"))
    return element("header", *parts)


def _anchor(item: Answer) -> str:
    return f"{item.facts.asset.location}.{item.facts.asset.dataset}"


def _teams(answers: Sequence[Answer]) -> Iterator[str]:
    ordered = sorted(answers, key=lambda item: (not item.facts.owner, *_team(item), item.facts.asset))
    for (owner, contact), group in groupby(ordered, key=_team):
        name = owner_words(owner) or "without an owner"
        where = element("small", link(contact)) if contact else ""
        heading = element("h2", text(name if "@" in owner else name[0].upper() + name[1:]), where)
        yield element("section", heading, *(_dataset(item) for item in group))


def _team(item: Answer) -> tuple[str, str]:
    return item.facts.owner, item.facts.contact


def _dataset(item: Answer) -> str:
    asset = item.facts.asset
    title = element("h3", element("small", text(asset.location), " / "), text(asset.dataset))
    badge = element("span", text(SHORT[item.verdict.state]), class_="badge")
    parts = [element("div", title, badge, class_="head"), element("p", text(item.sentence), class_="sentence")]
    if item.facts.description:
        parts.append(element("p", text(item.facts.description), class_="about"))
    parts += [partition_strip(item), details(item)]
    return element("article", *parts, class_=_kind(item), id=_anchor(item))


def _footer() -> str:
    said = (
        "Data is published only after it passed its contract. When a delivery is refused, everyone keeps reading what"
        " was published before. This page shows one moment; it does not change by itself."
    )
    return element("footer", text(said))
