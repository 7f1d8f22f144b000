"""Reads the publication records from a Delta log, newest first, one commit file at a time.

`DeltaTable.history` must be told how many commits to read; who wants the live publication of each partition does not
know. The commit files are plain JSON lines by the Delta protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platform_core.resources.warehouse.records import NEVER, Publication, records_from_json

__all__ = ["METADATA_KEY", "live_publications", "publications"]

METADATA_KEY = "platform"


def publications(table: Path, newest: int) -> Iterator[Publication]:
    """Yield the records of each commit from version `newest` down; stop where the log has been cut off."""
    for version in range(newest, -1, -1):
        try:
            text = (table / "_delta_log" / f"{version:020}.json").read_text("utf-8")
        except FileNotFoundError:
            return
        yield from _records(text, version)


def live_publications(table: Path, newest: int, partitions: Iterable[str | None]) -> dict[str | None, Publication]:
    """Return, for each of `partitions`, the publication that put its present files there.

    A partition that only another tool has written has a publication of kind `foreign`.
    """
    wanted = set(partitions)
    found: dict[str | None, Publication] = {}
    released: set[str | None] = set()
    for publication in publications(table, newest):
        partition = publication.partition
        if publication.kind == "release":
            released.add(partition)
        elif publication.brings_files and partition in wanted and partition not in found:
            free = partition in released
            found[partition] = replace(publication, held=False, withheld=()) if free else publication
        if len(found) == len(wanted):
            break
    for partition in wanted - set(found):
        found[partition] = Publication(newest, partition, "foreign", NEVER)
    return found


def _records(text: str, version: int) -> list[Publication]:
    info: dict[str, Any] = {}
    for line in text.splitlines():
        if line.startswith('{"commitInfo"'):
            info = json.loads(line)["commitInfo"]
            break
    stored, at = info.get(METADATA_KEY), int(info.get("timestamp") or 0)
    if isinstance(stored, str):
        return records_from_json(stored, version, at)
    return [Publication(version, None, "foreign", datetime.fromtimestamp(at / 1000, tz=timezone.utc))]
