"""A full disk: a clear error, nothing published, nothing lost."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from warehouse_children import exceeding, run
from warehouse_tables import contract_of, deliver, record_of, rows

from platform_core.names import AssetId
from platform_core.resources.warehouse import DiskFull, Table, Warehouse
from platform_core.resources.warehouse.refused import room

pytestmark = pytest.mark.processes

COLUMNS = {"id": "BIGINT", "text": "VARCHAR"}
CONTRACT = contract_of(COLUMNS)
SMALL = "SELECT 1 AS id, 'a' AS text"
LARGE = "SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300_000)"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"0" * 4096):
                pass
        except OSError:
            return filler
    raise AssertionError("never full")


def test_full_while_staging(small_disk: Path) -> None:
    table = Warehouse(small_disk).table(AssetId("flight_ops", "flights"))
    deliver(table, SMALL, CONTRACT)
    with pytest.raises(DiskFull, match="disk that holds the warehouse is full"):
        deliver(table, LARGE, CONTRACT)
    unharmed(table)


def test_full_while_publishing(small_disk: Path) -> None:
    table = Warehouse(small_disk).table(AssetId("flight_ops", "flights"))
    deliver(table, SMALL, CONTRACT)
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 2 AS id, 'b' AS text", CONTRACT)
        filler = fill(small_disk)
        with pytest.raises(DiskFull):
            table.publish(stage, record_of())
        assert rows(table, COLUMNS) == [(1, "a")]
        filler.unlink()
        table.publish(stage, record_of())  # the stage is whole, there is room again
    assert rows(table, COLUMNS) == [(2, "b")]


def test_full_on_the_very_first_publication(small_disk: Path) -> None:
    table = Warehouse(small_disk).table(AssetId("flight_ops", "flights"))
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, SMALL, CONTRACT)
        filler = fill(small_disk)
        with pytest.raises(DiskFull):
            table.publish(stage, record_of())
        assert table.snapshot() is None
        filler.unlink()
        table.publish(stage, record_of())
    assert rows(table, COLUMNS) == [(1, "a")]


def test_a_limit_on_file_sizes_is_told_the_same_way(table: Table) -> None:
    deliver(table, SMALL, CONTRACT)
    assert "is full" in run(exceeding, table.path.parent.parent, LARGE, CONTRACT)
    unharmed(table)


def unharmed(table: Table) -> None:
    assert rows(table, COLUMNS) == [(1, "a")]
    assert list(table.stages.iterdir()) == []
    deliver(table, "SELECT 3 AS id, 'c' AS text", CONTRACT)
    assert rows(table, COLUMNS) == [(3, "c")]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_word_for_a_full_disk(code: int) -> None:
    with pytest.raises(DiskFull), room():
        raise OSError(code, "in some language")
    with pytest.raises(OSError, match="other"), room():
        raise OSError(errno.EIO, "other")
