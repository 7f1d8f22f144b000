"""SIGKILL at any moment: readers see complete published versions only, and the next run heals what was left."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from kill_sweep import sweep
from warehouse_children import aftermath, anything, back, dying, read, refuse, run, vacuum
from warehouse_writer import publish, table_of

pytestmark = pytest.mark.processes

READER = Path(__file__).with_name("warehouse_reader.py")
PUBLISHING = {
    "before the files move": False,
    "after the files moved": False,
    "before the commit": False,
    "after the commit": True,
    "before the stage is removed": True,
}


@pytest.mark.parametrize(
    ("moment", "first"),
    [*((moment, False) for moment in PUBLISHING), ("before the commit", True), ("after the commit", True)],
)
def test_killed_at_every_step_of_publishing(tmp_path: Path, moment: str, first: bool) -> None:
    if not first:
        run(publish, tmp_path, "p1", 1)
    assert run(dying, moment, publish, tmp_path, "p1", 2) == -signal.SIGKILL
    standing = 2 if PUBLISHING[moment] else 1
    seen = {} if first and standing == 1 else {"p1": standing}
    orphans = int(moment in {"after the files moved", "before the commit"})
    assert run(aftermath, tmp_path) == (seen, {"p1": 2}, 0, orphans, {"p1": 2})


def test_killed_while_refusing(tmp_path: Path) -> None:
    assert run(dying, "before the refusal is moved", refuse, tmp_path) == -signal.SIGKILL
    assert table_of(tmp_path).refusals() == []
    run(refuse, tmp_path)
    assert len(table_of(tmp_path).refusals()) == 1


def test_killed_before_a_rollback_is_committed(tmp_path: Path) -> None:
    run(publish, tmp_path, "p1", 1)
    run(publish, tmp_path, "p1", 2)
    assert run(dying, "before the rollback is committed", back, tmp_path) == -signal.SIGKILL
    assert run(read, tmp_path) == {"p1": 2}
    run(back, tmp_path)
    assert run(read, tmp_path) == {"p1": 1}


def test_killed_during_vacuum(tmp_path: Path) -> None:
    run(publish, tmp_path, "p1", 1)
    run(dying, "before the commit", publish, tmp_path, "p1", 2)
    assert run(dying, "in the middle of vacuum", vacuum, tmp_path) == -signal.SIGKILL
    assert run(read, tmp_path) == {"p1": 1}
    assert run(vacuum, tmp_path) == 0


@pytest.mark.slow
def test_readers_see_complete_versions_while_writers_are_killed(tmp_path: Path) -> None:
    often = {"stage": 11, "staged file": 6}
    reader, log = [str(READER), str(tmp_path)], tmp_path / "reader.log"
    number = sweep(anything, tmp_path, reader, lambda: traces(tmp_path), often, log=log)
    for partition in ("p1", "p2", "p3"):
        run(publish, tmp_path, partition, number + 1)
    healed = dict.fromkeys(("p1", "p2", "p3"), number + 1)
    assert run(read, tmp_path) == healed
    assert run(vacuum, tmp_path) >= 0
    assert list(table_of(tmp_path).stages.glob("2*")) == []
    assert run(read, tmp_path) == healed


def traces(root: Path) -> list[str]:
    """Say what the last kill left behind."""
    stages = list(table_of(root).stages.glob("2*"))
    return ["stage" for _ in stages] + ["staged file" for folder in stages for _ in folder.glob("*.parquet")]
