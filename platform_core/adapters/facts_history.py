"""What happened to a dataset: the commits of its table and its quarantine, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platform_core.adapters.facts import checks_of
from platform_core.answers.facts import Checks
from platform_core.formats.history import Event

if TYPE_CHECKING:
    from platform_core.resources.engine import Table
    from platform_core.resources.warehouse import Publication, Refusal

__all__ = ["events"]

_RUN = 8  # characters of a run id, as Dagster's pages show it


def events(table: Table, partition: str | None = None, limit: int | None = None) -> list[Event]:
    """Return publications and refusals of the table, newest first; of one `partition`, and at most `limit`, if given.

    Refusals are known as long as quarantine keeps them. Raises PlatformError when the table cannot be read.
    """
    live = {(publication.version, key) for key, publication in table.current().items()}
    found = [_published(item, (item.version, item.partition) in live) for item in table.history()]
    found += [_refused(item) for item in table.refusals()]
    wanted = [event for event in found if partition is None or event.partition == partition]
    return sorted(wanted, key=lambda event: (event.at, event.version or -1), reverse=True)[:limit]


def _published(publication: Publication, current: bool) -> Event:
    brings = publication.brings_files
    return Event(
        at=publication.published_at,
        kind=publication.kind,
        version=publication.version,
        partition=publication.partition,
        rows=publication.rows if brings else None,
        checks=checks_of(publication.checks) if brings else Checks(),
        contract_version=publication.contract_version,
        by=publication.by or _run(publication.run_id),
        delivery=publication.input_name,
        back_to=publication.source_version if publication.kind == "rollback" else None,
        held=publication.held,
        current=current,
        kept=publication.readable,
    )


def _refused(refusal: Refusal) -> Event:
    return Event(
        at=refusal.refused_at,
        kind="refusal",
        version=None,
        partition=refusal.partition,
        rows=refusal.rows_read,
        checks=checks_of(refusal.rules),
        contract_version=refusal.contract_version,
        by=_run(refusal.run_id),
        delivery=refusal.input_name,
        place=refusal.place,
    )


def _run(run_id: str) -> str:
    return f"run {run_id[:_RUN]}" if run_id else ""
