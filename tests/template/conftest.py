"""A copy of this repository as a template source, and a way to render it as a team would: never with --trust."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from copier import run_copy
from template_sources import make_source

Render = Callable[..., Path]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template source most tests share: a clean repository without tags. Not to be changed."""
    folder = tmp_path_factory.mktemp("source") / "platform"
    folder.mkdir()
    return make_source(folder)


@pytest.fixture(autouse=True)
def _own_copier_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path_factory.mktemp("copier")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "Dirty template changes included automatically" is what one test is about
        yield


@pytest.fixture
def render(source: Path, tmp_path: Path) -> Render:
    """Render a location: `render("name", from_=source, vcs_ref=..., **answers)` returns its folder."""

    def rendered(name: str = "growth", from_: Path | str = source, vcs_ref: str | None = None, **answers: Any) -> Path:
        run_copy(str(from_), tmp_path / name, data=answers, vcs_ref=vcs_ref, defaults=True, quiet=True, unsafe=False)
        return tmp_path / name

    return rendered
