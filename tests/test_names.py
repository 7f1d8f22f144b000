"""Names that are packages, folders, tables and asset keys at once."""

import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from platform_core.errors import PlatformError
from platform_core.names import AssetId, location_problem, name_problem


@pytest.mark.parametrize("name", ["a", "flights", "flight_ops", "x" * 63, "a1"])
def test_good_names(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "needed"),
        (None, "needed"),
        (7, "needed"),
        ("x" * 64, "too long"),
        ("Flights", "lower case"),
        ("1a", "starting with a letter"),
        ("flights\n", "lower case"),
        ("a-b", "lower case"),
        ("a/b", "lower case"),
        ("..", "lower case"),
        ("é", "lower case"),
        ("_a", "starting with a letter"),
        ("a_", "double underscore"),
        ("a__b", "double underscore"),
        ("class", "word of the Python language"),
        ("match", "word of the Python language"),
        ("tests", "reserved"),
        ("con", "reserved"),
    ],
)
def test_bad_names_say_why(name: object, says: str) -> None:
    assert says in name_problem(name)


def test_asset_ids_are_read_in_each_spelling() -> None:
    asset = AssetId("flight_ops", "flights")
    assert AssetId.parse("flight_ops/flights") == AssetId.parse("flight_ops.flights") == asset
    assert AssetId.parse("flights", location="flight_ops") == asset
    assert (str(asset), asset.path) == ("flight_ops/flights", ["flight_ops", "flights"])


@pytest.mark.parametrize("text", ["flights", "a/b/c", "", "a/../b", "A/b", "a/b;drop"])
def test_other_texts_are_no_asset(text: str) -> None:
    with pytest.raises(PlatformError):
        AssetId.parse(text)


def _installed_with(distribution: str, extra: str = "") -> set[str]:
    """The names of all distributions that come with one, as installed here."""
    found: set[str] = set()
    waiting = [(distribution, extra)]
    while waiting:
        name, with_extra = waiting.pop()
        if canonicalize_name(name) in found:
            continue
        found.add(canonicalize_name(name))
        for text in metadata.requires(name) or ():
            needed = Requirement(text)
            if not needed.marker or needed.marker.evaluate({"extra": with_extra}):
                waiting.append((needed.name, ",".join(needed.extras)))
    return found


def test_no_location_hides_a_module_that_is_installed_beside_it() -> None:
    installed = _installed_with("platform-core", "dev")
    modules = {
        module
        for module, owners in metadata.packages_distributions().items()
        if any(canonicalize_name(owner) in installed for owner in owners) and "__mypyc" not in module
    }
    # Before Python 3.11 only packages are known that list their modules themselves.
    assert {"pytest", "py"} | ({"duckdb"} if sys.version_info >= (3, 11) else set()) <= modules
    assert [name for name in sorted(modules) if not location_problem(name)] == []
