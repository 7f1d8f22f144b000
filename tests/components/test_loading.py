"""A location that fits together, what is stamped on it, and everything wrong with one that does not, at once."""

from __future__ import annotations

import errno
import os
import re

import dagster as dg
import pytest

from platform_core.components.loading import load_datasets
from platform_core.findings import FindingsError


def problems(shop) -> list[str]:
    """Return the findings as text, with places relative to the location."""
    with pytest.raises(FindingsError) as caught:
        load_datasets(shop.package)
    return [str(f"{f.where}: {f.message}").replace(f"{shop.root}{os.sep}", "") for f in caught.value.findings]


def test_every_asset_carries_what_its_contract_and_location_say(shop):
    graph = shop.definitions.resolve_asset_graph()
    orders = graph.get(dg.AssetKey(["shop", "orders"]))
    assert orders.owners == ["team:shop"]
    assert orders.group_name == "shop"
    assert orders.description == "Every order, one row an order."
    assert orders.kinds == {"csv", "duckdb", "deltalake"}
    assert orders.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=__import__("datetime").timedelta(40))
    schema = orders.metadata["dagster/column_schema"]
    assert [(column.name, column.type) for column in schema.columns][3] == ("amount", "DECIMAL(10,2)")
    assert not schema.columns[0].constraints.nullable
    assert orders.metadata["platform/partitions"]["type"] == "monthly"
    blocking = {key.name for key in orders.check_keys if graph.get_check_spec(key).blocking}
    assert {"delivery", "not_empty", "primary_key", "foreign_key_customer", "schema_columns"} <= blocking
    assert orders.backfill_policy == dg.BackfillPolicy.single_run()


def test_dependencies_come_from_the_query_the_arguments_and_the_references(shop):
    graph = shop.definitions.resolve_asset_graph()
    parents = {node.key.path[-1]: {key.path[-1] for key in node.parent_keys} for node in graph.asset_nodes}
    assert parents == {
        "customers": set(),
        "orders": {"customers"},  # the audit reads them
        "order_totals": {"orders"},
        "grand_total": {"orders", "customers"},
        "loyal_customers": {"orders"},
    }


def test_only_derived_datasets_are_automated_and_all_sensors_run(shop):
    definitions = shop.definitions
    automated = {
        node.key.path[-1] for node in definitions.resolve_asset_graph().asset_nodes if node.automation_condition
    }
    assert automated == {"order_totals", "grand_total", "loyal_customers"}
    sensors = definitions.get_repository_def().sensor_defs
    assert {sensor.name: sensor.default_status.value for sensor in sensors} == {
        "automation": "RUNNING",
        "landing": "RUNNING",
        "reconcile": "RUNNING",
    }
    assert all(sensor.minimum_interval_seconds >= 5 for sensor in sensors)


def test_the_code_version_changes_with_the_query_and_with_the_contract(shop, edit):
    def version(name: str) -> str:
        return shop.definitions.resolve_asset_graph().get(dg.AssetKey(["shop", name])).code_version

    before = version("order_totals"), version("grand_total")
    edit("src/shop/defs/order_totals/order_totals.sql", "o.day,", "o.day AS day,")
    assert (version("order_totals") != before[0], version("grand_total") == before[1]) == (True, True)
    edit("contracts/grand_total.odcs.yaml", "version: 1.0.0", "version: 1.1.0")
    assert version("grand_total") != before[1]


