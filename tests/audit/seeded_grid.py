"""The grid: what every engine says of every case of `seeded`, as a table. `scripts/grid` prints it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow
from auditing import WRITERS, as_table, outcome, run
from postgres_server import Server, installed, running_server
from postgres_tables import connected, run_on, stored
from pyarrow import parquet
from seeded import EDGES, Case, cases

from platform_core.audit import AuditResult, Outcome
from platform_core.formats.table import table as in_columns
from platform_core.sql import Relation

__all__ = ["ENGINES", "Said", "say", "shown", "wrong"]

ENGINES = ("duckdb, parquet", "duckdb, table", "postgres")
_NUMBERS = count(1)


@dataclass(frozen=True)
class Said:
    """What an engine said of the clean rows, and of those with violations in them."""

    clean: Outcome
    seeded: Outcome
    besides: frozenset[str]  # other checks that failed


def say(case: Case, engine: str, folder: Path, connection: Any = None) -> Said:
    """Audit both tables of a case on an engine; `connection` is that to PostgreSQL."""
    clean, seeded = (_run(case, rows, engine, folder, connection) for rows in (case.clean, case.seeded))
    failed = {each.check.name for result in (clean, seeded) for each in result.outcomes if not each.passed}
    return Said(outcome(clean, case.check), outcome(seeded, case.check), frozenset(failed - {case.check}))


def _run(case: Case, rows: pyarrow.Table, engine: str, folder: Path, connection: Any) -> AuditResult:
    if engine == "postgres":
        references = {name: stored(connection, table) for name, table in case.references.items()}
        others = stored(connection, case.others) if case.others is not None else None
        return run_on(connection, case.contract, rows, others, references)
    if engine == "duckdb, table":
        references = {name: as_table("seeded_reference", table) for name, table in case.references.items()}
        others = as_table("seeded_others", case.others) if case.others is not None else None
        return run(case.contract, rows, others, references)
    # A team's own query is planned by DuckDB, which trusts statistics: it meets no files but those that DuckDB staged.
    own = case.kind == "sql"
    references = {name: _file(table, folder, own) for name, table in case.references.items()}
    others = _file(case.others, folder, own) if case.others is not None else None
    return run(case.contract, _file(rows, folder, own), others, references)


def _file(table: pyarrow.Table, folder: Path, own: bool) -> Relation:
    """Small row groups of another writer, whose statistics leave NaN out; DuckDB's own where that cannot write it."""
    path = folder / f"{next(_NUMBERS)}.parquet"  # never twice the same: DuckDB remembers what a file held
    if own:
        return WRITERS["duckdb"](table, path)
    try:
        parquet.write_table(table, path, row_group_size=2)
    except (pyarrow.ArrowNotImplementedError, pyarrow.ArrowInvalid):
        return WRITERS["duckdb"](table, path)
    return Relation.of([path])


def wrong(case: Case, said: Said) -> str:
    """Say what an engine got wrong; nothing when it passed what is clean and counted exactly what is seeded."""
    if said.besides - set(case.besides):
        return f"other rules broke: {', '.join(sorted(said.besides - set(case.besides)))}"
    if case.never_clean:
        return "" if not (said.clean.passed or said.seeded.passed) else "a rule nobody knows passed"
    if not said.clean.passed or (said.clean.violations or 0) != case.tolerated:
        return f"clean rows: {said.clean.message}"
    if said.seeded.passed and case.violations != 0:
        return f"SILENT PASS: {said.seeded.message}"
    if said.seeded.violations != case.violations:
        return f"{said.seeded.violations} counted, {case.violations} seeded: {said.seeded.message}"
    return ""


def shown(grid: Mapping[str, Mapping[str, tuple[Case, Said]]], engines: Sequence[str]) -> str:
    """Return the grid as a table, a line a case."""
    lines = []
    for label, found in grid.items():
        case = next(iter(found.values()))[0]
        seeded = "fails" if case.violations is None else f"{case.violations} of {case.seeded.num_rows}"
        verdicts = [_cell(*found[engine]) if engine in found else "-" for engine in engines]
        lines.append([case.kind, label.partition(": ")[2], seeded, *verdicts])
    return in_columns(["rule", "case", "seeded", *engines], lines)


def _cell(case: Case, said: Said) -> str:
    if problem := wrong(case, said):
        return f"WRONG ({problem[:60]})"
    return "caught" if said.seeded.violations is None else f"caught {said.seeded.violations}"


@contextmanager
def _postgres() -> Iterator[Any]:
    with ExitStack() as stack:
        server: Server | None = stack.enter_context(running_server()) if installed() else None
        yield stack.enter_context(connected(server)) if server else None


def main() -> int:
    """Print the grid; return 1 when anything in it is wrong."""
    everything = cases()
    grid: dict[str, dict[str, tuple[Case, Said]]] = {}
    with _postgres() as connection, tempfile.TemporaryDirectory() as folder:
        engines = ENGINES if connection is not None else ENGINES[:2]
        for case in everything:
            said = {engine: (case, say(case, engine, Path(folder), connection)) for engine in engines}
            grid[f"{case.kind}: {case.label}"] = said
    sys.stdout.write(shown(grid, engines) + "\n\n")
    problems = [(label, engine, wrong(*found)) for label, row in grid.items() for engine, found in row.items()]
    problems = [problem for problem in problems if problem[2]]
    for label, engine, problem in problems:
        sys.stdout.write(f"{engine}, {label}: {problem}\n")
    kinds = {case.kind for case in everything}
    counted = sum(case.violations or 1 for case in everything)
    sys.stdout.write(
        f"{len(kinds)} kinds of rules, {len(everything)} cases, {len(EDGES)} edges; "
        f"{counted} violations seeded on each of {len(engines)} engines; {len(problems)} wrong.\n"
    )
    if connection is None:
        sys.stdout.write("PostgreSQL's server is not installed: run scripts/postgres.\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
