"""Zero silent passes: each kind of rule, on each engine, counts exactly what was seeded and passes what is clean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server
from postgres_tables import connected
from seeded import EDGES, cases
from seeded_grid import ENGINES, say, wrong

from platform_core.audit import plan
from platform_core.audit.columns import RULES
from platform_core.audit.duckdb.engine import KINDS as DUCKDB_KINDS
from platform_core.audit.postgres.engine import KINDS as POSTGRES_KINDS
from platform_core.audit.quality import METRICS

CASES = cases()


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with connected(postgres) as connection:
        yield connection


@pytest.mark.parametrize("engine", ENGINES[:2])
def test_duckdb(engine: str, tmp_path: Path) -> None:
    assert _wrong(engine, tmp_path) == {}


@pytest.mark.postgres
@pytest.mark.processes
def test_postgres(connection: Any, tmp_path: Path) -> None:
    assert _wrong("postgres", tmp_path, connection) == {}


def _wrong(engine: str, folder: Path, connection: Any = None) -> dict[str, str]:
    found = {f"{case.kind}: {case.label}": wrong(case, say(case, engine, folder, connection)) for case in CASES}
    return {label: problem for label, problem in found.items() if problem}


def test_every_kind_of_rule_and_every_edge_is_seeded() -> None:
    """What the plan can ask for and what an engine can do, each is seen broken and kept; a new one needs a case."""
    broken = {case.kind for case in CASES if case.violations or (case.violations is None and case.seeded is not None)}
    kept = {case.kind for case in CASES if not case.never_clean}
    assert broken == set(DUCKDB_KINDS) == set(POSTGRES_KINDS)
    assert kept == set(DUCKDB_KINDS) - {"unsupported"}
    assert set(RULES) <= broken
    planned = {check.kind for case in CASES for check in plan(case.contract, "shop")}
    assert planned == broken
    rules = [rule for case in CASES for column in case.contract.columns for rule in column.quality]
    rules += [rule for case in CASES for rule in case.contract.quality]
    assert set(METRICS) <= {rule.get("metric") for rule in rules}
    assert {edge for case in CASES for edge in case.edges} == EDGES


def test_each_case_is_of_its_kind() -> None:
    for case in CASES:
        (check,) = [each for each in plan(case.contract, "shop") if each.name == case.check]
        assert check.kind == case.kind, case.label
    labels = [(case.kind, case.label) for case in CASES]
    assert len(set(labels)) == len(labels)


def test_the_grid_itself_can_fail(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.label == "a minimum, and NaN")
    said = say(case, "duckdb, table", tmp_path)
    assert wrong(case, said) == ""
    silent = replace(said, seeded=replace(said.seeded, passed=True, violations=0))
    assert wrong(case, silent).startswith("SILENT PASS")
    assert wrong(replace(case, violations=3), said).startswith("4 counted, 3 seeded")
    assert wrong(case, replace(said, clean=said.seeded)).startswith("clean rows")
    assert wrong(case, replace(said, besides=frozenset({"schema_types"}))) == "other rules broke: schema_types"
