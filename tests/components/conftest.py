"""A location of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shop_location import CASE, Shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE", "SHOP_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "shop"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("__pycache__"))
    made = Shop(root)
    yield made
    made.instance.dispose()


@pytest.fixture
def edit(shop: Shop) -> Callable[[str, str, str], None]:
    """Replace text in a file of the location; fail when it is not there."""

    def replace(path: str, old: str, new: str) -> None:
        file = shop.root / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    return replace
