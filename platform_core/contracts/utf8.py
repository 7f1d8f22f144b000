"""A text file in any encoding, copied as UTF-8: what DuckDB reads."""

from __future__ import annotations

import codecs
from pathlib import Path

__all__ = ["NotEncodedError", "copy_as_utf8"]

_BLOCK = 1 << 20


class NotEncodedError(ValueError):
    """The file holds bytes that mean nothing in its encoding; the first of them in `line`, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def copy_as_utf8(path: Path, encoding: str, target: Path) -> Path:
    """Copy the text file at `path` to `target`, whose folder is made when it is missing, and return `target`.

    `encoding` is one that Python knows. Raises NotEncodedError at the first byte that is not of it, and OSError.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as copy:
        while True:
            block = source.read(_BLOCK)
            try:
                decoded = decoder.decode(block, final=not block)
            except UnicodeError as error:
                # The decoder says where in what it holds: what stands before that is lines before the fault.
                before = bytes(getattr(error, "object", b""))[: getattr(error, "start", 0)]
                raise NotEncodedError(line + before.count(b"\n")) from None
            line += decoded.count("\n")
            copy.write(decoded)
            if not block:
                return target
