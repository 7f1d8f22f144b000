"""A process that reads all the time: `postgres_reader.py URL PREFIX`, the password in READER_PASSWORD.

It reads both ways, the platform's and the view of people, and ends with 0 when told to, with 1 on a torn read.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from postgres_children import read
from warehouse_writer import ROWS, table_of

from platform_core.resources.postgres.connection import reading, run


def main() -> None:
    home = (sys.argv[1], os.environ["READER_PASSWORD"], sys.argv[2])
    view, address = table_of(home).place.view, table_of(home).place.address
    stopped: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    reads = states = 0
    last: dict[str | None, int] = {}
    while not stopped:
        found = read(home)
        with reading(address) as connection:
            seen = run(connection, f"SELECT number, count(*) FROM {view} GROUP BY 1").fetchall() if found else []
        if any(count % ROWS for _, count in seen) or len(seen) > 3:
            raise AssertionError(f"torn: {seen}")
        reads += 1
        states += found != last
        last = found
        time.sleep(0.002)
    sys.stdout.write(f"{reads} reads of {states} states; ")


if __name__ == "__main__":
    main()
