"""Where in the location's files a finding of the workspace's gate is to be mended: the gate knows none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from platform_core.components.location import LoadedLocation
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.locations import FILE_NAME

__all__ = ["with_places"]


def with_places(findings: Iterable[Finding], loaded: LoadedLocation | None, root: Path) -> Iterator[Finding]:
    """Yield the findings, those without a place with one: where the dataset they are about is read, or declared.

    What is about the location as a whole stands in location.yaml, and so does what belongs nowhere else. A `star-read`
    stands in the query.
    """
    read: dict[str, Where] = {}
    declared: dict[str, Where] = {}
    starred: dict[str, Where] = {}
    for dataset in loaded.datasets if loaded else ():
        declared[str(dataset.asset)] = dataset.declaration.where
        for alias, asset in dataset.inputs.items():
            read.setdefault(str(asset), dataset.declaration.place(alias))
            if asset.location != dataset.asset.location:
                starred.setdefault(str(dataset.asset), dataset.declaration.place(alias))
    for finding in findings:
        key = finding.subject.partition(".")[0]
        query = starred.get(key) if finding.id == "star-read" else None
        place = query or declared.get(key) or read.get(key) or Where(root / FILE_NAME, 1)
        yield finding if finding.where else replace(finding, where=place)
