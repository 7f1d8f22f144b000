"""Derived datasets computed over samples of their inputs: do the rows fit the contract, and are they the same again?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError
from platform_core.testing.inputs import Inputs
from platform_core.testing.proof import Bench
from platform_core.testing.runs import rehearsal

if TYPE_CHECKING:
    import pyarrow

    from platform_core.components.dataset import Dataset

__all__ = ["check_run"]

_OWN_SAMPLES = "Is it the sample? Then put rows of your own in tests/samples/<location>.<dataset>.csv."


def check_run(dataset: Dataset, samples: Inputs) -> tuple[dict[str, Any], list[Finding]]:
    """Compute `dataset` twice over samples of its inputs.

    Columns and types must be those of its contract, keys must be unique, and both times the rows the same. Rules about
    values are held against the rows only where all inputs are samples of the team: made-up rows prove nothing there.
    """
    where = dataset.declaration.where
    try:
        with rehearsal(dataset, samples) as rehearsed:
            first, second = rehearsed.compute(), rehearsed.compute()
    except FindingsError:
        raise
    except PlatformError as error:
        if error.where is None:
            raise PlatformError(
                f"over samples of its inputs: {error.message}", where, error.hint or _OWN_SAMPLES
            ) from error
        raise
    except Exception as error:  # the team's own function
        text = f"over samples of its inputs: {type(error).__name__}: {error}"
        raise PlatformError(text, _line_of(dataset, error) or where, _OWN_SAMPLES) from error
    findings = [*_broken_rules(dataset, samples, first)]
    if not _same_rows(first, second):
        text = "computed twice from the same inputs, the rows differ: a run cannot be repeated."
        fix = "Take out what changes by itself: random values, the time of day, LIMIT without ORDER BY."
        findings.append(Finding("not-repeatable", "error", dataset.asset.dataset, text, fix=fix, where=where))
    return {"run": "fails" if findings else f"ok ({first.num_rows} rows)"}, findings


def _broken_rules(dataset: Dataset, samples: Inputs, rows: pyarrow.Table) -> Iterator[Finding]:
    contract = dataset.contract
    real = all(asset in samples.given for asset in dataset.inputs.values())
    with Bench(contract, dataset.asset.location, samples.references(dataset.asset)) as bench:
        chosen = [c for c in bench.checks if c.kind == "unique" or (real and c.kind != "row_count" and not c.reads)]
        for outcome in bench.audit(rows, tuple(chosen)):
            if not outcome.passed and outcome.severity == "error":
                text = f"over samples of its inputs: {outcome.message}."
                fix = f"Mend {dataset.declaration.where.path.name}, or the rule {outcome.check.name}."
                yield Finding("run-breaks-rule", "error", contract.dataset, text, "", fix, outcome.check.where)


def _same_rows(one: pyarrow.Table, other: pyarrow.Table) -> bool:
    """Say whether two tables hold the same rows, in any order."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("one", one)
        connection.register("other", other)
        left = "SELECT count(*) FROM (FROM one EXCEPT ALL FROM other)"
        right = "SELECT count(*) FROM (FROM other EXCEPT ALL FROM one)"
        return all(connection.execute(query).fetchall() == [(0,)] for query in (left, right))


def _line_of(dataset: Dataset, error: Exception) -> Any:
    import traceback
    from pathlib import Path

    from platform_core.errors import Where

    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(dataset.root)]
    return Where(Path(frames[-1].filename), frames[-1].lineno or 0) if frames else None
