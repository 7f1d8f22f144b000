"""Registrations that somebody wrote who means harm, or a tool that is broken: told, left out, and nobody else is."""

import json
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import registration

from platform_core.findings import exit_code
from platform_core.workspace import init_workspace, render
from platform_core.workspace.check import check_workspace
from platform_core.workspace.limits import MAX_FILE_BYTES, MAX_FILES, MAX_GRAPH_BYTES
from platform_core.workspace.plan import Plan
from platform_core.workspace.register import decide
from platform_core.workspace.registry import read_registry, write_registration

SHOP = registration("shop", {"orders": []})
ERP = registration("erp", {"items": []}, port=4200)


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path / "ws")
    write_registration(made, SHOP)
    write_registration(made, ERP)
    return made


def told(workspace, name: str = "shop") -> str:
    """What is said of one that cannot be read; the other goes on, is rendered, and may register again."""
    found = read_registry(workspace)
    assert list(found.locations) == ["erp"]
    render(workspace)
    assert set(json.loads(workspace.catalog.read_text())["datasets"]) == {"erp/items"}
    again = decide(Plan(ERP), workspace)
    assert again.verdict in ("unchanged", "would-update")
    assert [finding.id for finding in again.findings] == ["unreadable-registration"]
    checked = check_workspace(workspace, servers=False)
    assert exit_code(checked.findings) == 1
    findings = found.unreadable[name]
    assert set(findings) <= set(checked.findings)
    assert all(finding.message.isprintable() for finding in findings)
    return " ".join(finding.message for finding in findings)


def rewrite(workspace, **changed) -> None:
    file = workspace.locations / "shop/location.yaml"
    data = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**data, **changed}))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "../erp"}, "says name: '../erp'"),
        ({"name": "shop\n"}, "says name: 'shop\\n'"),
        ({"name": ["shop"]}, "says name: ['shop']"),
        ({"owner": "* @attacker"}, "owner must be team:<name>"),
        ({"owner": "team:a\n/ @attacker"}, "owner must be a line of text"),
        ({"owner": None}, "owner must be a line of text"),
        ({"repository": "https://a\u202eb"}, "repository must be a line of text"),
        ({"repository": "x" * 5000}, "repository must be a line of text"),
        ({"package": "os; import evil"}, "package must be the name of a Python package"),
        ({"package": "json"}, "package must be the name of a Python package"),
        ({"description": {"a": 1}}, "description must be text"),
        ({"description": "x" * 5000}, "description must be text"),
        ({"engine": "evil"}, "there is no such engine"),
        ({"versions": ["a"]}, "versions must hold keys and text"),
        ({"secrets": ["-rf /"]}, "secrets must be a list of names"),
        ({"secrets": "TOKEN"}, "secrets must be a list of names"),
        ({"server": {"host": "a b", "port": 1}}, "server must be"),
        ({"server": {"host": "a", "port": "1"}}, "server must be"),
        ({"server": {"host": "a", "port": True}}, "server must be"),
        ({"server": {"host": "a", "port": 99999}}, "server must be"),
        ({"server": 7}, "server must be"),
        ({"environment": {"python": ["sh"]}}, "environment must be"),
        ({"environment": "sh"}, "environment must be"),
        ({"waits_for": ["a\n"]}, "waits_for must be a list of asset keys"),
        ({"seal": [1]}, "seal must hold keys and text"),
    ],
)
def test_a_location_file_of_another_shape(workspace, changed, words):
    rewrite(workspace, **changed)
    assert words in told(workspace)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\x00\xff\xfe binary", "is not UTF-8 text"),
        (b"", "must hold keys and values"),
        (b"- a\n", "must hold keys and values"),
        (b"<<<<<<< HEAD\nname: shop\n=======\n", "is not valid YAML"),
        (b"name: shop\nname: erp\n", "stands twice"),
        (b"a: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a,*a,*a,*a,*a,*a,*a]\n" % (i, i) for i in range(70)), "aliases"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "nested deeper"),
        (b"name: !!python/object/apply:os.system [id]\n", "is not valid YAML"),
        (b"#" * (MAX_FILE_BYTES + 1), "is larger than"),
    ],
)
def test_a_location_file_that_is_no_sound_yaml(workspace, raw, words):
    (workspace.locations / "shop/location.yaml").write_bytes(raw)
    assert words in told(workspace)


