"""The audit of 5,000,000 rows in PostgreSQL against `dbt test` with the same 13 tests on the same table.

Both on one server of our own, with PostgreSQL's default settings, each in a process of its own. `wall_s` of ours is
that of the whole process: imports, contract, connection and audit. That of dbt is `dbt test` on a project that is
parsed already, as one that ran before is. `cpu_s` is the process's with that of the server's processes meanwhile
(/proc). The table is unlogged and analyzed, in the order it was made. Rounds are interleaved, the least of each figure
is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

ROWS = 5_000_000
ROUNDS = 3
SCHEMA = "shop"

# Every rule is broken by a few rows, so that equal answers say something: the rows of scripts/benchmarks/audit.py.
DATA = f"""
CREATE SCHEMA {SCHEMA};
CREATE UNLOGGED TABLE {SCHEMA}.orders AS SELECT
    CASE WHEN i % 1000000 = 999999 THEN i - 1 ELSE i END AS order_id,
    (CASE WHEN i % 1250000 = 7 THEN 200000 ELSE (i * 7919) % 100000 END)::integer AS customer_id,
    CASE WHEN i = 12345 THEN NULL WHEN i = 54321 THEN 'lost'
        ELSE (ARRAY['new', 'paid', 'sent'])[1 + i % 3] END AS status,
    (ARRAY['EUR', 'USD', 'GBP'])[1 + (i * 31) % 3] AS currency,
    (CASE WHEN i = 77 THEN NULL WHEN i % 2500000 = 99 THEN 10000.5
        ELSE i * 104729 % 1000000 / 100.0 END)::double precision AS amount,
    (1 + (i * 17) % 99)::integer AS quantity,
    DATE '2020-01-01' + (i / 5000)::integer AS ordered_on,
    CASE WHEN i = 4999 THEN 'nobody' ELSE 'user' || (i * 7919) % 100000007 || '@example.org' END AS email,
    'note ' || i % 1000 AS note,
    TIMESTAMP '2020-01-01' + make_interval(secs => i) AS created_at
FROM generate_series(0::bigint, {ROWS - 1}) AS numbers(i);
CREATE TABLE {SCHEMA}.customers AS SELECT i::integer AS customer_id FROM generate_series(0, 99999) AS numbers(i);
VACUUM ANALYZE {SCHEMA}.orders;
VACUUM ANALYZE {SCHEMA}.customers
"""

_DATES = "ordered_on < '2020-01-01' OR ordered_on > '2030-12-31'"
_PATTERN = "^[a-z0-9]+@[a-z]+\\\\.(com|org)$"
# The tests of dbt; those it has no generic test for are written as such, the way dbt's own are.
SCHEMA_FILE = f"""
sources:
  - name: shop
    schema: {SCHEMA}
    tables:
      - name: customers
      - name: orders
        data_tests:
          - rows_between: {{name: row_count, arguments: {{low: 1, high: 100000000}}}}
        columns:
          - name: order_id
            data_tests: [not_null: {{name: required_order_id}}, unique: {{name: unique_order_id}}]
          - name: customer_id
            data_tests:
              - not_null: {{name: required_customer_id}}
              - relationships:
                  name: foreign_key_customer_id
                  arguments: {{to: "source('shop', 'customers')", field: customer_id}}
          - name: status
            data_tests:
              - not_null: {{name: required_status}}
              - accepted_values: {{name: enum_status, arguments: {{values: [new, paid, sent]}}}}
          - name: currency
            data_tests: [accepted_values: {{name: enum_currency, arguments: {{values: [EUR, USD, GBP]}}}}]
          - name: amount
            data_tests:
              - not_null: {{name: required_amount}}
              - breaks: {{name: range_amount, arguments: {{condition: "amount < 0 OR amount > 10000"}}}}
          - name: quantity
            data_tests: [breaks: {{name: range_quantity, arguments: {{condition: "quantity < 1 OR quantity > 100"}}}}]
          - name: ordered_on
            data_tests: [breaks: {{name: range_ordered_on, arguments: {{condition: "{_DATES}"}}}}]
          - name: email
            data_tests: [breaks: {{name: pattern_email, arguments: {{condition: "email !~ '{_PATTERN}'"}}}}]
