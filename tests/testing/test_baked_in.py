"""The contract tests of a location, run by pytest as a team runs it: what passes, and what each of them catches."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import change, copy_location, make_workspace, run_pytest

pytestmark = pytest.mark.processes

ORDERS = "order_id,customer,day,amount,channel\n"


def test_a_location_without_tests_of_its_own_is_tested(tmp_path: Path) -> None:
    code, said = run_pytest(copy_location("location", tmp_path / "shop"))
    assert code == 0, said
    assert "contracts/customers.odcs.yaml        7 rules, 7 proven, sample ok" in said
    assert "contracts/order_totals.odcs.yaml" in said
    assert ", sample ok, run ok (" in said
    assert "24 passed" in said


def test_only_what_is_named_is_run(tmp_path: Path) -> None:
    root = copy_location("location", tmp_path / "shop")
    (root / "tests" / "test_own.py").write_text("def test_own():\n    pass\n")
    code, said = run_pytest(root, "tests/test_own.py")
    assert (code, "1 passed" in said, "rules" in said) == (0, True, False), said
    code, said = run_pytest(root, "contracts/customers.odcs.yaml::rules", "contracts/orders.odcs.yaml::lint")
    assert (code, "2 passed" in said) == (0, True), said


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "a.odcs.yaml").write_text("kind: DataContract\n")
    code, said = run_pytest(tmp_path)
    assert (code, "no tests ran" in said) == (5, True), said


def test_every_broken_promise_is_told_with_its_place_and_the_fix(tmp_path: Path) -> None:
    root = copy_location("location", tmp_path / "shop")
    contracts, tests = root / "contracts", root / "tests"
    change(contracts / "customers.odcs.yaml", "slaProperties:\n  - {property: frequency, value: 40, unit: d}\n", "")
    change(contracts / "customers.odcs.yaml", "description:\n  purpose: Everybody who ever ordered.\n", "")
    change(contracts / "orders.odcs.yaml", "description: Day of the order", "descriptoin: Day of the order")
    change(contracts / "grand_total.odcs.yaml", ", primaryKey: true, primaryKeyPosition: 1", "")
    change(contracts / "grand_total.odcs.yaml", ", required: true", "")
    rule = "{name: busy, type: sql, query: 'SELECT count(*) FROM ${table} WHERE orders > 900', mustBe: 0}"
    calm = rule.replace("busy", "calm")
    (contracts / "loyal_customers.odcs.yaml").open("a").write(f"    quality:\n      - {rule}\n      - {calm}\n")
    (contracts / "stray.odcs.yaml").write_text((contracts / "order_totals.odcs.yaml").read_text())
    (tests / "samples").mkdir()
    (tests / "samples" / "customers.csv").write_text("customer,name,country,since\n1,Ada,dk,2026-01-01\n1,Bo,DK,\n")
    (tests / "violations" / "loyal_customers").mkdir(parents=True)
    (tests / "violations" / "loyal_customers" / "calm.csv").write_text("customer,orders\n1,2\n")
    (tests / "violations" / "loyal_customers" / "clam.csv").write_text("customer,orders\n1,2\n")
    code, said = run_pytest(root)
    assert code == 1
    for told in (
        "contracts/customers.odcs.yaml:1: the dataset has no description.",
        "    Write description: {purpose:",
        "contracts/customers.odcs.yaml:1: it is not said how fresh the data is kept.",
        "contracts/grand_total.odcs.yaml:16: no rule stops bad data from being published.",
        "contracts/orders.odcs.yaml:24: column 'day': unknown key 'descriptoin'.",
        "contracts/stray.odcs.yaml:1: the contract stray has no dataset.",
        "tests/samples/customers.csv: the sample breaks the rule primary_key: 1 of 2 rows",
        "tests/samples/customers.csv: the sample breaks the rule pattern_country: 1 of 2 rows",
        "contracts/loyal_customers.odcs.yaml:21: unproven: nothing shows that the rule busy can fail.",
        "    Put a few rows that break it in tests/violations/loyal_customers/busy.csv.",
        "contracts/loyal_customers.odcs.yaml:22: the case calm does not break its rule",
        "tests/violations/loyal_customers: loyal_customers has no rule clam.",
        "contracts/loyal_customers.odcs.yaml  8 rules, 6 proven, sample ok",
    ):
        assert told in said, (told, said)
    assert "Traceback" not in said, said
    assert said.count("unknown key 'descriptoin'") == 2  # by lint and by definitions, not by every test


def test_keys_of_a_sample_need_no_samples_of_others_but_agree_with_them(tmp_path: Path) -> None:
    root = copy_location("location", tmp_path / "shop")
    orders = root / "contracts" / "orders.odcs.yaml"
    change(
        orders,
        "relationships: [{to: customers.customer}]",
        "relationships: [{to: customers.customer}, {to: orders.order_id}]",
    )
    (root / "tests" / "samples").mkdir()
    (root / "tests" / "samples" / "orders.csv").write_text(f"{ORDERS}7,7,2026-01-02,1.50,web\n8,7,2026-01-02,0,\n")
    code, said = run_pytest(root, "contracts/orders.odcs.yaml::sample", "contracts/orders.odcs.yaml::rules")
    assert code == 0, said
    (root / "tests" / "samples" / "customers.csv").write_text("customer,name,country,since\n1,Ada,DK,\n")
    code, said = run_pytest(root, "contracts/orders.odcs.yaml::sample")
    assert code == 1
    assert "tests/samples/orders.csv: the sample breaks the rule foreign_key_customer: 2 of 2 rows" in said
    (root / "tests" / "samples" / "orders.csv").write_text(f"{ORDERS}1,1,yesterday,1,web\n")
    code, said = run_pytest(root, "contracts/orders.odcs.yaml::sample")
    assert (code, "tests/samples/orders.csv: " in said, "'day'" in said) == (1, True, True), said
    (root / "tests" / "samples" / "orders.csv").write_bytes(b"\xff\xfe\x00\x01")
    code, said = run_pytest(root, "contracts/orders.odcs.yaml::sample")
    assert (code, "tests/samples/orders.csv" in said, "Traceback" in said) == (1, True, False), said


def test_a_location_nobody_owns_fails(tmp_path: Path) -> None:
    root = copy_location("location", tmp_path / "shop")
    owner = next(line for line in (root / "location.yaml").read_text().splitlines() if line.startswith("owner"))
    change(root / "location.yaml", owner + "\n", "")
    code, said = run_pytest(root, "location.yaml", "contracts/customers.odcs.yaml")
    assert code == 1
    assert "location.yaml:1: owner is needed: who answers for this data?" in said


def test_sql_over_another_team_runs_on_its_registered_contract(tmp_path: Path) -> None:
    root = copy_location("reader_location", tmp_path / "board")
    code, said = run_pytest(root, "-k", "run")
    assert code == 1
    assert "month_board.sql:" in said and "is not known here: it belongs to another team." in said
    assert "Set PLATFORM_WORKSPACE to the folder of the central workspace" in said
    workspace = make_workspace(tmp_path / "workspace")
    (root / ".env").write_text(f"PLATFORM_WORKSPACE={workspace}\n")
    code, said = run_pytest(root, "-k", "run")
    assert (code, said.count("run ok (")) == (0, 2), said
    change(workspace / "locations" / "shop" / "contracts" / "customers.odcs.yaml", "name: country", "name: land")
    code, said = run_pytest(root, "-k", "run", PLATFORM_WORKSPACE=str(workspace))
    assert code == 1
    assert "all_time.sql" in said and "country" in said and "Traceback" not in said, said


@pytest.mark.slow
def test_many_processes_share_the_tests(tmp_path: Path) -> None:
    code, said = run_pytest(copy_location("location", tmp_path / "shop"), "-n", "2")
    assert (code, "24 passed" in said, said.count("sample ok")) == (0, True, 5), said
