"""Refused deliveries, kept apart with the reason: which rules, how many rows, which run. Never a data value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platform_core.audit.check import DELIVERY
from platform_core.resources.warehouse.records import CheckRecord, PublicationRecord
from platform_core.resources.warehouse.stage import LOCK_FILE, Stage

__all__ = [
    "RECORD_FILE",
    "Refusal",
    "read_refusals",
    "refusal_from_data",
    "refusal_of",
    "refusal_to_data",
    "remove_refusals",
    "write_refusal",
]

RECORD_FILE = "refusal.json"


@dataclass(frozen=True)
class Refusal:
    """A delivery that was not published. `rules` are the checks that failed, `passed` counts the others.

    `folder` is where its files lie, or `table` the table that holds it, on an engine without files. `inputs` maps each
    asset read or audited against to its version.
    """

    id: str
    folder: Path | None
    partition: str | None
    refused_at: datetime
    reason: str
    run_id: str
    rows: int
    contract_version: str
    contract_hash: str
    rules: tuple[CheckRecord, ...] = ()
    passed: int = 0
    input_hash: str = ""
    input_name: str = ""
    inputs: Mapping[str, int] = field(default_factory=dict)
    table: str = ""

    @property
    def place(self) -> str:
        """Where its rows lie, for people."""
        return self.table or str(self.folder)

    @property
    def rows_read(self) -> int | None:
        """How many rows were delivered; None when they could not be read."""
        return None if any(rule.name == DELIVERY for rule in self.rules) else self.rows


_STORED = {item.name for item in fields(Refusal)} - {"id", "folder", "table"}


def refusal_of(stage: Any, record: PublicationRecord, reason: str, folder: Path | None, table: str = "") -> Refusal:
    """Return the refusal of a stage that goes to `folder`, or to `table`."""
    return Refusal(
        id=stage.id,
        folder=folder,
        partition=stage.partition,
        refused_at=datetime.now(timezone.utc),
        reason=reason,
        run_id=record.run_id,
        rows=stage.rows,
        contract_version=record.contract_version,
        contract_hash=record.contract_hash,
        rules=tuple(check for check in record.checks if not check.passed),
        passed=sum(check.passed for check in record.checks),
        input_hash=record.input_hash,
        input_name=record.input_name,
        inputs=dict(record.inputs),
        table=table,
    )


def refusal_to_data(refusal: Refusal) -> dict[str, Any]:
    """Return what is stored of a refusal, for JSON."""
    data = {key: value for key, value in asdict(refusal).items() if key in _STORED}
    return data | {"refused_at": refusal.refused_at.isoformat()}


def refusal_from_data(data: Mapping[str, Any], id: str, folder: Path | None, table: str = "") -> Refusal:
    """Read what was stored. Keys of a later library version are ignored."""
    known = {key: value for key, value in data.items() if key in _STORED}
    known["rules"] = tuple(CheckRecord.from_data(rule) for rule in known.get("rules") or ())
    known["refused_at"] = datetime.fromisoformat(known["refused_at"])
    return Refusal(id=id, folder=folder, table=table, **known)


def write_refusal(stage: Stage, record: PublicationRecord, quarantine: Path, reason: str) -> Refusal:
    """Move a stage with its refusal into quarantine: one rename, so that a refusal is there whole or not at all."""
    folder = quarantine / stage.id
    refusal = refusal_of(stage, record, reason, folder)
    data = refusal_to_data(refusal)
    for name in ("owner.json", "spool.parquet"):
        (stage.folder / name).unlink(missing_ok=True)
    (stage.folder / RECORD_FILE).write_text(json.dumps(data, indent=1, sort_keys=True), "utf-8")
    quarantine.mkdir(parents=True, exist_ok=True)
    stage.folder.rename(folder)
    # Only now: a stage without its lock is one that a sweep may take.
    (folder / LOCK_FILE).unlink(missing_ok=True)
    return refusal


def read_refusals(quarantine: Path) -> list[Refusal]:
    """Return what is in quarantine, newest first."""
    return sorted(_refusals(quarantine), key=lambda refusal: (refusal.refused_at, refusal.id), reverse=True)


def remove_refusals(quarantine: Path, before: datetime, dry_run: bool = False) -> list[Refusal]:
    """Delete what was refused before a moment (only look, on a dry run); return it."""
    old = [refusal for refusal in _refusals(quarantine) if refusal.refused_at < before]
    for refusal in () if dry_run else old:
        shutil.rmtree(quarantine / refusal.id, ignore_errors=True)
    return old


def _refusals(quarantine: Path) -> Iterator[Refusal]:
    for file in quarantine.glob(f"*/{RECORD_FILE}"):
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            continue  # vacuum was faster
        yield refusal_from_data(json.loads(text), file.parent.name, file.parent)
