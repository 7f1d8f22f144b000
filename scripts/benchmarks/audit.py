"""The audit of 5,000,000 rows against the same 13 answers from SQL written by hand, statistics first.

On a Delta table (its Parquet files, as delta-rs writes them) and on a DuckDB table. Each side runs in a process of its
own. `cpu_s` is user + system time of the audit, with DuckDB (ours: the library and the contract too) loaded before, as
they are in a run of Dagster; `process_cpu_s` is that of the whole process, imports included. `audit_mib` is the peak of
memory above what was loaded before, `peak_mib` that of the whole process. Rounds are interleaved, the least is taken.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROWS = 5_000_000
ROUNDS = 5
CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
status: active
name: orders
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, required: true, unique: true}
      - {name: customer_id, logicalType: integer, required: true, relationships: [{to: customers.customer_id}]}
      - {name: status, logicalType: string, required: true, enum: [{value: new}, {value: paid}, {value: sent}]}
      - {name: currency, logicalType: string, enum: [{value: EUR}, {value: USD}, {value: GBP}]}
      - {name: amount, logicalType: number, required: true, logicalTypeOptions: {minimum: 0, maximum: 10000}}
      - {name: quantity, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 100}}
      - {name: ordered_on, logicalType: date, logicalTypeOptions: {minimum: "2020-01-01", maximum: "2030-12-31"}}
      - {name: email, logicalType: string, logicalTypeOptions: {pattern: "[a-z0-9]+@[a-z]+\\\\.(com|org)"}}
      - {name: note, logicalType: string}
      - {name: created_at, logicalType: timestamp}
    quality:
      - {metric: rowCount, mustBeBetween: [1, 100000000]}
"""

# Every rule is broken by a few rows, so that equal answers say something.
DATA = f"""
CREATE TABLE orders AS SELECT
    CASE WHEN i % 1000000 = 999999 THEN i - 1 ELSE i END AS order_id,
    CASE WHEN i % 1250000 = 7 THEN 200000 ELSE (i * 7919) % 100000 END::INTEGER AS customer_id,
    CASE WHEN i = 12345 THEN NULL WHEN i = 54321 THEN 'lost' ELSE ['new', 'paid', 'sent'][1 + i % 3] END AS status,
    ['EUR', 'USD', 'GBP'][1 + (i * 31) % 3] AS currency,
    CASE WHEN i = 77 THEN NULL WHEN i % 2500000 = 99 THEN 10000.5 ELSE i * 104729 % 1000000 / 100 END::DOUBLE AS amount,
    (1 + (i * 17) % 99)::INTEGER AS quantity,
    DATE '2020-01-01' + (i // 5000)::INTEGER AS ordered_on,
    CASE WHEN i = 4999 THEN 'nobody' ELSE 'user' || (i * 7919) % 100000007 || '@example.org' END AS email,
    'note ' || i % 1000 AS note,
    TIMESTAMP '2020-01-01' + to_seconds(i) AS created_at
FROM range({ROWS}) numbers(i)
"""

# What somebody who knows the engine and the data would write: one statement a rule, the cheapest form of each.
BY_HAND = {
    "required_order_id": "SELECT count(*) FROM {orders} WHERE order_id IS NULL",
    "required_customer_id": "SELECT count(*) FROM {orders} WHERE customer_id IS NULL",
    "required_status": "SELECT count(*) FROM {orders} WHERE status IS NULL",
    "required_amount": "SELECT count(*) FROM {orders} WHERE amount IS NULL",
    "unique_order_id": f"SELECT count(order_id) - bit_count(bitstring_agg(order_id, 0, {ROWS - 1})) FROM {{orders}}",
    "enum_status": "{enum_status}",  # below: another form is cheaper on files than on a table
    "enum_currency": "{enum_currency}",
    "range_amount": "SELECT count(*) FILTER (WHERE amount < 0 OR amount > 10000) FROM {orders}",
    "range_quantity": "SELECT count(*) FROM {orders} WHERE quantity < 1 OR quantity > 100",
    "range_ordered_on": "SELECT count(*) FROM {orders} WHERE ordered_on < '2020-01-01' OR ordered_on > '2030-12-31'",
    "pattern_email": r"SELECT count(*) FROM {orders} WHERE NOT regexp_full_match(email, '[a-z0-9]+@[a-z]+\.(com|org)')",
    "foreign_key_customer_id": "SELECT count(*) FROM {orders} AS o ANTI JOIN {customers} AS c "
    "ON o.customer_id = c.customer_id WHERE o.customer_id IS NOT NULL",
    "row_count": "SELECT count(*) FROM {orders}",
}
_VALUES = {"status": "('new', 'paid', 'sent')", "currency": "('EUR', 'USD', 'GBP')"}
_ON_TABLE = "SELECT coalesce(sum(n), 0) FROM (SELECT {0}, count(*) AS n FROM orders GROUP BY {0}) WHERE {0} NOT IN {1}"
_ON_FILES = "SELECT count(*) FROM {2} WHERE {0} NOT IN {1}"


