"""Our reading of the standard against the tagged schema itself, run by a full validator."""

import copy
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from platform_core.contracts.places import Lint
from platform_core.contracts.validate import schema_findings
from platform_core.documents import Document

CASES = Path(__file__).parents[1] / "cases" / "contracts"
SOUND = yaml.safe_load((CASES / "sound" / "orders.odcs.yaml").read_text())
SCHEMA = json.loads(files("platform_core.contracts").joinpath("schema/odcs-3.2.0.schema.json").read_text())
TAGGED = Draft201909Validator(SCHEMA)


def _ours(data: Any) -> list[str]:
    return [finding.message for finding in schema_findings(Lint(Document(Path("orders.odcs.yaml"), data)))]


def _places(value: Any, keys: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [keys] if keys else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, inner in items for place in _places(inner, (*keys, key))]


PLACES = _places(SOUND)


@settings(derandomize=True, max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), st.sampled_from(["drop", "rename", 5, "text", None, [], {}, True, -1, 2.5]))
def test_whatever_breaks_the_standard_is_found(place: tuple[Any, ...], change: Any) -> None:
    """One change anywhere in a sound contract: what the tagged schema refuses, we refuse."""
    data = copy.deepcopy(SOUND)
    parent: Any = data
    for key in place[:-1]:
        parent = parent[key]
    if change in ("drop", "rename") and isinstance(parent, dict):
        value = parent.pop(place[-1])
        if change == "rename":
            parent[f"{place[-1]}x"] = value
    elif change not in ("drop", "rename"):
        parent[place[-1]] = change
    if not TAGGED.is_valid(data):
        assert _ours(data), (place, change)


@pytest.mark.parametrize("place", [place for place in PLACES if isinstance(place[-1], str)])
def test_a_typo_in_any_key_is_named(place: tuple[Any, ...]) -> None:
    """At every depth, except where the standard lets any key stand (the arguments of a metric)."""
    data = copy.deepcopy(SOUND)
    parent: Any = data
    for key in place[:-1]:
        parent = parent[key]
    parent[f"{place[-1]}z"] = parent.pop(place[-1])
    if place[-2:-1] != ("arguments",):
        assert any(f"'{place[-1]}z'" in message for message in _ours(data)), _ours(data)


def test_the_sound_case_is_sound() -> None:
    assert TAGGED.is_valid(SOUND)
    assert _ours(SOUND) == []


def test_servers_are_validated_too() -> None:
    data = {**copy.deepcopy(SOUND), "servers": [{"server": "a", "type": "postgres", "host": "h", "prot": 5432}]}
    assert sorted(_ours(data)) == [
        "server 'a': 'database' is missing.",
        "server 'a': 'port' is missing.",
        "server 'a': 'schema' is missing.",
        "server 'a': unknown key 'prot'.",
    ]
