"""`contract needs --write`: what it drafts, what it brings up to date, and what it leaves alone."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.cli.contract import contract
from platform_core.documents import read_document
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.need_text import column_text
from platform_core.lineage.needs import NeededColumn, load_needs, parse_need
from platform_core.onboarding.need_editing import edited, removable
from platform_core.onboarding.need_files import write_needs
from platform_core.onboarding.needs import known_uses
from platform_core.testing.runs import load

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A location that reads the shop's data, without needs, beside a workspace in which the shop is registered."""
    ignored = shutil.ignore_patterns("__pycache__", "needs")
    shutil.copytree(CASES / "reader_location", tmp_path / "board", ignore=ignored)
    shutil.copytree(CASES / "location/contracts", tmp_path / "workspace/locations/shop/contracts")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    load.cache_clear()
    return tmp_path / "board"


def changed(board: Path, file: str, old: str, new: str) -> None:
    path = board / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    load.cache_clear()


QUERY = "src/board/defs/all_time/all_time.sql"
ORDERS = "needs/shop.orders.yaml"
CUSTOMERS = "needs/shop.customers.yaml"


def test_what_is_drafted_is_what_the_case_holds_and_is_met(board: Path) -> None:
    """The location of tests/cases says what would be drafted for it today."""
    written = write_needs(board)
    assert [(one.dataset, one.before, one.notes) for one in written] == [
        ("shop/customers", None, ()),
        ("shop/orders", None, ()),
    ]
    for one in written:
        assert one.path.read_text() == (CASES / "reader_location/needs" / one.path.name).read_text()
    needs = load_needs(board / "needs")
    for name, known in known_uses(board).items():
        assert unmet(needs[name], known.contract) == ()
    assert [one.changed for one in write_needs(board)] == [False, False]
    assert not list(board.glob(".writing-*"))


def test_people_s_words_survive(board: Path) -> None:
    """Values, comments, order and spaces stay byte for byte; a column that is now used is added, as it is promised."""
    write_needs(board)
    text = """\
# ours
dataset:   shop/customers
version: '>=1 <3'   # both are fine for us
properties:

  - name: country   # as text
    # any value
    logicalType: string
keys: []
"""
    (board / CUSTOMERS).write_text(text)
    (found, orders) = write_needs(board)
    added = "  - {name: customer, logicalType: integer, required: true, unique: true}\n"
    assert (board / CUSTOMERS).read_text() == text.replace("keys:", f"{added}keys:")
    assert (found.added, found.removed, found.notes, orders.changed) == (("customer",), (), (), False)
    assert write_needs(board)[0].changed is False


def test_an_unused_column_goes_only_when_nobody_edited_it(board: Path) -> None:
    write_needs(board)
    before = (board / ORDERS).read_text()
    changed(board, QUERY, "sum(o.amount) AS amount", "count(*) * 1.0 AS amount")
    changed(board, "src/board/defs/month_board/month_board.sql", "sum(amount) AS amount", "count(*) * 1.0 AS amount")
    (_, orders) = write_needs(board)
    assert (orders.added, orders.removed, orders.notes) == ((), ("amount",), ())
    gone = "".join(line for line in before.splitlines(keepends=True) if "name: amount" not in line)
    assert (board / ORDERS).read_text() == gone
    for text in (
        before.replace("{name: amount, logicalType: number", "{name: amount, logicalType: integer"),
        before.replace("  - {name: amount", "  # for the new board\n  - {name: amount"),
        before.replace("'DECIMAL(10,2)', required: true}", "'DECIMAL(10,2)', required: true}  # to the cent"),
    ):
        (board / ORDERS).write_text(text)
        (_, orders) = write_needs(board)
        assert (board / ORDERS).read_text() == text
        assert "column 'amount' is used by nothing here" in orders.notes[0]


def test_what_a_function_uses_is_for_its_team_to_say(board: Path) -> None:
    """Nobody can look into it: a new file names everything, and nothing of what people leave is called unused."""
    (board / "src/board/defs/all_time/defs.yaml").unlink()
    (board / QUERY).unlink()
    (board / "src/board/defs/all_time/all_time.py").write_text(
        "import pyarrow\nfrom platform_core import dataset\n\n\n"
        '@dataset(inputs={"customers": "shop/customers"})\n'
        "def all_time(customers: pyarrow.Table) -> pyarrow.Table:\n    return customers\n"
    )
    load.cache_clear()
    (customers, _) = write_needs(board)
    every = {column.name for column in known_uses(board)["shop/customers"].contract.columns}
    assert set(customers.added) == every
    (board / CUSTOMERS).write_text("dataset: shop/customers\nproperties: [{name: country}]\n")
    listed = CliRunner().invoke(contract, ["needs", "--location-root", str(board)]).output
    assert "all_time?" in listed and "not relied on" in listed
    assert listed.splitlines()[-1].startswith("?: a Python function, or ")
    (customers, _) = write_needs(board)
    assert (customers.changed, customers.notes) == (False, ())


def test_what_is_not_read_any_more_and_what_is_not_promised_is_told(board: Path) -> None:
    write_needs(board)
    (board / "needs/shop.prices.yaml").write_text("dataset: shop/prices\n")
    changed(board, ORDERS, "version: ^1", "version: ^7")
    found = {one.dataset: one for one in write_needs(board)}
    assert found["shop/prices"].notes == ("nothing here reads it any more: remove the file.",)
    assert found["shop/orders"].notes == ("shop/orders is needed in version ^7; it is at 1.0.0.",)
    assert (board / "needs/shop.prices.yaml").is_file()


def test_a_column_that_nobody_promises_is_told_once(board: Path) -> None:
    write_needs(board)
    changed(board, ORDERS, "{name: amount, ", "{name: ammount, ")
    orders = {one.dataset: one for one in write_needs(board)}["shop/orders"]
    assert orders.notes == ("column 'ammount' of shop/orders is needed, and its contract has none.",)


