"""Reads the publication records from a Delta log, newest first, one commit file at a time.

`DeltaTable.history` must be told how many commits to read; who wants the live publication of each partition does not
know. The commit files are plain JSON lines by the Delta protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platform_core.resources.warehouse.records import NEVER, Publication, records_from_json

__all__ = ["INDEX_KEY", "METADATA_KEY", "index_of", "live_publications", "publications"]

METADATA_KEY = "platform"
INDEX_KEY = "platformLive"


def publications(table: Path, newest: int) -> Iterator[Publication]:
    """Yield the records of each commit from version `newest` down; stop where the log has been cut off."""
    for version in range(newest, -1, -1):
        info = _commit_info(table, version)
        if info is None:
            return
        yield from _records(info, version)


def live_publications(table: Path, newest: int, partitions: Iterable[str | None]) -> dict[str | None, Publication]:
    """Return, for each of `partitions`, the publication that put its present files there.

    A partition that only another tool has written has a publication of kind `foreign`.
    """
    found: dict[str | None, Publication] = {}
    wanted = set(partitions)
    released: set[str | None] = set()
    for version in range(newest, -1, -1):
        if len(found) == len(wanted):
            break
        info = _commit_info(table, version)
        if info is None:
            break
        for record in _records(info, version):
            if record.kind == "release":
                released.add(record.partition)
            elif record.brings_files and record.partition in wanted - set(found):
                found[record.partition] = _freed(record) if record.partition in released else record
        if INDEX_KEY in info:
            missing = wanted - set(found)
            found.update(_indexed(table, info, missing, released))
            break
    return found | {key: Publication(newest, key, "foreign", NEVER) for key in wanted - set(found)}


def index_of(standing: Mapping[str | None, Publication]) -> str:
    """Return where the live publications stand, for a commit to carry: readers need look no further back than there."""
    return json.dumps([[key, record.version, record.held] for key, record in standing.items()])


def _indexed(
    table: Path, info: Mapping[str, Any], wanted: set[str | None], released: set[str | None]
) -> Iterator[tuple[str | None, Publication]]:
    for key, version, held in json.loads(info[INDEX_KEY]):
        if key not in wanted:
            continue
        for record in _records(_commit_info(table, version) or {}, version):
            if record.partition == key and record.brings_files:
                yield key, record if held and key not in released else _freed(record)


def _freed(record: Publication) -> Publication:
    return replace(record, held=False, withheld=())


def _commit_info(table: Path, version: int) -> dict[str, Any] | None:
    """Read what a commit says about itself; None where the log has been cut off."""
    try:
        text = (table / "_delta_log" / f"{version:020}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    info = next((line for line in text.splitlines() if line.startswith('{"commitInfo"')), '{"commitInfo": {}}')
    return dict(json.loads(info)["commitInfo"])


def _records(info: Mapping[str, Any], version: int) -> list[Publication]:
    stored, at = info.get(METADATA_KEY), int(info.get("timestamp") or 0)
    if isinstance(stored, str):
        return records_from_json(stored, version, at)
    return [Publication(version, None, "foreign", datetime.fromtimestamp(at / 1000, tz=timezone.utc))]
