"""Proves that a dataset can be run again: whatever is varied, it publishes the same, and touches nothing else."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.testing.rerun.bench import Bench, Contents, Made, unmade
from platform_core.testing.rerun.child import ForkServer
from platform_core.testing.rerun.content import Difference, difference
from platform_core.testing.rerun.laid_out import lay_out
from platform_core.testing.rerun.variations import AGAIN, ALONE, TOGETHER, Variation

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset
    from platform_core.testing.inputs import Inputs

__all__ = ["Prover", "said"]

_WHY = "A re-run, a backfill or a retry would publish other data than before, and nobody would know which is right."
_UNSAFE = "If it has to be so, write rerun: unsafe and a reason into its declaration."


@dataclass
class Prover:
    """Proves one dataset after the other of the location at `root`, in processes that are started when needed."""

    root: Path
    _servers: list[ForkServer] = field(default_factory=list)

    def close(self) -> None:
        """End the processes."""
        while self._servers:
            self._servers.pop().close()

    def prove(self, dataset: Dataset, samples: Inputs) -> tuple[dict[str, Any], list[Finding]]:
        """Make `dataset` of samples again and again. Returns what to show of it, and what is wrong."""
        while len(self._servers) < 2:  # one for each hash seed
            self._servers.append(ForkServer(self.root, len(self._servers)))
        with tempfile.TemporaryDirectory(prefix="platform-rerun-", ignore_cleanup_errors=True) as name:
            laid = lay_out(dataset, samples, Path(name))
            bench = Bench(dataset, laid, Path(name), self._servers)
            try:
                first, findings = _proven(dataset, bench)
            finally:
                bench.close()
            if first.problem:
                return unmade(dataset, first)
        if findings:
            return {"rerun": "fails"}, findings
        rows = sum(table.num_rows for table in first.after.values())
        return {"rerun": "safe" if rows else "not shown, no rows come of the samples"}, []


def _proven(dataset: Dataset, bench: Bench) -> tuple[Made, list[Finding]]:
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(bench.varied, TOGETHER)
        first, again = bench.twice()
        together = waiting.result()
    return first, [] if first.problem else _judged(dataset, bench, first, again, together)


def _judged(dataset: Dataset, bench: Bench, first: Made, again: Made, together: Made) -> list[Finding]:
    """Vary everything at once; only where that publishes something else, one thing after the other."""
    if found := _finding(dataset, AGAIN, first.after, again):
        return [found]  # nothing can be said of the rest
    found = _finding(dataset, TOGETHER, first.after, together)
    if found is None:
        return []
    alone = [_finding(dataset, variation, first.after, bench.varied(variation)) for variation in ALONE]
    return [one for one in alone if one is not None] or [found]


def _finding(dataset: Dataset, variation: Variation, expected: Contents, made: Made) -> Finding | None:
    name, where = dataset.asset.dataset, made.where or _place(dataset, variation)
    fix = f"{variation.fix} {_UNSAFE}"
    if made.problem:
        text = f"made again {variation.what}, it fails: {made.problem}"
        return Finding("rerun-unsafe", "error", name, text, _WHY, fix, where)
    for key, rows in made.before.items():
        found = difference(rows, made.after[key]) if key in made.after else Difference((), 0, "it is gone")
        if found is not None:
            text = f"made {variation.what}, one partition changes another ({key}): {said(found)}."
            return Finding("rerun-unsafe", "error", name, text, _WHY, fix, where)
    told = []
    for key in sorted({*expected, *made.after}, key=lambda key: key or ""):
        if key not in expected or key not in made.after:
            found = Difference((), 0, "one of the two times nothing is published")
        else:
            keys = dataset.contract.primary_key
            found = difference(expected[key], made.after[key], keys, variation.tolerant)
        if found is not None:
            told.append((key, found))
    if not told:
        return None
    of = f" of {told[0][0]}" if told[0][0] is not None else ""
    text = f"made again {variation.what}, what is published{of} differs: {said(told[0][1])}."
    return Finding("rerun-unsafe", "error", name, text, _WHY, fix, where)


def said(found: Difference) -> str:
    """Return a difference in words: names and counts, never a value."""
    if found.what:
        return f"{found.what}{': ' + ', '.join(found.columns) if found.columns else ''}"
    rows = f"{found.rows:,} row{'s' if found.rows != 1 else ''}"
    return f"column{'s' if len(found.columns) > 1 else ''} {', '.join(found.columns)} in {rows}"


def _place(dataset: Dataset, variation: Variation) -> Where:
    """Where to look: at the query, at a call that is known to move, else at the declaration."""
    from platform_core.components.declaration import Query
    from platform_core.components.moving_calls import moving_calls

    recipe, declared = dataset.declaration.recipe, dataset.declaration.where
    if isinstance(recipe, Query):
        return Where(recipe.path, 1)
    if dataset.declaration.kind == "python" and (variation is AGAIN or variation.days or variation.seed):
        calls = moving_calls(declared.path, dataset.asset.dataset)
        hashes = bool(variation.seed) and not variation.days
        fitting = [call.where for call in calls if call.message.startswith("hash()") is hashes]
        return next((where for where in fitting if where is not None), declared)
    return declared
