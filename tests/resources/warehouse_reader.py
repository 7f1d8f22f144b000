"""A process that reads all the time: `warehouse_reader.py ROOT`. It ends with 0 when told to, with 1 on a torn read."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import duckdb
from warehouse_writer import ROWS

from platform_core.names import AssetId
from platform_core.resources.warehouse import Table, Warehouse

COLUMNS = {"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"}


def checked(table: Table) -> dict[str | None, int]:
    """Read the newest version and hold each partition against its publication; return the number each holds."""
    snapshot = table.snapshot()
    found: dict[str | None, int] = {}
    for partition, publication in (snapshot.partitions if snapshot else {}).items():
        query = f"SELECT min(number), max(number), count(*), sum(id) FROM ({snapshot.select(COLUMNS, [partition])})"
        with duckdb.connect() as connection:
            least, most, count, total = connection.execute(query).fetchall()[0]
        expected = int(publication.input_hash)
        complete = (expected, expected, ROWS, ROWS * (ROWS - 1) // 2 + ROWS * expected)
        if (least, most, count, total) != complete:
            raise AssertionError(f"version {snapshot.version} {partition}: {(least, most, count, total)} != {complete}")
        found[partition] = expected
    return found


def main() -> None:
    table = Warehouse(Path(sys.argv[1])).table(AssetId("flight_ops", "flights"))
    stopped: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    reads = versions = 0
    last: dict[str | None, int] = {}
    while not stopped:
        found = checked(table)
        reads += 1
        versions += found != last
        last = found
        time.sleep(0.002)
    sys.stdout.write(f"{reads} reads of {versions} states; ")


if __name__ == "__main__":
    main()