GRAPH = {"format": 1, "assets": {}, "automation": {}}
ASSET = json.loads(json.dumps(SHOP.graph.as_data()))["assets"]["shop/orders"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "is not an asset graph"),
        ("[]", "it holds no keys and values"),
        ("NaN", "NaN is no number of JSON"),
        ('{"format": 1, "format": 1}', "the key 'format' stands twice"),
        ('{"a": ' * 5000 + "1" + "}" * 5000, "nested deeper"),
        ('{"a": ' * 20 + "1" + "}" * 20, "nested deeper"),
        ({**GRAPH, "assets": []}, "needs assets and automation"),
        ({**GRAPH, "automation": {"a": 1}}, "automation must hold names and states"),
        ({**GRAPH, "format": 99}, "format 99"),
        ({**GRAPH, "assets": {"shop/orders": []}}, "must hold keys and values"),
        ({**GRAPH, "assets": {"shop/orders": {}}}, "is not a registration"),
        ({**GRAPH, "assets": {"shop/\n": ASSET}}, "cannot be an asset key"),
        ({**GRAPH, "assets": {"x" * 300: ASSET}}, "cannot be an asset key"),
        ({**GRAPH, "assets": {"erp/orders": ASSET}}, "cannot be a dataset of shop"),
        ({**GRAPH, "assets": {"shop/../erp": ASSET}}, "cannot be a dataset of shop"),
        ({**GRAPH, "assets": {"shop/Orders": ASSET}}, "cannot be a dataset of shop"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "deps": "erp/items"}}}, "a deps of another type"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "owners": [["a"]]}}}, "a owners of another type"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "owners": ["a\n/ @evil"]}}}, "a owners of another type"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "executable": "no"}}}, "a executable of another type"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "partitions": 3}}}, "a partitions of another type"),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "checks": [{"name": "a"}]}}}, "a checks of another type"),
        (
            {**GRAPH, "assets": {"shop/orders": {**ASSET, "contract": {"version": 1, "hash": 2}}}},
            "a contract of another",
        ),
        ({**GRAPH, "assets": {"shop/orders": {**ASSET, "reads": {"erp/items": "id"}}}}, "a reads of another type"),
    ],
)
def test_a_graph_of_another_shape(workspace, data, words):
    text = data if isinstance(data, str) else json.dumps(data)
    (workspace.locations / "shop/graph.json").write_text(text)
    assert words in told(workspace)


def test_files_that_are_too_large_or_too_many(workspace):
    graph = workspace.locations / "shop/graph.json"
    with graph.open("wb") as file:
        file.truncate(MAX_GRAPH_BYTES + 1)
    assert f"graph.json is larger than {MAX_GRAPH_BYTES:,} bytes" in told(workspace)
    write_registration(workspace, SHOP)
    for number in range(MAX_FILES + 1):
        (workspace.locations / f"shop/contracts/d{number}.odcs.yaml").touch()
    assert f"more than {MAX_FILES:,} files" in told(workspace)


@pytest.mark.parametrize("place", ["location.yaml", "graph.json", "contracts/orders.odcs.yaml", "needs", "stray", "."])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../erp/location.yaml", "nowhere", "loop"])
def test_links_are_not_followed_wherever_they_point(workspace, place, target, tmp_path):
    path = workspace.locations / "shop" / place
    if path.is_dir():
        path.rename(tmp_path / "aside")
        path = workspace.locations / "shop" if place == "." else path
    path.unlink(missing_ok=True)
    path.symlink_to(path.name if target == "loop" else target)
    assert "is a link" in told(workspace)


def test_a_pipe_keeps_nobody_waiting(workspace):
    path = workspace.locations / "shop/graph.json"
    path.unlink()
    os.mkfifo(path)
    assert "graph.json is no plain file" in told(workspace)