def test_a_file_with_errors_stops_everything(board: Path) -> None:
    """Nothing is written beside one that cannot be understood."""
    (board / "needs").mkdir()
    (board / ORDERS).write_text("dataset: shop/orders\nproperties: [{name: a, reqired: true}]\n")
    with pytest.raises(FindingsError, match="unknown key 'reqired'"):
        write_needs(board)
    assert not (board / CUSTOMERS).exists()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("dataset: a/b\n", "dataset: a/b\nproperties:\n  - {name: x}\n"),
        ("dataset: a/b", "dataset: a/b\nproperties:\n  - {name: x}\n"),
        ("dataset: a/b\nproperties: []\nkeys: [[k]]\n", "dataset: a/b\nproperties:\n  - {name: x}\nkeys: [[k]]\n"),
        ("dataset: a/b\nproperties: [{name: y}]\n", "dataset: a/b\nproperties: [{name: y}, {name: x}]\n"),
        ("dataset: a/b\nproperties:\n- name: y\n# end\n", "dataset: a/b\nproperties:\n- name: y\n- {name: x}\n# end\n"),
        ("dataset: a/b\r\nkeys: [[k]]\r\n", "dataset: a/b\r\nkeys: [[k]]\r\nproperties:\r\n  - {name: x}\r\n"),
    ],
)
def test_however_a_file_is_laid_out_a_column_is_added(text: str, result: str) -> None:
    assert edited(Path("a.b.yaml"), text, [NeededColumn("x")], []) == result


def test_what_cannot_be_edited_is_left_to_people() -> None:
    """Rather than to write something else than was meant."""
    text = "dataset: a/b\nproperties: &all\n  [{name: y},\n   {name: z},]\n"
    found = edited(Path("a.b.yaml"), text, [NeededColumn("x")], [])
    assert "{name: z}, {name: x}" in found
    with pytest.raises(PlatformError, match="brought up to date"):
        edited(Path("a.b.yaml"), "{dataset: a/b, version: ^1}\n", [NeededColumn("x")], [])


def test_the_command(board: Path) -> None:
    """What is promised and relied on, before and after; JSON as it always was."""
    run = CliRunner()
    at = ["--location-root", str(board)]
    listed = run.invoke(contract, ["needs", *at])
    assert "all (no file)" in listed.output and "DECIMAL(10,2), never null" in listed.output
    written = run.invoke(contract, ["needs", "--write", *at])
    assert "needs/shop.orders.yaml: drafted, 3 columns (customer, amount, channel)." in written.output
    assert run.invoke(contract, ["needs", "--write", *at]).output.count("up to date.") == 2
    changed(board, ORDERS, "{name: channel, logicalType: string", "{name: channel, logicalType: integer")
    assert "integer, one of 2 - NOT MET" in run.invoke(contract, ["needs", *at]).output
    assert "  as promised\n" in run.invoke(contract, ["needs", *at]).output
    assert '"shop/customers": {\n    "country": [\n      "all_time"' in run.invoke(
        contract, ["needs", "--format", "json", *at]
    ).output.replace("\r", "")


words = st.sampled_from(["a", "b", "c", "d", "e"])
columns = st.builds(
    NeededColumn,
    words,
    st.sampled_from(["", "string", "number"]),
    required=st.booleans(),
    enum=st.none() | st.lists(st.sampled_from(["x", "on", "1", "ä: {"]), min_size=1, unique=True).map(tuple),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[NeededColumn]]:
    """A needs file as somebody may have laid it out, and its columns."""
    found = draw(st.lists(columns, max_size=4, unique_by=lambda column: column.name))
    before = draw(st.sampled_from(["", "version: ^1\n", "# on top\n\n", "keys: [[k]]   # one row\n"]))
    after = draw(
        st.sampled_from(["", "\n# the end\n", "slaProperties: [{property: latency, value: 1, unit: d}]\n", "\n\n"])
    )
    indent, note = draw(st.sampled_from(["", "  ", "    "])), draw(st.sampled_from(["", "  # why", "\n# between"]))
    if not found:
        listed = draw(st.sampled_from(["", "properties: []\n", "properties:\n"]))
    elif draw(st.booleans()):
        listed = f"properties: [{', '.join(column_text(column) for column in found)}]{note}\n"
    else:
        listed = "properties:\n" + "".join(f"{indent}- {column_text(column)}{note}\n" for column in found)
    return f"dataset: a/b\n{before}{listed}{after}", found


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(files(), st.lists(columns, max_size=2, unique_by=lambda column: column.name), st.data())
def test_a_file_is_edited_as_meant_or_not_at_all(
    file: tuple[str, list[NeededColumn]], new: list[NeededColumn], data: st.DataObject
) -> None:
    """However it is laid out: every line that did not go is there, in order, and the file says what it should."""
    text, there = file
    added = [column for column in new if column.name not in {one.name for one in there}]
    removed = [one.name for one in there if removable(text, one.name) and data.draw(st.booleans())]
    result = edited(Path("a.b.yaml"), text, added, removed)
    before, after = (parse_need(read_document(Path("a.b.yaml"), one.encode())) for one in (text, result))
    assert after.columns == (*(one for one in before.columns if one.name not in removed), *added)
    assert (after.keys, after.version, after.service_levels) == (before.keys, before.version, before.service_levels)
    gone = [column_text(one) for one in there if one.name in removed]
    ahead = iter(result.splitlines())
    for line in text.splitlines():
        if line.startswith("properties:") or any(line.strip() == f"- {one}" for one in gone):
            continue  # taken out; a list on the line of its key is added to
        assert line in ahead, (text, result)
