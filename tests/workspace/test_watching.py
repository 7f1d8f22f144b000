"""Registrations come at once from `register`, and file by file from a pull."""

import pytest
from places import registration

from platform_core.workspace import init_workspace, watching
from platform_core.workspace.registry import write_registration
from platform_core.workspace.watching import RegistrationWatch


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path)
    write_registration(made, registration("shop", {"orders": []}))
    return made


def settled(watch):
    """Look until there is no news."""
    for _ in range(5):
        if not watch.changed():
            return
    raise AssertionError("news without end")


def test_a_registration_is_news_at_once_and_no_longer(workspace):
    watch = RegistrationWatch(workspace)
    assert watch.changed()
    assert not watch.changed()
    write_registration(workspace, registration("shop", {"orders": [], "totals": []}))
    assert watch.changed()
    assert not watch.changed()


def test_what_a_pull_writes_is_news_when_it_stands_still(workspace, monkeypatch):
    monkeypatch.setattr(watching, "_EVERY", 0)
    watch = RegistrationWatch(workspace)
    settled(watch)
    contract = workspace.locations / "shop/contracts/orders.odcs.yaml"
    for number in range(3):
        contract.write_text(f"# {number}\n")
        assert not watch.changed()  # still moving
    assert watch.changed()
    assert not watch.changed()
    (workspace.root / "platform.yaml").touch()
    assert [watch.changed() for _ in range(3)] == [False, True, False]


def test_a_location_that_is_gone_is_news(workspace):
    watch = RegistrationWatch(workspace)
    settled(watch)
    (workspace.locations / "shop/location.yaml").unlink()
    assert watch.changed()
