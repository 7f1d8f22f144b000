"""What a location relies on of other teams, as its code says it."""

import shutil
from pathlib import Path

import pytest

from platform_core.findings import FindingsError
from platform_core.onboarding.needs import needs_of
from platform_core.testing.runs import load

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A location that reads the shop's data, beside a workspace in which the shop is registered."""
    shutil.copytree(CASES / "reader_location", tmp_path / "board", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CASES / "location/contracts", tmp_path / "workspace/locations/shop/contracts")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "board"


def test_columns_of_queries_and_functions(board: Path) -> None:
    """Those a query names; all of what a function is given; nothing of the location's own."""
    expected = {
        "shop/customers": {"country": ["all_time"], "customer": ["all_time"]},
        "shop/orders": {"amount": ["all_time", "month_board"], "channel": ["month_board"], "customer": ["all_time"]},
    }
    assert needs_of(board) == expected
    (board / "src/board/defs/guess").mkdir()
    (board / "src/board/defs/guess/guess.py").write_text(
        "import pyarrow\nfrom platform_core import dataset\n\n\n"
        '@dataset(inputs={"customers": "shop/customers", "own": "all_time"})\n'
        "def guess(customers: pyarrow.Table, own: pyarrow.Table) -> pyarrow.Table:\n    return own\n"
    )
    contract = (board / "contracts/all_time.odcs.yaml").read_text().replace("all_time", "guess")
    (board / "contracts/guess.odcs.yaml").write_text(contract)
    load.cache_clear()
    found = needs_of(board)
    assert set(found) == {"shop/customers", "shop/orders"}
    assert [users[-1] for users in found["shop/customers"].values()] == ["guess"] * len(found["shop/customers"])
    assert len(found["shop/customers"]) > 2


def test_what_is_not_registered_is_told(board: Path) -> None:
    """With the place that reads it."""
    shutil.rmtree(board.parent / "workspace/locations/shop")
    with pytest.raises(FindingsError) as caught:
        needs_of(board)
    assert all(finding.where for finding in caught.value.findings)
