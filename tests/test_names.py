"""Names that are packages, folders, tables and asset keys at once."""

import pytest

from platform_core.errors import PlatformError
from platform_core.names import AssetId, name_problem


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
