"""Texts that stand for no value in a file: evident ones only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platform_core.contracts.infer.source import Reading, read_source
from platform_core.contracts.infer.texts import text_types

__all__ = ["Markers", "find_markers"]


@dataclass(frozen=True)
class Markers:
    """`texts` stand for no value; `elsewhere` counts them in columns of text, where they might mean something."""

    texts: tuple[str, ...] = ()
    elsewhere: int = 0


def find_markers(path: Path, reading: Reading) -> Markers:
    """Return the texts but for which a column would hold numbers, dates or booleans throughout, such as NA.

    They are read as no value everywhere in the file: a file has one way to say that. Raises PlatformError when it
    cannot be read.
    """
    import duckdb

    if not reading.is_text:
        return Markers()
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        source = read_source(connection, path, reading)
        types = text_types(connection, [f"c{place}" for place in range(len(source.names))], dates_only=False)
        texts = tuple(sorted({found.marker for found in types.values() if found.markers}))
        plain = [column for column, found in types.items() if found.type == "VARCHAR" and not found.markers]
        elsewhere = 0
        if texts and plain:
            counted = " + ".join(f"count(*) FILTER ({column} IN (SELECT unnest(?)))" for column in plain)
            query = f"SELECT {counted} FROM data"  # noqa: S608 - columns are c0, c1, ...
            elsewhere = connection.execute(query, [list(texts)] * len(plain)).fetchall()[0][0]
    return Markers(texts, elsewhere)
