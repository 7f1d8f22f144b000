"""Reads the publication records from a Delta log, newest first, one commit file at a time.

`DeltaTable.history` must be told how many commits to read; who wants the live publication of each partition does not
know. The commit files are plain JSON lines by the Delta protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platform_core.resources.warehouse.records import Publication, record_from_json

__all__ = ["METADATA_KEY", "live_publications", "publications"]

METADATA_KEY = "platform"
_EPOCH = datetime.fromtimestamp(0, tz=timezone.utc)


def publications(table: Path, newest: int) -> Iterator[Publication]:
    """Yield the record of each commit from version `newest` down; stops where the log has been cut off."""
    for version in range(newest, -1, -1):
        try:
            text = (table / "_delta_log" / f"{version:020}.json").read_text("utf-8")
        except FileNotFoundError:
            return
        yield _publication(text, version)


def live_publications(table: Path, newest: int, partitions: Iterable[str | None]) -> dict[str | None, Publication]:
    """Return, for each of `partitions`, the publication that put its present files there.

    A partition that only another tool has written has a publication of kind `foreign`.
    """
    wanted = set(partitions)
    found: dict[str | None, Publication] = {}
    released: set[str | None] = set()
    for publication in publications(table, newest):
        concerned = set(publication.partitions or (publication.partition,))
        if publication.kind == "release":
            released |= concerned
        elif publication.kind in {"publish", "rollback", "restate"}:
            for partition in concerned & (wanted - set(found)):
                found[partition] = _freed(publication) if partition in released else publication
        if len(found) == len(wanted):
            break
    for partition in wanted - set(found):
        found[partition] = Publication(newest, partition, "foreign", _EPOCH)
    return found


def _freed(publication: Publication) -> Publication:
    from dataclasses import replace

    return replace(publication, held=False, withheld=())


def _publication(text: str, version: int) -> Publication:
    info: dict[str, Any] = {}
    for line in text.splitlines():
        if line.startswith('{"commitInfo"'):
            info = json.loads(line)["commitInfo"]
            break
    stored, at = info.get(METADATA_KEY), int(info.get("timestamp") or 0)
    if isinstance(stored, str):
        return record_from_json(stored, version, at)
    return Publication(version, None, "foreign", datetime.fromtimestamp(at / 1000, tz=timezone.utc))