def test_everything_wrong_is_said_at_once_with_file_and_line(shop, edit):
    edit("location.yaml", "owner: team:shop", "owner: shop")
    edit("contracts/customers.odcs.yaml", "name: customers\nversion", "name: customers\nversoin")
    edit("src/shop/defs/orders/defs.yaml", "  path:", "  pathh: x\n  path:")
    edit("src/shop/defs/grand_total/grand_total.sql", "JOIN customers", "JOIN costumers")
    edit("src/shop/defs/order_totals/order_totals.sql", "count(*)", "getenv('HOME')")
    edit("src/shop/defs/loyal_customers/loyal_customers.py", '"orders": "orders"', '"order": "orders"')
    (shop.package / "defs" / "empty").mkdir()
    (shop.package / "defs" / "empty" / "defs.yaml").write_text("type: platform_core.FileDataset\n")
    (shop.root / "contracts" / "lost.odcs.yaml").write_text(
        (shop.root / "contracts" / "orders.odcs.yaml").read_text().replace("- name: orders", "- name: lost")
    )
    text = "\n".join(problems(shop))
    for pattern in (
        r"location.yaml:\d+: owner: that is no team and no e-mail address",
        r"contracts/customers.odcs.yaml:\d+: .*versoin",
        r"defs/orders/defs.yaml:3: unknown key 'pathh'",
        r"grand_total.sql:6: nobody produces shop/costumers",
        r"order_totals.sql:3: the function getenv\(\) is not on the allow list",
        r"loyal_customers.py:\d+: argument 'orders' is no declared input",
        r"loyal_customers.py:\d+: input 'order' is no argument",
        r"defs/empty/defs.yaml:1: 'path' is needed",
        r"contracts/lost.odcs.yaml:1: the contract lost has no dataset",
    ):
        assert re.search(pattern, text), f"{pattern} not in\n{text}"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("defs/orders/defs.yaml", "orders-{partition}.csv", "orders.csv", "needs {partition} in its path"),
        ("defs/orders/defs.yaml", "orders-{partition}.csv", "../orders-{partition}.csv", "leaves the landing folder"),
        ("defs/orders/defs.yaml", "type: monthly", "type: yearly", "partitions.type"),
        ("defs/orders/defs.yaml", "orders-{partition}.csv", "orders-{partition}.dat", "names no format"),
        ("defs/customers/defs.yaml", "path:", "encoding: klingon\n  path:", "'klingon' is no encoding"),
        ("defs/customers/defs.yaml", "FileDataset", "FielDataset", "there is no platform_core.FielDataset"),
        ("defs/customers/defs.yaml", "attributes:", "atributes:", "unknown key 'atributes'"),
        (
            "defs/order_totals/defs.yaml",
            'monthly, start_date: "2026-01-01", end_date: "2026-05-01"',
            "static, keys: [a]",
            "static partitions over monthly ones",
        ),
        ("defs/order_totals/order_totals.sql", "FROM orders", "FROM order_totals", "reads its own dataset"),
        ("defs/order_totals/order_totals.sql", "FROM orders", "FROM read_csv('/etc/passwd')", "read_csv"),
        ("defs/order_totals/order_totals.sql", "GROUP BY o.day", "GROUP BY o.day; -- done", "after its semicolon"),
        ("defs/order_totals/order_totals.sql", "SELECT", "SELEKT", "DuckDB cannot read this query"),
        ("defs/loyal_customers/loyal_customers.py", "import pyarrow", "import pyarow", "cannot be imported"),
        ("defs/loyal_customers/loyal_customers.py", "def loyal_customers", "def other", "must have the dataset's name"),
        ("defs/loyal_customers/loyal_customers.py", "orders: pyarrow.Table", "orders: int", "has a type no dataset"),
        (
            "defs/loyal_customers/loyal_customers.py",
            'inputs={"orders": "orders"}',
            'inputs={"orders": "orders"}, cron="@daily"',
            "only a source may have a clock",
        ),
    ],
)
def test_one_thing_wrong(shop, edit, file, old, new, expected):  # noqa: PLR0917 - pytest passes them by name
    edit(f"src/shop/{file}", old, new)
    found = problems(shop)
    assert any(expected in text and text.startswith(f"src/shop/{file.rsplit('/', 1)[0]}") for text in found), found


def test_a_package_that_is_not_installed_says_where_it_is_asked_for(shop, edit):
    edit("src/shop/defs/loyal_customers/loyal_customers.py", "import pyarrow", "import polarsx")
    with pytest.raises(FindingsError, match=r"requirements\.txt, and run: uv sync"):
        load_datasets(shop.package)


@pytest.mark.parametrize(("cron", "sound"), [("0 6 * * *", True), ("at six", False)])
def test_a_source_may_have_a_clock(shop, cron, sound):
    (shop.package / "defs" / "loyal_customers" / "loyal_customers.py").write_text(
        f"import pyarrow\nfrom platform_core import dataset\n\n\n@dataset(cron={cron!r})\n"
        "def loyal_customers():\n    return pyarrow.table({'customer': [1], 'orders': [2]})\n"
    )
    if sound:
        node = shop.definitions.resolve_asset_graph().get(dg.AssetKey(["shop", "loyal_customers"]))
        assert cron in str(node.automation_condition)
        assert shop.run("loyal_customers").success
    else:
        assert any("'at six' is no schedule" in text for text in problems(shop))


def test_a_query_missing_beside_its_yaml(shop):
    (shop.package / "defs" / "order_totals" / "order_totals.sql").unlink()
    assert any("no readable file order_totals.sql" in text for text in problems(shop))


