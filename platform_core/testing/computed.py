"""Derived datasets computed over samples of their inputs: do the rows fit the contract?"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.testing.inputs import Inputs
from platform_core.testing.places import NO_SERVER, stands_in
from platform_core.testing.proof import Bench
from platform_core.testing.runs import rehearsal

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset
    from platform_core.testing.runs import Rehearsal

__all__ = ["broken_rules", "check_run", "own_line", "unknown_inputs"]

_OWN_SAMPLES = "Is it the sample? Then put rows of your own in tests/samples/<location>.<dataset>.csv."


def check_run(dataset: Dataset, samples: Inputs) -> tuple[dict[str, Any], list[Finding]]:
    """Compute `dataset` over samples of its inputs.

    Columns and types must be those of its contract, and keys must be unique. Rules about values are held against the
    rows only where all inputs are samples of the team: made-up rows prove nothing there.
    """
    if unknown := list(unknown_inputs(dataset, samples)):
        raise FindingsError("", unknown)
    where = dataset.declaration.where
    try:
        with rehearsal(dataset, samples) as rehearsed:
            rows = _computed(rehearsed)
    except FindingsError as error:  # rows that do not fit: say of which file
        placed = [replace(finding, where=finding.where or where) for finding in error.findings]
        raise FindingsError(error.message, placed) from error
    except PlatformError as error:
        text = f"over samples of its inputs: {error.message}"
        raise PlatformError(text, error.where or where, error.hint or _OWN_SAMPLES) from error
    except Exception as error:  # the team's own function
        text = f"over samples of its inputs: {type(error).__name__}: {error}"
        raise PlatformError(text, own_line(dataset.root, error) or where, _OWN_SAMPLES) from error
    findings = [*broken_rules(dataset, samples, rows)]
    told: dict[str, Any] = {"run": f"ok ({rows.num_rows} row{'s' if rows.num_rows != 1 else ''})"}
    if findings:
        told = {"run": "fails"}
    if stands_in(dataset):
        told["notes"] = [NO_SERVER]
    return told, findings


def _computed(rehearsed: Rehearsal) -> pyarrow.Table:
    try:
        return rehearsed.compute()
    except FindingsError:
        raise
    except PlatformError as error:
        raise rehearsed.query_problem() or error from error


def unknown_inputs(dataset: Dataset, samples: Inputs) -> Iterator[Finding]:
    """Yield a finding for each input of which no contract is known here: no sample can be made of it."""
    for name, asset in dataset.inputs.items():
        try:
            samples.contract(asset)
        except FindingsError as error:
            yield from error.findings
        except PlatformError as error:
            where = dataset.declaration.place(name)
            yield Finding("unknown-input", "error", dataset.asset.dataset, error.message, "", error.hint, where)


def broken_rules(dataset: Dataset, samples: Inputs, rows: pyarrow.Table) -> Iterator[Finding]:
    """Yield the rules that rows made of samples break: keys, and values where all samples are the team's."""
    contract = dataset.contract
    real = all(asset in samples.given for asset in dataset.inputs.values())
    with Bench(contract, dataset.asset.location, samples.references(dataset.asset)) as bench:
        chosen = [c for c in bench.checks if c.kind == "unique" or (real and c.kind != "row_count" and not c.reads)]
        for outcome in bench.audit(rows, tuple(chosen)):
            if not outcome.passed and outcome.severity == "error":
                text = f"over samples of its inputs: {outcome.message}."
                fix = f"Mend {dataset.declaration.where.path.name}, or the rule {outcome.check.name}."
                yield Finding("run-breaks-rule", "error", contract.dataset, text, "", fix, outcome.check.where)


def own_line(root: Path, error: Exception) -> Where | None:
    """Return the last line below `root` that an exception passed through: the team's, not the library's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(root)]
    return Where(Path(frames[-1].filename), frames[-1].lineno or 0) if frames else None
