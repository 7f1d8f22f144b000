"""A dataset that a test makes odd: one column for each way in which a re-run can publish something else."""

from __future__ import annotations

from pathlib import Path

from platform_core.testing.runs import inputs_of, load

__all__ = ["ODD", "add_dataset", "prove"]

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop-{name}
name: {name}
version: 1.0.0
status: active
description: {{purpose: A dataset for a test.}}
schema:
  - name: {name}
    properties:
{columns}
"""
# Each column is right when nothing is varied, and named after what moves it.
ODD = """\
import datetime
import os
import tempfile
from pathlib import Path

import pyarrow

from platform_core import dataset

MONTHS = []


@dataset(
    inputs={"orders": "orders"},
    partitions={"type": "monthly", "start_date": "2026-01-01", "end_date": "2026-05-01"},
)
def odd(orders: pyarrow.Table, partition: str) -> pyarrow.Table:
    orders = orders.slice(0, 10)
    if partition not in MONTHS:
        MONTHS.append(partition)
    owner = Path(tempfile.gettempdir()) / f"{partition}.pid"
    if not owner.exists():
        owner.write_text(str(os.getpid()))
    words = {f"word {n}" for n in range(50)}
    return pyarrow.table({
        "id": orders.column("order_id").combine_chunks().sort(),
        "steady": [partition] * orders.num_rows,
        "clock": [datetime.date.today().isoformat()] * orders.num_rows,
        "seed": [",".join(words)] * orders.num_rows,
        "months": [MONTHS.index(partition)] * orders.num_rows,
        "killed": [owner.read_text() == str(os.getpid())] * orders.num_rows,
    })
"""


def add_dataset(root: Path, name: str, code: str, **columns: str) -> None:
    """Add a Python dataset (SQL, when `code` is a query) with these columns, name -> logical type."""
    folder = root / "src" / "shop" / "defs" / name
    folder.mkdir()
    if "@dataset" in code:
        (folder / f"{name}.py").write_text(code)
    else:
        (folder / "defs.yaml").write_text("type: platform_core.SqlDataset\n")
        (folder / f"{name}.sql").write_text(code)
    lines = [f"      - {{name: {column}, logicalType: {kind}}}" for column, kind in columns.items()]
    (root / "contracts" / f"{name}.odcs.yaml").write_text(CONTRACT.format(name=name, columns="\n".join(lines)))


def prove(prover, root: Path, name: str):
    """Return what the proof shows and finds of one dataset."""
    load.cache_clear()
    loaded = load(root)
    found = next(one for one in loaded.datasets if one.asset.dataset == name)
    return prover.prove(found, inputs_of(loaded))
