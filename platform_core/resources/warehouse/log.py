"""Reads the publication records from a Delta log, newest first, one commit file at a time.

`DeltaTable.history` must be told how many commits to read; who wants the live publication of each partition does not
know. The commit files are plain JSON lines by the Delta protocol.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from platform_core.resources.warehouse.records import NEVER, Publication, records_from_json

__all__ = ["INDEX_KEY", "METADATA_KEY", "index_of", "is_newest", "live_publications", "publications"]

METADATA_KEY = "platform"
INDEX_KEY = "platformLive"


def publications(table: Path, newest: int) -> Iterator[Publication]:
    """Yield the records of each commit from version `newest` down; stop where the log has been cut off."""
    for version in range(newest, -1, -1):
        found = _commit(table, version)
        if found is None:
            return
        yield from found.records


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
        commit = _commit(table, version)
        if commit is None:
            break
        for record in commit.records:
            if record.kind == "release":
                released.add(record.partition)
            elif record.brings_files and record.partition in wanted - set(found):
                found[record.partition] = _freed(record) if record.partition in released else record
        if commit.index:
            missing = wanted - set(found)
            found.update(_indexed(table, commit.index, missing, released))
            break
    return found | {key: Publication(newest, key, "foreign", NEVER) for key in wanted - set(found)}


def is_newest(table: Path, version: int) -> bool:
    """Say whether `version` is there and no later one is."""
    log = table / "_delta_log"
    return (log / f"{version:020}.json").exists() and not (log / f"{version + 1:020}.json").exists()


def index_of(standing: Mapping[str | None, Publication]) -> str:
    """Return where the live publications stand, for a commit to carry: readers need look no further back than there."""
    return json.dumps([[key, record.version, record.held] for key, record in standing.items()])


def _indexed(
    table: Path, index: Iterable[tuple[str | None, int, bool]], wanted: set[str | None], released: set[str | None]
) -> Iterator[tuple[str | None, Publication]]:
    for key, version, held in index:
        if key not in wanted:
            continue
        commit = _commit(table, version)
        for record in commit.records if commit else ():
            if record.partition == key and record.brings_files:
                yield key, record if held and key not in released else _freed(record)


def _freed(record: Publication) -> Publication:
    return replace(record, held=False, withheld=()) if record.held or record.withheld else record


@dataclass(frozen=True)
class _Commit:
    """What a commit says about itself, and, now and then, where the live publications stand."""

    records: tuple[Publication, ...]
    index: tuple[tuple[str | None, int, bool], ...] = ()


def _commit(table: Path, version: int) -> _Commit | None:
    """Return a commit; None where the log has been cut off."""
    file = table / "_delta_log" / f"{version:020}.json"
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return _read(file, version, status.st_mtime_ns, status.st_ino, status.st_size)


@lru_cache(maxsize=2048)  # a commit never changes; who publishes many partitions asks for the same ones again and again
def _read(file: Path, version: int, *identity: int) -> _Commit | None:
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    line = next((line for line in text.splitlines() if line.startswith('{"commitInfo"')), '{"commitInfo": {}}')
    info = json.loads(line)["commitInfo"]
    index = tuple((key, at, held) for key, at, held in json.loads(info.get(INDEX_KEY, "[]")))
    return _Commit(tuple(_records(info, version)), index)


def _records(info: Mapping[str, Any], version: int) -> list[Publication]:
    stored, at = info.get(METADATA_KEY), int(info.get("timestamp") or 0)
    if isinstance(stored, str):
        return records_from_json(stored, version, at)
    return [Publication(version, None, "foreign", datetime.fromtimestamp(at / 1000, tz=timezone.utc))]
