"""A market of its own for each test; its project is parsed, and published for the first time, once a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from market_location import CASE, MODELS, Market, PostgresMarket
from postgres_server import Server


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the location as it was after its first run, in `market`: each model published once."""
    root = tmp_path_factory.mktemp("opened") / "market"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE"):
            patch.delenv(name, raising=False)
        market = Market(root)
        market.deliver()
        assert market.run(*MODELS).success
        market.instance.dispose()
    shutil.copytree(root, root.with_name("copy"))
    return root.with_name("copy")


@pytest.fixture
def market(opened: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)
    root = opened.with_name("market")  # always there: of a project that was moved, dbt has to parse all again
    shutil.rmtree(root)
    shutil.copytree(opened, root)
    made = Market(root)
    yield made
    made.instance.dispose()


@pytest.fixture
def postgres_market(
    tmp_path: Path, postgres: Server, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PostgresMarket]:
    """The market on a real server, where nothing is published."""
    from platform_core.resources.postgres.connection import forget_connections

    for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", postgres.url(postgres_database))
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", postgres.password)
    root = tmp_path / "market"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    with (root / "location.yaml").open("a") as stream:
        stream.write("engine: postgres\n")
    made = PostgresMarket(root)
    yield made
    made.instance.dispose()
    forget_connections()


@pytest.fixture
def edit(market: Market) -> Callable[[str, str, str], None]:
    """Replace text in a file of the location; fail when it is not there."""

    def replace(path: str, old: str, new: str) -> None:
        file = market.root / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    return replace
