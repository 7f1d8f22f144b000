"""Two real locations and the real command: a team changes its data without asking, and breaks nobody by accident."""

import datetime
import shutil
import textwrap
from pathlib import Path

import pytest

from platform_core import clock
from platform_core.cli import main
from platform_core.workspace import init_workspace

pytestmark = [pytest.mark.processes, pytest.mark.slow]  # ten registrations, each a process that loads Dagster

BOARD_SQL = "SELECT order_id, amount * 2 AS doubled FROM shop.{orders} WHERE amount > 0\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))


def location(root: Path, name: str) -> Path:
    write(
        root / "location.yaml",
        f'name: {name}\nowner: team:{name}\ndescription: The {name}.\nsupport: {{contact: "#{name}"}}\n',
    )
    write(root / f"src/{name}/__init__.py", "")
    write(root / f"src/{name}/defs/__init__.py", "")
    write(
        root / f"src/{name}/definitions.py",
        "from platform_core import build_definitions\n\ndefs = build_definitions(__file__)\n",
    )
    return root


def contract(root: Path, dataset: str, version: str, columns: str, *, more: str = "") -> None:
    names = [column.split(":") for column in columns.split()]
    properties = "".join(
        f"      - {{name: {name}, logicalType: {kind}, description: The {name}}}\n" for name, kind in names
    )
    text = (
        f"apiVersion: v3.2.0\nkind: DataContract\nid: {root.name}-{dataset}\nname: {dataset}\nversion: {version}\n"
        f"dataProduct: {root.name}\nteam: {{name: {root.name}}}\n"
        f"support: [{{id: contact, channel: '#{root.name}'}}]\ndescription: {{purpose: All {dataset}.}}\n"
        f"{more or 'status: active'}\n"
        f"schema:\n  - name: {dataset}\n    properties:\n{properties}"
    )
    write(root / f"contracts/{dataset}.odcs.yaml", text)


def files(root: Path, dataset: str) -> None:
    write(
        root / f"src/{root.name}/defs/{dataset}/defs.yaml",
        f"type: platform_core.FileDataset\nattributes:\n  path: {dataset}.csv\n",
    )


@pytest.fixture
def register(tmp_path, monkeypatch, capfd):
    """Register a location on a day; return exit code and what was said, on one line."""
    workspace = init_workspace(tmp_path / "ws")

    def run(root: Path, day: str = "2026-03-01", *options: str) -> tuple[int, str]:
        moment = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        monkeypatch.setattr(clock, "_now", lambda: moment)
        code = 0
        try:
            main(["register", str(root), "--workspace", str(workspace.root), *options])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return code, " ".join((out + err).split())

    return run


def test_from_a_column_that_nobody_uses_to_a_second_major_and_the_end_of_the_first(tmp_path, register):
    shop, board = location(tmp_path / "shop", "shop"), location(tmp_path / "board", "board")
    files(shop, "orders")
    contract(shop, "orders", "1.0.0", "order_id:integer amount:number note:string")
    write(board / "src/board/defs/days/defs.yaml", "type: platform_core.SqlDataset\n")
    write(board / "src/board/defs/days/days.sql", BOARD_SQL.format(orders="orders"))
    contract(board, "days", "1.0.0", "order_id:integer doubled:number")
    assert register(shop)[0] == 0
    assert register(board)[0] == 0

    # A column that is used: refused, with everybody who is hurt.
    contract(shop, "orders", "2.0.0", "order_id:integer note:string")
    code, told = register(shop)
    assert code == 1
    assert "shop was refused." in told
    assert "column-removed" in told
    assert "board/days uses amount (board, team:board, #board)" in told
    assert "orders.odcs.yaml:13" in told

    # One that is not: it passes, with the proof, as a minor change.
    contract(shop, "orders", "1.1.0", "order_id:integer amount:number")
    code, told = register(shop)
    assert code == 0, told
    assert "1 location reads it (board); it does not use the column 'note'." in told

    # The second major stands beside the first, which has an end.
    ends = 'status: deprecated\nslaProperties:\n  - {property: endOfLife, value: "2026-05-30"}\n'
    contract(shop, "orders", "1.2.0", "order_id:integer amount:number", more=ends)
    follows = "status: active\ncustomProperties:\n  - {property: platformSuccessorOf, value: orders}\n"
    contract(shop, "orders_v2", "2.0.0", "order_id:integer cents:integer", more=follows)
    files(shop, "orders_v2")
    assert (
        "the end of shop/orders is announced for 2026-05-30, and board reads it today."
        in register(shop, "2026-03-02")[1]
    )
    code, told = register(shop, "2026-03-01")
    assert code == 0, told

    # The reader is told, and moves.
    code, told = register(board, "2026-03-01", "--dry-run")
    assert code == 0, told
    assert "shop/orders is deprecated: it lives until 2026-05-30" in told
    assert "Read shop/orders_v2 instead." in told
    (shop / "contracts/orders.odcs.yaml").rename(tmp_path / "orders.odcs.yaml")
    shutil.rmtree(shop / "src/shop/defs/orders")
    code, told = register(shop, "2026-06-15")
    assert code == 1
    assert "shop/orders is gone from this location, and board/days reads it (team:board, #board)" in told
    write(board / "src/board/defs/days/days.sql", "SELECT order_id, cents / 50 AS doubled FROM shop.orders_v2\n")
    code, told = register(board)
    assert code == 0, told
    assert "deprecated" not in told

    # The first goes away once its last day has passed, and not before.
    code, told = register(shop, "2026-05-30")
    assert code == 1
    assert "Keep it until 2026-05-30 has passed." in told
    code, told = register(shop, "2026-05-31")
    assert code == 0, told
    assert "- shop/orders" in told
