"""The part of a check that looks at files alone, for a hook that runs at every commit: it imports no Dagster."""

from __future__ import annotations

from pathlib import Path

from platform_core import clock
from platform_core.documents import load_document
from platform_core.exemptions import apply, expired
from platform_core.formats.report import Report
from platform_core.locations import FILE_NAME, own_exemptions
from platform_core.names import location_problem
from platform_core.onboarding.checking import check_files

__all__ = ["check_fast", "name_of"]


def check_fast(root: Path) -> Report:
    """Return what stands against the location in `root` by its files; no code of the team's is run."""
    today, own = clock.today(), own_exemptions(root, clock.today())
    found, _ = apply(check_files(root), own.exemptions, today, root, name_of(root))
    return Report(name_of(root), tuple(dict.fromkeys((*found, *own.findings, *expired(own.exemptions, today)))))


def name_of(root: Path) -> str:
    """Return the location's name, also where location.yaml has other problems; else that of its folder."""
    name = load_document(root / FILE_NAME).data.get("name")
    return root.name if location_problem(name) else str(name)