@pytest.mark.parametrize("name", ["Shop", "sh op", "shop.", "con", "..shop\n"[2:], "x" * 200, "json", "-rf"])
def test_folders_with_names_that_are_none(workspace, name):
    (workspace.locations / "shop").rename(workspace.locations / name)
    assert "cannot be the name of a location" in told(workspace, name)


def test_a_name_whose_registration_cannot_be_read_is_free_for_nobody(workspace):
    (workspace.locations / "shop/graph.json").write_text("{")
    for one in (SHOP, registration("shop", {"a": []}, repository="https://git.example/thief", owner="team:thief")):
        outcome = decide(Plan(one), workspace)
        assert outcome.verdict == "refused"
        assert [finding.id for finding in outcome.findings] == ["unreadable-registration"]
    (workspace.locations / "shop/graph.json").unlink()
    (workspace.locations / "shop/location.yaml").unlink()
    assert decide(Plan(SHOP), workspace).verdict == "refused"


def test_a_reader_of_one_that_cannot_be_read_is_not_to_blame(workspace):
    (workspace.locations / "shop/graph.json").write_text("{")
    sales = registration("sales", {"report": ["shop/orders"]}, port=4300)
    outcome = decide(Plan(sales), workspace)
    assert outcome.verdict == "would-register"
    assert {finding.id: finding.level for finding in outcome.findings}["upstream-unreadable"] == "warning"
    without = registration("erp", {"others": []}, port=4200)
    assert [finding.id for finding in decide(Plan(without), workspace).findings] == ["removal-undecidable"]


def test_what_does_not_belong_is_told_and_harms_nothing(workspace):
    folder = workspace.locations / "shop"
    (folder / "setup.py").write_text("raise SystemExit\n")
    (folder / "contracts/../needs").mkdir()
    (folder / "needs/no-need.yaml").write_text("x")
    (folder / "contracts/UPPER.odcs.yaml").write_text("x")
    (folder / "deep").mkdir()
    found = read_registry(workspace)
    assert sorted(found.locations) == ["erp", "shop"]
    findings = check_workspace(workspace, servers=False).findings
    assert sorted(
        str(finding.where.path.relative_to(folder)) for finding in findings if finding.id == "stray-file"
    ) == [
        "contracts/UPPER.odcs.yaml",
        "deep",
        "needs/no-need.yaml",
        "setup.py",
    ]
    assert decide(Plan(SHOP), workspace).verdict == "would-update"  # the next registration clears it away


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300) | st.text(max_size=300).map(str.encode), data=st.data())
def test_whatever_stands_in_a_file_the_others_go_on(workspace, raw, data):
    """Random bytes, and random edits of sound files: read or told, never a traceback."""
    write_registration(workspace, SHOP)
    place = data.draw(st.sampled_from(["location.yaml", "graph.json", "contracts/orders.odcs.yaml"]))
    path: Path = workspace.locations / "shop" / place
    sound = path.read_bytes()
    cut = data.draw(st.integers(0, len(sound)))
    path.write_bytes(sound[:cut] + raw + sound[cut + data.draw(st.integers(0, 40)) :])
    found = read_registry(workspace)
    assert "erp" in found.locations
    assert ("shop" in found.locations) != ("shop" in found.unreadable)
    render(workspace)
    check_workspace(workspace, servers=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, data=st.data())
def test_whatever_value_stands_in_a_field_the_others_go_on(workspace, value, data):
    write_registration(workspace, SHOP)
    if data.draw(st.booleans()):
        field = data.draw(st.sampled_from([*SHOP.as_data(), "seal", "exemptions", "waits_for"]))
        rewrite(workspace, **{field: value})
    else:
        graph = json.loads((workspace.locations / "shop/graph.json").read_text())
        graph["assets"]["shop/orders"][data.draw(st.sampled_from(sorted(ASSET)))] = value
        (workspace.locations / "shop/graph.json").write_text(json.dumps(graph))
    assert "erp" in read_registry(workspace).locations
    render(workspace)
    check_workspace(workspace, servers=False)
