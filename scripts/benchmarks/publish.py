"""Write, audit, publish of 5,000,000 rows against a plain Parquet write and the same 13 answers from SQL by hand.

The rows and rules are those of the audit's benchmark. Ours goes through the door as a run does: staged in the types
of its contract, audited in place, flushed to disk, committed to a Delta table with its record. By hand is a DuckDB COPY
with its defaults and the hand-written audit of that file. Each side runs in a process of its own, rounds are
interleaved, the least of each is taken: CPU is user + system time, from where both have DuckDB and a connection.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import audit as rules

ROUNDS = 5
CONTRACT = rules.CONTRACT.replace(
    "customer_id, logicalType: integer", "customer_id, logicalType: integer, physicalType: INTEGER"
).replace("quantity, logicalType: integer", "quantity, logicalType: integer, physicalType: INTEGER")


def run() -> dict[str, Any]:
    """Measure, print and return the figures. Raises AssertionError when the two sides wrote or answered differently."""
    least: dict[str, dict[str, float]] = {"ours": {}, "hand": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        for turn in range(ROUNDS):
            told = {side: _child(folder, side, turn) for side in least}
            assert told["ours"]["answers"] == told["hand"]["answers"], told
            assert told["ours"]["content"] == told["hand"]["content"], told
            for side, kept in least.items():
                for figure in ("cpu_s", "wall_s", "process_cpu_s", "peak_mib", "file_mib"):
                    kept[figure] = min(kept.get(figure, told[side][figure]), told[side][figure])
    ours, hand = least["ours"], least["hand"]
    ratios = {figure: round(ours[figure] / hand[figure], 3) for figure in ours}
    print(
        f"publish: {ours['cpu_s']:.2f} CPU s against {hand['cpu_s']:.2f} by hand: {ratios['cpu_s']:.2f}x; "
        f"wall {ours['wall_s']:.2f} s against {hand['wall_s']:.2f}: {ratios['wall_s']:.2f}x; "
        f"whole process {ratios['process_cpu_s']:.2f}x CPU, {ratios['peak_mib']:.2f}x memory; "
        f"file {ours['file_mib']:.0f} MiB against {hand['file_mib']:.0f}"
    )
    return {"rows": rules.ROWS, "rules": len(rules.BY_HAND), "ours": ours, "by_hand": hand, "ratio": ratios}


def _prepare(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "orders.duckdb")) as connection:
        connection.execute(rules.DATA)
        connection.execute("CREATE TABLE customers AS SELECT i::INTEGER AS customer_id FROM range(100000) numbers(i)")
        connection.execute(f"COPY customers TO '{folder / 'customers.parquet'}'")
    (folder / "orders.odcs.yaml").write_text(CONTRACT)


def _child(folder: Path, side: str, turn: int) -> dict[str, Any]:
    command = [sys.executable, __file__, str(folder), side, str(turn)]
    told: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return told


def _measured(folder: Path, side: str, turn: int) -> dict[str, Any]:
    """Run in the child: one delivery, and what it took."""
    import resource
    import time

    import duckdb

    if side == "ours":  # loaded beforehand, as in a run of Dagster; told apart in process_cpu_s
        import deltalake.transaction  # noqa: F401
        import filelock  # noqa: F401
        import pyarrow.parquet  # noqa: F401

        import platform_core.audit.duckdb
        import platform_core.resources.warehouse  # noqa: F401
        from platform_core.contracts import load_contract  # noqa: F401
    connection = duckdb.connect(str(folder / "orders.duckdb"), read_only=True)
    connection.execute("SET threads = 2")
    started, clock = time.process_time(), time.perf_counter()
    answers, files = {"ours": _ours, "hand": _hand}[side](connection, folder, turn)
    told = {"answers": answers, "cpu_s": time.process_time() - started, "wall_s": time.perf_counter() - clock}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told["process_cpu_s"] = usage.ru_utime + usage.ru_stime
    told["peak_mib"] = usage.ru_maxrss / 1024
    told["file_mib"] = sum(Path(file).stat().st_size for file in files) / 2**20
    written = f"read_parquet({files}, hive_partitioning=false) orders"
    query = f"SELECT count(*), sum(hash(orders)::HUGEINT)::VARCHAR FROM {written}"
    told["content"] = connection.execute(query).fetchall()
    return told


def _ours(connection: Any, folder: Path, turn: int) -> tuple[dict[str, int], list[str]]:
    from platform_core.audit import plan
    from platform_core.audit.duckdb import audit
    from platform_core.contracts import load_contract
    from platform_core.names import AssetId
    from platform_core.resources.warehouse import CheckRecord, PublicationRecord, Warehouse
    from platform_core.sql import Relation

    contract = load_contract(folder / "orders.odcs.yaml")
    table = Warehouse(folder / f"warehouse-{turn}").table(AssetId("shop", "orders"))
    with table.stage("all", f"run-{turn}") as stage:
        stage.write(connection, connection.table("orders"), contract)
        staged = Relation.of(stage.files, stage.columns)
        customers = {"shop/customers": Relation.of([folder / "customers.parquet"])}
        result = audit(connection, plan(contract, "shop"), staged, references=customers)
        checks = tuple(CheckRecord.of(outcome) for outcome in result.outcomes)
        table.publish(stage, PublicationRecord(f"run-{turn}", contract.version, contract.hash, checks=checks))
    snapshot = table.snapshot()
    assert snapshot is not None and snapshot.rows == rules.ROWS
    counts = {
        each.check.name: each.violations if each.violations is not None else each.rows for each in result.outcomes
    }
    return {name: int(counts[name] or 0) for name in rules.BY_HAND}, list(snapshot.all_files)


def _hand(connection: Any, folder: Path, turn: int) -> tuple[dict[str, int], list[str]]:
    target = folder / f"by-hand-{turn}.parquet"
    connection.execute(f"COPY orders TO '{target}' (FORMAT parquet)")
    return rules._hand(connection, folder, "files", [str(target)]), [str(target)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measured(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
    else:
        print(json.dumps(run(), indent=2))
