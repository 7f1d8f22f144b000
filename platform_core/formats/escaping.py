"""Text that others wrote, made harmless for the place it is shown in.

Names, descriptions and messages may hold data from files: control characters that drive a terminal, Markdown, or
workflow commands of the build server.
"""

from __future__ import annotations

import re

__all__ = ["annotation", "annotation_property", "markdown", "one_line", "plain"]

# Everything that moves a cursor, changes colour or reverses the direction of reading; tab and newline stay.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


def plain(text: str) -> str:
    """Return `text` with control and direction characters written out, such as \\x1b."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text` as plain text without a line break."""
    return " ".join(plain(text).split())


def markdown(text: str) -> str:
    """Return `text` on one line with everything Markdown or HTML would act on escaped, and nobody mentioned."""
    escaped = _MARKDOWN.sub(r"\\\1", one_line(text).replace("&", "&amp;"))
    return _MENTION.sub("@<!-- -->", escaped)  # the comment parts sign and name: no notification is sent


def annotation(text: str) -> str:
    """Return `text` as the message of a workflow command, with its line breaks kept."""
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """Return `text` as the value of a workflow command's property."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")
