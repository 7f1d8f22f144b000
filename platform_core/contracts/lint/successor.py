"""A second major beside the first: its name, its version and the dataset it follows say the same number."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.contracts.lifecycle import SUCCESSOR_OF, major_of, versioned_name
from platform_core.contracts.lint.elements import entries
from platform_core.contracts.places import Lint
from platform_core.findings import Finding
from platform_core.names import name_problem

__all__ = ["successor"]


def successor(lint: Lint) -> Iterator[Finding]:
    """Yield findings about platformSuccessorOf: flights_v2, at 2.0.0, follows flights; flights_v3 follows either."""
    data = lint.document.data
    for keys, entry in entries(data, "customProperties"):
        named = entry.get("value")
        if entry.get("property") != SUCCESSOR_OF or not isinstance(named, str) or name_problem(named):
            continue
        major = major_of(data["version"]) if isinstance(data.get("version"), str) else None
        if named == lint.dataset:
            fix = "Name the dataset whose readers are to move here."
            yield lint.finding("bad-successor", (*keys, "value"), "a dataset does not follow itself.", fix)
        elif major is not None and (wanted := versioned_name(named, major)) != lint.dataset:
            message = f"what follows '{named}' as version {data['version']} is called {wanted}, not '{lint.dataset}'."
            why = "Readers see from the name of a dataset which of two majors they read."
            fix = f"Call the dataset {wanted}, or write the version that its name says."
            yield lint.finding("bad-successor", (*keys, "value"), message, fix, why=why)