def test_datasets_that_wait_for_one_another_are_a_cycle(shop, edit):
    edit("src/shop/defs/order_totals/order_totals.sql", "FROM orders AS o", "FROM orders AS o, grand_total AS g")
    edit(
        "src/shop/defs/grand_total/grand_total.sql", "FROM shop.orders AS o", "FROM order_totals AS t, shop.orders AS o"
    )
    found = problems(shop)
    assert sum("waits for itself: grand_total, order_totals" in text for text in found) == 2


def test_a_reference_that_waits_for_what_it_judges_is_a_cycle(shop, edit):
    edit("contracts/orders.odcs.yaml", "to: customers.customer", "to: loyal_customers.customer")
    assert any("shop/orders waits for shop/loyal_customers, which waits for it" in text for text in problems(shop))


def test_a_dataset_declared_twice(shop):
    code = (shop.package / "defs" / "loyal_customers" / "loyal_customers.py").read_text()
    (shop.package / "defs" / "customers" / "customers.py").write_text(code.replace("loyal_customers", "customers"))
    assert any("declared twice" in text for text in problems(shop))


def test_what_is_dagsters_own_is_loaded_beside(shop):
    (shop.root / "pyproject.toml").write_text(
        '[project]\nname = "shop"\n[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop"\n'
    )
    folder = shop.package / "defs" / "notes"
    folder.mkdir()
    (folder / "assets.py").write_text("import dagster as dg\n\n@dg.asset\ndef scribble(): ...\n")
    assert [path.name for path in load_datasets(shop.package).foreign] == ["notes"]


def test_an_unchanged_location_is_remembered_and_any_change_is_seen(shop, edit, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    first = load_datasets(shop.package)
    monkeypatch.setattr("platform_core.components.fitting.fit", lambda *_: pytest.fail("it was read again"))
    second = load_datasets(shop.package)
    assert [dataset.checks for dataset in second.datasets] == [dataset.checks for dataset in first.datasets]
    assert second.datasets[0].neighbours.keys() == first.datasets[0].neighbours.keys()
    monkeypatch.undo()
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    edit("src/shop/defs/orders/defs.yaml", "  path:", "  pathh: x\n  path:")
    assert any("unknown key 'pathh'" in text for text in problems(shop))


def test_a_broken_memory_is_not_believed(shop, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    load_datasets(shop.package)
    (memory,) = (shop.package / "__pycache__").glob("location.*.pickle")
    memory.write_bytes(memory.read_bytes()[:-50])
    assert len(load_datasets(shop.package).datasets) == 5


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(shop, edit, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    load_datasets(shop.package)
    file = shop.package / "defs" / "orders" / "defs.yaml"
    was = file.stat()
    edit("src/shop/defs/orders/defs.yaml", "  path:", "  paht:")
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))  # as an image, a wheel or a restored copy has it
    assert file.stat().st_size == was.st_size
    assert any("unknown key 'paht'" in text for text in problems(shop))


def test_a_change_in_a_module_that_a_function_imports_is_seen(shop, edit, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (shop.package / "dates.py").write_text('FIRST = "2026-01-01"\n')
    edit(
        "src/shop/defs/loyal_customers/loyal_customers.py",
        "import pyarrow",
        "import pathlib\nimport pyarrow\n\nscope = {}\n"
        'exec((pathlib.Path(__file__).parents[2] / "dates.py").read_text(), scope)',
    )
    edit(
        "src/shop/defs/loyal_customers/loyal_customers.py",
        'inputs={"orders": "orders"}',
        'inputs={"orders": "orders"}, partitions={"type": "monthly", "start_date": scope["FIRST"]}',
    )

    def first():
        (found,) = [item for item in load_datasets(shop.package).datasets if item.asset.dataset == "loyal_customers"]
        return str(found.partitions.start_date)

    assert first().startswith("2026-01-01")
    (shop.package / "dates.py").write_text('FIRST = "2026-02-01"\n')
    assert first().startswith("2026-02-01")


def test_what_changed_while_it_was_read_is_not_remembered(shop, edit, monkeypatch):
    from platform_core.components import fitting

    monkeypatch.setattr("sys.dont_write_bytecode", False)

    def slow(package, root, fit=fitting.fit):
        loaded = fit(package, root)
        edit("src/shop/defs/orders/defs.yaml", "  path:", "  #\n  path:")
        return loaded

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(fitting, "fit", slow)
        load_datasets(shop.package)
    assert not list((shop.package / "__pycache__").glob("location.*"))


def test_a_location_on_a_read_only_file_system_loads(shop, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("sys.dont_write_bytecode", False)
    for name in ("write_bytes", "unlink", "mkdir"):  # Linux refuses to remove even what is not there
        monkeypatch.setattr(f"pathlib.Path.{name}", refuse)
    assert len(load_datasets(shop.package).datasets) == 5