def run() -> dict[str, Any]:
    """Measure, print and return the figures. Raises AssertionError when the two sides differ in an answer."""
    found: dict[str, Any] = {"rows": ROWS, "rules": len(BY_HAND)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _child(folder, "", "prepare")  # not here: a child would inherit the peak of this process as its own
        for store in ("delta", "table"):
            found |= {f"{store}_{name}": figure for name, figure in _compare(folder, store).items()}
    return found


def _compare(folder: Path, store: str) -> dict[str, float]:
    least: dict[str, dict[str, float]] = {"ours": {}, "hand": {}}
    answers: dict[str, Any] = {}
    for _ in range(ROUNDS):
        for side, kept in least.items():
            told = _child(folder, store, side)
            answers[side] = told.pop("answers")
            for figure, value in told.items():
                kept[figure] = min(kept.get(figure, value), value)
        assert answers["ours"] == answers["hand"], (store, answers)
    ours, hand = least["ours"], least["hand"]
    ratios = {
        figure: round(ours[figure] / hand[figure], 3) for figure in ("cpu_s", "process_cpu_s", "audit_mib", "peak_mib")
    }
    print(
        f"audit {store}: {ours['cpu_s']:.2f} CPU s against {hand['cpu_s']:.2f} by hand: {ratios['cpu_s']:.2f}x; "
        f"whole process {ratios['process_cpu_s']:.2f}x; memory {ours['audit_mib']:.0f} MiB "
        f"against {hand['audit_mib']:.0f}: {ratios['audit_mib']:.2f}x; whole process {ratios['peak_mib']:.2f}x"
    )
    sides = {f"{side}_{name}": figure for side, kept in least.items() for name, figure in kept.items()}
    return {**sides, **{f"{name}_ratio": ratio for name, ratio in ratios.items()}}


def _child(folder: Path, store: str, side: str) -> dict[str, Any]:
    command = [sys.executable, __file__, str(folder), store, side]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _prepare(folder: Path) -> None:
    import deltalake
    import duckdb

    with duckdb.connect(str(folder / "orders.duckdb")) as connection:
        connection.execute(DATA)
        connection.execute("CREATE TABLE customers AS SELECT i::INTEGER AS customer_id FROM range(100000) numbers(i)")
        connection.execute(f"COPY customers TO '{folder / 'customers.parquet'}'")
        deltalake.write_deltalake(str(folder / "orders"), connection.table("orders").to_arrow_reader(100_000))
    (folder / "orders.odcs.yaml").write_text(CONTRACT)


def _measured(folder: Path, store: str, side: str) -> dict[str, Any]:
    """Run in the child: one audit, and what it took."""
    import resource
    import time

    import duckdb

    if side == "ours":
        import platform_core.audit.duckdb  # noqa: F401 - loaded beforehand, as in a run of Dagster
        from platform_core.contracts import load_contract

        contract = load_contract(folder / "orders.odcs.yaml")
    connection = duckdb.connect(str(folder / "orders.duckdb"), read_only=True) if store == "table" else duckdb.connect()
    connection.execute("SET threads = 2")
    files = sorted(str(path) for path in (folder / "orders").glob("*.parquet"))
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    started = time.process_time()
    if side == "ours":
        answers = _ours(connection, folder, store, files, contract)
    else:
        answers = _hand(connection, folder, store, files)
    ended = time.process_time()
    after = _memory("VmHWM")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "answers": answers,
        "cpu_s": ended - started,
        "process_cpu_s": usage.ru_utime + usage.ru_stime,
        "audit_mib": after - before,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def _memory(figure: str) -> float:
    """Return a figure of /proc in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 1024


def _ours(connection: Any, folder: Path, store: str, files: list[str], contract: Any) -> dict[str, int]:
    from platform_core.audit import plan
    from platform_core.audit.duckdb import audit
    from platform_core.sql import Relation

    table = store == "table"
    staged = Relation.table("orders") if table else Relation.of(files)
    customers = Relation.table("customers") if table else Relation.of([folder / "customers.parquet"])
    checks = plan(contract, "shop")
    result = audit(connection, checks, staged, references={"shop/customers": customers})
    counts = {
        each.check.name: each.violations if each.violations is not None else each.rows for each in result.outcomes
    }
    return {name: int(counts[name] or 0) for name in BY_HAND}


def _hand(connection: Any, folder: Path, store: str, files: list[str]) -> dict[str, int]:
    # union_by_name, since only so DuckDB skips row groups of several files by their count of nulls: 0.15 s less here.
    names = {
        "orders": f"read_parquet({files}, union_by_name=true, hive_partitioning=false)",
        "customers": f"read_parquet('{folder / 'customers.parquet'}')",
    }
    enum = _ON_FILES
    if store == "table":
        names, enum = {"orders": "orders", "customers": "customers"}, _ON_TABLE
    enums = {f"enum_{column}": enum.format(column, values, names["orders"]) for column, values in _VALUES.items()}
    found = {}
    for name, query in BY_HAND.items():
        text = query.format(**names, **enums)
        found[name] = int(connection.execute(text).fetchall()[0][0])
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        place, store, side = Path(sys.argv[1]), *sys.argv[2:]
        print(json.dumps(_prepare(place) if side == "prepare" else _measured(place, store, side)))
    else:
        print(json.dumps(run(), indent=2))
