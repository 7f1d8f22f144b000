"""A database that is down, full, or does not let us in: a clear error, no password, nothing lost or half-published."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shop_location import CUSTOMERS, PostgresShop, failure, shop_on_postgres

from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.postgres.connection import forget_connections

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


class Broken:
    """The shop on a server that the test breaks."""

    def __init__(self, server: Any, shop: PostgresShop) -> None:
        self.server, self.shop = server, shop

    def says(self, dataset: str, partition: str | None = None) -> str:
        """Run a dataset; return what the failed step said."""
        result = self.shop.run(dataset, partition)
        assert not result.success
        (event,) = [event for event in result.all_events if event.is_step_failure]
        data = event.step_failure_data
        whole = f"{data.user_failure_data} {data.error.to_string() if data.error else ''}"
        assert self.server.password not in whole and "letmein" not in whole
        said = failure(result)
        return str(said.description if said else data.error.message)

    def rows(self, dataset: str) -> list[tuple[object, ...]]:
        forget_connections()
        return list(self.server.run(f'SELECT * FROM "shop"."{dataset}" ORDER BY 1', "warehouse"))

    def left_over(self) -> list[tuple[object, ...]]:
        """Return the tables in the stage schema, once the next stage has swept it."""
        return list(
            self.server.run("SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text = 'shop__stage'")
        )


@pytest.fixture
def broken(tmp_path: Path, own_postgres: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    own_postgres.run("CREATE DATABASE warehouse")
    for shop in shop_on_postgres(tmp_path, own_postgres, "warehouse", monkeypatch):
        yield Broken(own_postgres, shop)


def after(monkeypatch: pytest.MonkeyPatch, name: str, then: Callable[[], None], *, before: bool = True) -> None:
    """Have `then` happen once, right before (or after) a function of the Postgres engine does its work."""
    module, _, attribute = name.rpartition(".")
    import importlib

    home = importlib.import_module(f"platform_core.resources.postgres.{module}")
    real, done = getattr(home, attribute), []

    def patched(*arguments: Any, **named: Any) -> Any:
        if before and not done:
            done.append(then())
        found = real(*arguments, **named)
        if not before and not done:
            done.append(then())
        return found

    monkeypatch.setattr(home, attribute, patched)


CUSTOMERS_2 = CUSTOMERS.replace("Ana", "Eva")


def test_down_at_the_start(broken: Broken) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    broken.server.stop()
    said = broken.says("customers")
    assert "The database warehouse on 127.0.0.1" in said and "nothing answers there" in said
    broken.server.start()
    forget_connections()
    assert broken.shop.run("customers").success
    assert len(broken.rows("customers")) == 3


@pytest.mark.parametrize("kill", [False, True], ids=["shut down", "crashed"])
@pytest.mark.parametrize("moment", ["stage", "audit", "publish", "commit"])
def test_lost_on_the_way(broken: Broken, monkeypatch: pytest.MonkeyPatch, moment: str, kill: bool) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    assert broken.shop.run("customers").success
    broken.shop.deliver("customers.csv", CUSTOMERS_2)
    where = {
        "stage": "stage.copy_in",
        "audit": "table.Table.audit",
        "publish": "table.Table.publish",
        "commit": "publish.commit",
    }[moment]
    with monkeypatch.context() as patch:
        if where.startswith("table"):
            from platform_core.resources.postgres.table import Table

            real = getattr(Table, moment)

            def cut(self: Any, *arguments: Any, **named: Any) -> Any:
                broken.server.stop(kill=kill)
                return real(self, *arguments, **named)

            patch.setattr(Table, moment, cut)
        else:
            after(patch, where, lambda: broken.server.stop(kill=kill))
        said = broken.says("customers")
    assert "database" in said and "127.0.0.1" in said, said
    broken.server.start()
    assert {row[1] for row in broken.rows("customers")} == {"Ana", "Bo", "Cy"}  # what stood stands, whole
    history = Catalog.from_environment(broken.shop.root).table(AssetId("shop", "customers")).history()
    assert len(history) == 1
    assert Catalog.from_environment(broken.shop.root).table(AssetId("shop", "customers")).refusals() == []
    assert broken.shop.run("customers").success
    assert {row[1] for row in broken.rows("customers")} == {"Eva", "Bo", "Cy"}
    assert broken.left_over() == []


def test_a_wrong_password_is_never_printed(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", "letmein")
    said = broken.says("customers")
    assert "does not accept the password of the role admin" in said
    assert "Set the environment variable PLATFORM_POSTGRES_PASSWORD" in said


def test_a_role_without_rights(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    broken.server.run("CREATE ROLE nobody LOGIN PASSWORD 'letmein'")
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "nobody")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", "letmein")
    said = broken.says("customers")
    assert "lacks rights" in said and "platformctl workspace grants" in said


def test_a_database_that_is_not_there(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    text = broken.shop.catalog.read_text()
    broken.shop.catalog.write_text(text.replace("/warehouse", "/wherehouse"))
    assert "There is no database 'wherehouse'" in broken.says("customers")
    assert "platform.yaml" in broken.says("customers")
    broken.shop.catalog.write_text(text)
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "ghost")
    assert "role ghost" in broken.says("customers")  # the server does not tell a role that is not there from a password


def test_a_backfill_ends_at_once_and_says_what_was_not_tried(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.shop.deliver("customers.csv", CUSTOMERS)
    assert broken.shop.run("customers").success
    for month in (1, 2, 3):
        broken.shop.orders(month)
    from platform_core.resources.postgres.table import Table

    real, calls = Table.publish, []

    def cut(self: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            broken.server.stop()
        return real(self, *arguments, **named)

    monkeypatch.setattr(Table, "publish", cut)
    result = broken.shop.run("orders", "2026-01", to="2026-03")
    assert not result.success and len(calls) == 2
    said = failure(result).description
    assert "2026-03" in said and "not tried" in said, said
    broken.server.start()
    forget_connections()
    assert len(broken.rows("orders")) == 3  # January was published, and stays


@pytest.fixture
def small(broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    """The same on a disk of a few megabytes."""
    import subprocess

    folder = broken.server.folder / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        shutil.chown(folder, "postgres", "postgres")
        broken.server.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
        broken.server.run("ALTER DATABASE warehouse SET default_tablespace = small")
        yield broken
    finally:
        broken.server.stop(kill=True)
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    small.shop.deliver("customers.csv", CUSTOMERS)
    assert small.shop.run("customers").success
    many = "".join(f"{number},{'x' * 60}{number},PT,2025-01-01\n" for number in range(200_000))
    small.shop.deliver("customers.csv", CUSTOMERS.splitlines()[0] + "\n" + many)
    said = small.says("customers")
    assert "disk that holds the warehouse is full" in said
    assert {row[1] for row in small.rows("customers")} == {"Ana", "Bo", "Cy"}
    small.shop.deliver("customers.csv", CUSTOMERS_2)
    assert small.shop.run("customers").success  # the room is there again: nothing of the big one was left
    assert {row[1] for row in small.rows("customers")} == {"Eva", "Bo", "Cy"}


def looks_of(broken: Broken) -> Callable[[str], Any]:
    """Return what makes the next look of a sensor, by its name."""
    import dagster as dg

    cursors: dict[str, str | None] = {}

    def look(name: str) -> Any:
        definitions = broken.shop.definitions  # loaded while the database is down: nothing is connected to
        sensor: Any = definitions.resolve_sensor_def(name)
        cursor = cursors.get(name)
        context = dg.build_sensor_context(instance=broken.shop.instance, definitions=definitions, cursor=cursor)
        found = sensor.evaluate_tick(context)
        cursors[name] = found.cursor
        return found

    return look


def test_sensors_say_why_the_database_does_not_let_them_in(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    look = looks_of(broken)
    broken.shop.deliver("customers.csv", CUSTOMERS)
    look("landing")
    assert [request.asset_selection[0].path[-1] for request in look("landing").run_requests] == ["customers"]
    assert broken.shop.run("customers").success
    look("reconcile")
    broken.shop.deliver("customers.csv", CUSTOMERS_2)
    look("landing")
    broken.server.run("CREATE ROLE nobody LOGIN PASSWORD 'letmein'")
    for role, password, why in (
        ("admin", "letmein", "does not accept the password"),
        ("nobody", "letmein", "lacks rights"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv("PLATFORM_POSTGRES_USER", role)
            patch.setenv("PLATFORM_POSTGRES_PASSWORD", password)
            forget_connections()
            for name in ("landing", "reconcile"):
                found = look(name)
                assert not found.run_requests and found.skip_message.count(why) == 1
                assert "letmein" not in found.skip_message
    forget_connections()
    assert "lacks rights" not in str(look("reconcile").skip_message)
    assert [request.asset_selection[0].path[-1] for request in look("landing").run_requests] == ["customers"]


def test_sensors_wait_for_the_database(broken: Broken) -> None:
    look = looks_of(broken)
    broken.shop.deliver("customers.csv", CUSTOMERS)
    broken.server.stop()
    look("landing")  # a file is seen, and must stand still
    for name in ("landing", "reconcile"):
        found = look(name)
        assert not found.run_requests and "nothing answers there" in str(found.skip_message)
    broken.server.start()
    forget_connections()
    assert "nothing answers there" not in str(look("reconcile").skip_message)
    assert [request.asset_selection[0].path[-1] for request in look("landing").run_requests] == ["customers"]


def test_a_server_that_only_reads_refuses_no_delivery(broken: Broken) -> None:
    """As after a failover to a standby: it is not the file that is at fault."""
    broken.shop.deliver("customers.csv", CUSTOMERS)
    assert broken.shop.run("customers").success
    broken.shop.deliver("customers.csv", CUSTOMERS_2)
    broken.server.run("ALTER DATABASE warehouse SET default_transaction_read_only = on")
    forget_connections()
    assert "read only" in broken.says("customers")
    broken.server.run("ALTER DATABASE warehouse RESET default_transaction_read_only")
    forget_connections()
    assert Catalog.from_environment(broken.shop.root).table(AssetId("shop", "customers")).refusals() == []
    assert broken.shop.run("customers").success