"""
GENERIC = """
{% test breaks(model, condition, column_name=none) %}
select * from {{ model }} where {{ condition }}
{% endtest %}
{% test rows_between(model, low, high) %}
select rows from (select count(*) as rows from {{ model }}) counted where rows < {{ low }} or rows > {{ high }}
{% endtest %}
"""
PROJECT = "name: measured\nprofile: measured\nversion: '1.0'\nflags: {send_anonymous_usage_stats: false}\n"


def run() -> dict[str, Any]:
    """Measure, print and return the figures. Raises AssertionError when the two sides differ in an answer."""
    from postgres_server import running_server

    with tempfile.TemporaryDirectory() as name, running_server() as server:
        folder = Path(name)
        for statement in DATA.split(";"):
            server.run(statement)
        _dbt_project(folder, server)
        place = {"port": server.port, "password": server.password, "main": server.process.pid}
        (folder / "server.json").write_text(json.dumps(place), "utf-8")
        return {"rows": ROWS, "rules": 13} | _compare(folder, place["main"])


def _compare(folder: Path, server: int) -> dict[str, Any]:
    least: dict[str, dict[str, float]] = {"ours": {}, "dbt": {}}
    answers: dict[str, dict[str, int]] = {}
    _measured(folder, "dbt", server)  # parses the project, and fills the caches of disk and server for both
    for _ in range(ROUNDS):
        for side, kept in least.items():
            figures, answers[side] = _measured(folder, side, server)
            for figure, value in figures.items():
                kept[figure] = min(kept.get(figure, value), value)
    assert answers["ours"] == answers["dbt"], answers
    ratios = {f"{name}_ratio": round(least["ours"][name] / least["dbt"][name], 3) for name in least["ours"]}
    print(
        f"audit in PostgreSQL: {least['ours']['wall_s']:.2f} s against {least['dbt']['wall_s']:.2f} of dbt test: "
        f"{ratios['wall_s_ratio']:.2f}x; CPU with the server's {least['ours']['cpu_s']:.2f} s against "
        f"{least['dbt']['cpu_s']:.2f}: {ratios['cpu_s_ratio']:.2f}x; in the server alone "
        f"{least['ours']['server_cpu_s']:.2f} against {least['dbt']['server_cpu_s']:.2f}: "
        f"{ratios['server_cpu_s_ratio']:.2f}x"
    )
    sides = {f"{side}_{name}": figure for side, kept in least.items() for name, figure in kept.items()}
    return {**sides, **ratios}


def _measured(folder: Path, side: str, server: int) -> tuple[dict[str, float], dict[str, int]]:
    command = [sys.executable, __file__, str(folder), side]
    before, used = _cpu(server), os.times()
    started = time.monotonic()
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    wall = time.monotonic() - started
    after = os.times()
    own = after.children_user + after.children_system - used.children_user - used.children_system
    in_server = _cpu(server) - before
    return {"wall_s": wall, "cpu_s": own + in_server, "server_cpu_s": in_server}, json.loads(told.splitlines()[-1])


def _cpu(process: int) -> float:
    """Return the CPU seconds of a process, of its children and of those that have ended."""
    import psutil

    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    main = psutil.Process(process).cpu_times()
    alive = sum(sum(each.cpu_times()[:2]) for each in family)
    return alive + main.children_user + main.children_system


def _dbt_project(folder: Path, server: Any) -> None:
    (folder / "models").mkdir()
    (folder / "tests" / "generic").mkdir(parents=True)
    (folder / "models" / "schema.yml").write_text(SCHEMA_FILE, "utf-8")
    (folder / "tests" / "generic" / "measured.sql").write_text(GENERIC, "utf-8")
    (folder / "dbt_project.yml").write_text(PROJECT, "utf-8")
    login = {"type": "postgres", "host": "127.0.0.1", "port": server.port, "user": "admin", "dbname": "postgres"}
    output = {**login, "schema": SCHEMA, "password": "{{ env_var('MEASURED_PASSWORD') }}", "threads": 4}
    profile = {"measured": {"target": "server", "outputs": {"server": output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile), "utf-8")


def _ours(folder: Path, place: dict[str, Any]) -> dict[str, int]:
    import psycopg

    from platform_core.audit import plan
    from platform_core.audit.postgres import audit as audit_on_postgres
    from platform_core.contracts import load_contract
    from platform_core.contracts.types import duckdb_type
    from platform_core.sql import Relation

    path = folder / "orders.odcs.yaml"
    path.write_text(_contract(), "utf-8")
    contract = load_contract(path)
    columns = {column.name: duckdb_type(column) for column in contract.columns}
    checks = plan(contract, "shop")
    staged = Relation.tables((SCHEMA, "orders"), columns=columns)
    references = {"shop/customers": Relation.tables((SCHEMA, "customers"), columns={"customer_id": "INTEGER"})}
    with psycopg.connect(
        f"postgresql://admin@127.0.0.1:{place['port']}/postgres", password=place["password"]
    ) as server:
        result = audit_on_postgres(server, checks, staged, references=references)
    assert not any(each.error for each in result.outcomes), [each.message for each in result.outcomes]
    judged = [each for each in result.outcomes if not each.check.kind.startswith("schema_")]
    return {each.check.name: each.violations or 0 for each in sorted(judged, key=lambda each: each.check.name)}


def _contract() -> str:
    sys.path.insert(0, str(Path(__file__).parent))
    import audit

    return audit.CONTRACT


def _dbt(folder: Path, place: dict[str, Any]) -> dict[str, int]:
    dbt = Path(sys.executable).with_name("dbt")
    command = [dbt, "--quiet", "test", "--project-dir", folder, "--profiles-dir", folder]
    environment = {**os.environ, "MEASURED_PASSWORD": place["password"], "DO_NOT_TRACK": "1"}
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)  # 1: tests failed, as they should
    results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))["results"]
    found = {result["unique_id"].split(".")[2]: result["failures"] for result in results}
    assert len(found) == 13, found
    return dict(sorted(found.items()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        where = Path(sys.argv[1])
        known = json.loads((where / "server.json").read_text("utf-8"))
        print(json.dumps((_ours if sys.argv[2] == "ours" else _dbt)(where, known)))
    else:
        print(json.dumps(run(), indent=2))
