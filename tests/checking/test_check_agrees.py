"""`platformctl check` says no exactly when `platformctl register --dry-run` would, and for the same reasons.

Beside them it has reasons of its own, which protect the team and not the workspace: an edited file of the platform's,
reads that are not declared, files that repeat who owns. Only the last are in these cases, where the owner changes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from shop_and_board import edit, forget_modules, make_home

from platform_core import clock
from platform_core.checking import check_location
from platform_core.findings import FindingsError
from platform_core.workspace import find_workspace, register

pytestmark = pytest.mark.processes  # each registration starts the location's own Python
OWN = {"codeowners", "contract-owner"}  # files that say who owns: of this location alone
Edit = Callable[[Path], None]


def _orders(home: Path) -> Path:
    return home / "shop/contracts/orders.odcs.yaml"


def _safe_column(home: Path) -> None:
    edit(_orders(home), "    properties:\n", "    properties:\n      - {name: note, logicalType: string}\n")


def _safe_column_and_version(home: Path) -> None:
    _safe_column(home)
    edit(_orders(home), "version: 1.0.0", "version: 1.1.0")


def _unread_dataset_removed(home: Path) -> None:
    shutil.rmtree(home / "shop/src/shop/defs/grand_total")
    (home / "shop/contracts/grand_total.odcs.yaml").unlink()


def _read_dataset_removed(home: Path) -> None:
    shutil.rmtree(home / "shop/src/shop/defs/customers")
    edit(home / "shop/src/shop/defs/grand_total/grand_total.sql", "customers", "orders")
    (home / "shop/contracts/customers.odcs.yaml").unlink()


def _mistyped(home: Path) -> None:
    edit(home / "board/src/board/defs/all_time/all_time.sql", "shop.customers", "shop.customrs")


def _mistyped_and_exempt(home: Path) -> None:
    _mistyped(home)
    until = clock.today() + timedelta(days=60)
    entry = f"location: board, rule: unknown-upstream, subject: shop/customrs, by: team:platform, until: {until}, "
    entry += "reason: The shop publishes it with its next release."
    (home / "workspace/exemptions.yaml").write_text(f"exemptions:\n  - {{{entry}}}\n")


# case -> (the location that is edited, how, whether it may be merged)
CASES: dict[str, tuple[str, Edit, bool]] = {
    "as it is registered": ("shop", lambda home: None, True),
    "a column that others read renamed": (
        "shop",
        lambda home: edit(_orders(home), "name: channel\n", "name: medium\n"),
        False,
    ),
    "an upstream that nobody publishes, exempt": ("board", _mistyped_and_exempt, True),
    "code that does not load": (
        "shop",
        lambda home: edit(home / "shop/src/shop/definitions.py", "defs =", "1 / 0\ndefs ="),
        False,
    ),
    "another repository": (
        "shop",
        lambda home: edit(home / "shop/location.yaml", "git.example/shop", "git.example/thief"),
        False,
    ),
}
SLOW: dict[str, tuple[str, Edit, bool]] = {
    "an upstream that nobody publishes": ("board", _mistyped, False),
    "a need that is not met": (
        "board",
        lambda home: edit(home / "board/needs/shop.customers.yaml", "name: country", "name: region"),
        False,
    ),
    "a column more": ("shop", _safe_column, False),
    "a column more and a version that says so": ("shop", _safe_column_and_version, True),
    "a dataset that nobody reads removed": ("shop", _unread_dataset_removed, True),
    "a dataset that others read removed": ("shop", _read_dataset_removed, False),
    "another owner": ("shop", lambda home: edit(home / "shop/location.yaml", "team:shop", "team:thief"), False),
    "a key in location.yaml that there is not": (
        "shop",
        lambda home: edit(home / "shop/location.yaml", "secrets:", "secret:"),
        False,
    ),
}


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    forget_modules()
    yield
    forget_modules()


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW)])
def test_check_and_register_agree(registered: Path, tmp_path: Path, case: str) -> None:
    home = shutil.copytree(registered, tmp_path / "home")
    location, change, passes = {**CASES, **SLOW}[case]
    change(home)
    report = check_location(home / location, home / "workspace")
    try:
        findings = register(home / location, find_workspace(home / "workspace"), sys.executable, dry_run=True).findings
    except FindingsError as error:
        findings = error.findings
    said = {(finding.id, finding.message) for finding in findings if finding.level == "error"}
    errors = {(one.id, one.message) for one in report.findings if one.level == "error" and one.id not in OWN}
    assert errors == said
    assert (report.exit_code == 0, not said) == (passes, passes)
