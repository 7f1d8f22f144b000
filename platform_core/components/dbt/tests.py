"""dbt's tests as checks of the model they judge: a failed one of severity error refuses it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from platform_core.audit import Check, Outcome
from platform_core.components.dbt.nodes import Test
from platform_core.components.dbt.project import DbtModel, Project

__all__ = ["KIND", "check_names", "checks_of", "outcome_of"]

KIND = "dbt_test"
_PREFIX = "dbt_"
_MOST = 120  # characters of a name


def checks_of(made: DbtModel) -> tuple[Check, ...]:
    """Return one check for each test of a model; `reads` are the published datasets a test needs beside the model."""
    names = check_names(made.tests)
    return tuple(_check(made.project, made.unique_id, test, names[test.unique_id]) for test in made.tests)


def check_names(tests: Sequence[Test]) -> dict[str, str]:
    """Return the name of the check of each test of one model, by unique id: dbt's own, spelled as checks are."""
    plain = {test.unique_id: _PREFIX + re.sub(r"[^a-z0-9]+", "_", test.name.lower()).strip("_") for test in tests}
    known = list(plain.values())
    return {
        unique_id: name if len(name) <= _MOST and known.count(name) == 1 else f"{name[:_MOST]}_{_short(unique_id)}"
        for unique_id, name in plain.items()
    }


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _check(project: Project, unique_id: str, test: Test, name: str) -> Check:
    own = {unique_id, *project.reads[unique_id]}
    others = project.published_behind(test)
    return Check(
        name=name,
        kind=KIND,
        columns=(test.column,) if test.column else (),
        severity="warning" if test.severity == "warn" else "error",
        reads=tuple(sorted(str(project.asset(other)) for other in others if other not in own)),
        description=test.description or f"dbt's test {test.name} holds.",
        where=test.where,
    )


def outcome_of(check: Check, test: Test, results: Mapping[str, tuple[str, int | None]]) -> Outcome:
    """Return what a check says, from the (status, failures) that dbt reports by unique id."""
    status, failures = results.get(test.unique_id, ("", None))
    if status == "pass":
        return Outcome(check, True, "dbt's test passed", 0)
    if status in ("fail", "warn"):
        count = failures or 0
        message = f"dbt's test found {count:,} row{'' if count == 1 else 's'} it should not"
        if status == "warn" and check.severity == "error":  # it allows some, by its warn_if and error_if
            return Outcome(check, True, f"{message}; that many only warn", count)
        return Outcome(check, False, message, failures)
    said = "was skipped" if status == "skipped" else "could not be run" if status else "was not run"
    return Outcome(check, False, f"dbt's test {said}", error=f"dbt's test {said}")
