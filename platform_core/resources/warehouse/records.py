"""What a commit remembers about itself: the publication record. Counts and names, never a data value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from typing import Any, Literal

__all__ = ["CheckRecord", "Kind", "Publication", "PublicationRecord", "record_from_json", "record_to_json"]

Kind = Literal["publish", "rollback", "release", "restate", "schema", "foreign"]


@dataclass(frozen=True)
class CheckRecord:
    """The outcome of one rule. `severity` is error, warning or info; `violations` is None if not counted."""

    name: str
    passed: bool
    severity: str = "error"
    violations: int | None = None

    @classmethod
    def of(cls, outcome: Any) -> CheckRecord:
        """Keep of an audit outcome what may be stored."""
        return cls(outcome.check.name, bool(outcome.passed), outcome.check.severity, outcome.violations)


@dataclass(frozen=True)
class PublicationRecord:
    """What the run tells the door when it publishes or refuses.

    `input_hash` is the identity of what was read (hash of the delivered file; for a derived dataset, of its query and
    the versions of its inputs): it decides whether a held dataset sees something new. `inputs` maps each asset read,
    as `location/dataset`, to the version it was read at. `input_name` is the delivered file, without its folder.
    """

    run_id: str
    contract_version: str
    contract_hash: str
    input_hash: str = ""
    inputs: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[CheckRecord, ...] = ()
    input_name: str = ""


@dataclass(frozen=True)
class Publication:
    """One commit of a published table.

    `version` is the table's Delta version, `partition` the partition it concerns (None: the whole table), `by` the
    person of a rollback or release, `source_version` the version a rollback restored. `held` says that a rollback
    stands and nothing but new input replaces it; `withheld` are the input hashes it holds back. `columns` are the
    columns its files hold. `unchanged` marks a delivery equal to what stood: the commit added no file. `readable`
    turns false when vacuum has removed a file of this version. Kind `foreign` is a commit not made by the platform.
    """

    version: int
    partition: str | None
    kind: Kind
    published_at: datetime
    run_id: str = ""
    rows: int = 0
    contract_version: str = ""
    contract_hash: str = ""
    input_hash: str = ""
    input_name: str = ""
    inputs: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[CheckRecord, ...] = ()
    columns: tuple[str, ...] = ()
    by: str = ""
    source_version: int | None = None
    held: bool = False
    withheld: tuple[str, ...] = ()
    unchanged: bool = False
    partitions: tuple[str | None, ...] = ()  # all partitions this commit concerns; more than one after a whole rollback
    readable: bool = True

    @property
    def empty(self) -> bool:
        return self.rows == 0


_STORED = {item.name for item in fields(Publication)} - {"version", "published_at", "readable"}


def record_to_json(publication: Publication) -> str:
    """Return what the commit stores; the version and the time are the commit's own."""
    return json.dumps({key: value for key, value in asdict(publication).items() if key in _STORED}, sort_keys=True)


def record_from_json(text: str, version: int, milliseconds: int) -> Publication:
    """Read a stored record. Keys of a later library version are ignored, missing ones take their default."""
    data = {key: value for key, value in json.loads(text).items() if key in _STORED}
    for key in ("columns", "withheld", "partitions"):
        data[key] = tuple(data.get(key) or ())
    data["checks"] = tuple(CheckRecord(**check) for check in data.get("checks") or ())
    at = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return Publication(version=version, published_at=at, **data)
