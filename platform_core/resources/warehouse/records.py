"""What a commit remembers about itself: the publication record. Counts and names, never a data value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from typing import Any, Literal

__all__ = [
    "NEVER",
    "CheckRecord",
    "Kind",
    "Publication",
    "PublicationRecord",
    "record_from_data",
    "record_to_data",
    "records_from_json",
    "records_to_json",
]

NEVER = datetime.fromtimestamp(0, tz=timezone.utc)  # the time of a record that is not committed yet
Kind = Literal["publish", "rollback", "release", "schema", "foreign"]


@dataclass(frozen=True)
class CheckRecord:
    """The outcome of one rule. `severity` is error, warning or info; `violations` is None if not counted.

    `message` says of a failed one what was found: counts and places, never a value.
    """

    name: str
    passed: bool
    severity: str = "error"
    violations: int | None = None
    message: str = ""

    @classmethod
    def of(cls, outcome: Any) -> CheckRecord:
        """Keep of an audit outcome what may be stored. A rule that could not be checked is an error in any case."""
        message = "" if outcome.passed else outcome.message
        return cls(outcome.check.name, bool(outcome.passed), outcome.severity, outcome.violations, message)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CheckRecord:
        """Read a stored one. Keys of a later library version are ignored."""
        return cls(**{key: value for key, value in data.items() if key in _OF_CHECK})


_OF_CHECK = {item.name for item in fields(CheckRecord)}


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
    """What one commit did to one partition; a rollback of a whole table has one of these for each.

    `version` is the table's Delta version, `partition` the partition it concerns (None: the whole table), `by` the
    person of a rollback or release, `source_version` the version a rollback restored. `held` says that a rollback
    stands and nothing but new input replaces it; `withheld` are the input hashes it holds back. `files` are what the
    partition consists of since then, relative to the table, and `columns` the columns they have. `unchanged` marks a
    delivery equal to what stood: the commit added no file. `readable` turns false when vacuum has removed one of the
    files. Kind `schema` widened the table, `foreign` is a commit not made by the platform.
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
    files: tuple[str, ...] = ()
    readable: bool = True

    def withholds(self, input_hash: str) -> bool:
        """Whether a delivery of this input is held back while this publication stands.

        Held back is input that a rollback went away from, and input of unknown identity; the input of what stands may
        come again, and any other is new.
        """
        return self.held and (not input_hash or (input_hash in self.withheld and input_hash != self.input_hash))

    @property
    def brings_files(self) -> bool:
        """Whether this commit decided what its partition contains."""
        return self.kind in ("publish", "rollback")


_STORED = {item.name for item in fields(Publication)} - {"version", "published_at", "readable"}


def records_to_json(records: Iterable[Publication]) -> str:
    """Return what a commit stores; the version and the time are the commit's own."""
    return json.dumps([record_to_data(record) for record in records], sort_keys=True)


def record_to_data(record: Publication) -> dict[str, Any]:
    """Return what is stored of one record, for JSON."""
    return {key: value for key, value in asdict(record).items() if key in _STORED}


def records_from_json(text: str, version: int, milliseconds: int) -> list[Publication]:
    """Read what a commit stored. Keys of a later library version are ignored, missing ones take their default."""
    at = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return [record_from_data(stored, version, at) for stored in json.loads(text)]


def record_from_data(stored: Mapping[str, Any], version: int, at: datetime) -> Publication:
    """Read what was stored of one record."""
    data = {key: value for key, value in stored.items() if key in _STORED}
    for key in ("columns", "withheld", "files"):
        data[key] = tuple(data.get(key) or ())
    data["checks"] = tuple(CheckRecord.from_data(check) for check in data.get("checks") or ())
    return Publication(version=version, published_at=at, **data)
