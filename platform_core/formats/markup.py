"""HTML made of escaped text: every value passes `text`, every element `element`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from platform_core.formats.escaping import one_line

__all__ = ["element", "grid", "link", "text"]

_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\Z")
_WEB = re.compile(r"https://[^\s\"'<>]+\Z")


def text(value: object) -> str:
    """Return a value as HTML text, safe in an attribute too."""
    return escape(one_line(str(value)), quote=True)


def element(name: str, *children: str, **attributes: str) -> str:
    """Return an element around HTML `children`. Attributes are escaped; `class_` is class, `aria_label` aria-label."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value}
    said = "".join(f' {key}="{text(value)}"' for key, value in named.items())
    return f"<{name}{said}>{''.join(children)}</{name}>"


def link(value: str) -> str:
    """Return a web or e-mail address as a link, anything else as text: no other scheme becomes clickable."""
    if _WEB.match(value):
        return element("a", text(value.removeprefix("https://")), href=value, rel="noopener noreferrer")
    if _EMAIL.match(value):
        return element("a", text(value), href=f"mailto:{value}")
    return text(value)


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """Return a table of text; the columns of `heads` in `numbers` align to the right."""
    sides = ["number" if head in numbers else "" for head in heads]
    top = "".join(element("th", text(head), class_=side, scope="col") for head, side in zip(heads, sides, strict=True))
    lines = [
        element("tr", *(element("td", text(cell), class_=side) for cell, side in zip(row, sides, strict=True)))
        for row in rows
    ]
    inner = element("table", element("thead", element("tr", top)), element("tbody", *lines))
    return element("div", inner, class_="scroll")
