import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.errors import PlatformError
from platform_core.lineage import Asset, Change, Check, ContractRef, Graph, changes, load_graph, save_graph


def graph(**deps: list[str]) -> Graph:
    """`graph(a=["b"])`: the asset shop/a reads shop/b; a name with a dot is another location's."""

    def key(name: str) -> str:
        return name.replace(".", "/") if "." in name else f"shop/{name}"

    return Graph({key(name): Asset(key(name), deps=tuple(map(key, reads))) for name, reads in deps.items()})


WHOLE = Asset(
    "shop/orders",
    deps=("erp/orders",),
    kinds=("csv",),
    group="shop",
    owners=("team:shop",),
    description="Größe",
    partitions={"type": "static", "keys": ["a", "b"]},
    checks=(Check("required_id", True), Check("row_count")),
    freshness={"fail_window": 3600},
    contract=ContractRef("1.2.0", "0123456789ab"),
)


def test_external_are_the_upstreams_nobody_here_stands_for():
    assert graph(a=["b", "erp.x"], b=["erp.y"]).external == ("erp/x", "erp/y")


def test_far_upstreams_and_downstreams_are_found_and_the_start_is_not_among_them():
    line = graph(a=["erp.x"], b=["a"], c=["b"], d=[])
    assert line.upstream("shop/c") == ("erp/x", "shop/a", "shop/b")
    assert line.downstream("erp/x") == ("shop/a", "shop/b", "shop/c")
    assert line.readers("shop/a") == ("shop/b",)
    assert line.downstream("shop/d") == ()


def test_each_cycle_is_told_once_and_what_merely_reads_it_is_not_in_it():
    tangled = graph(a=["b"], b=["c"], c=["a"], d=["a"], e=["e"])
    assert tangled.cycles() == (("shop/a", "shop/b", "shop/c"), ("shop/e",))
    assert graph(a=["b"], b=[]).cycles() == ()


def test_union_prefers_the_location_that_makes_the_asset():
    described = Graph({"erp/x": Asset("erp/x", executable=False)})
    made = Graph({"erp/x": Asset("erp/x", description="made here")})
    assert Graph.union([described, made]).assets["erp/x"].description == "made here"
    assert Graph.union([made, described]).assets["erp/x"].description == "made here"


def test_a_saved_graph_is_read_back_whole_and_saved_to_the_same_bytes(tmp_path):
    whole = Graph({WHOLE.key: WHOLE, **graph(b=["a"]).assets}, {"landing": "RUNNING"})
    save_graph(whole, tmp_path / "one.json")
    again = load_graph(tmp_path / "one.json")
    save_graph(again, tmp_path / "two.json")
    assert again == whole
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_one_more_dependency_is_one_more_line(tmp_path):
    save_graph(graph(a=["b"], z=["b"]), tmp_path / "one.json")
    save_graph(graph(a=["b"], z=["a", "b"]), tmp_path / "two.json")
    one, two = ((tmp_path / name).read_text().splitlines() for name in ("one.json", "two.json"))
    assert len([line for line in two if line not in one]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 9, "assets": {}, "automation": {}}',
        '{"format": 1, "assets": {"a/b": {}}}',
    ],
)
def test_what_is_no_graph_is_said_with_its_path(tmp_path, text):
    (tmp_path / "graph.json").write_text(text)
    with pytest.raises(PlatformError, match=r"graph\.json: is not an asset graph"):
        load_graph(tmp_path / "graph.json")


def test_a_missing_graph_is_said_with_its_path(tmp_path):
    with pytest.raises(PlatformError, match="cannot be read"):
        load_graph(tmp_path / "graph.json")


def test_changes_tell_what_came_what_went_and_what_differs():
    before = Graph({WHOLE.key: WHOLE, "shop/old": Asset("shop/old")}, {"landing": "RUNNING"})
    other = Asset(**{**WHOLE.__dict__, "contract": ContractRef("2.0.0", "ba9876543210")})
    after = Graph({WHOLE.key: other, "shop/new": Asset("shop/new")}, {"landing": "STOPPED", "reconcile": "RUNNING"})
    assert changes(before, after) == (
        Change("added", "shop/new"),
        Change("removed", "shop/old"),
        Change("changed", "shop/orders", "contract", WHOLE.contract, other.contract),
        Change("changed", "landing", "status", "RUNNING", "STOPPED"),
        Change("added", "reconcile", "status", None, "RUNNING"),
    )
    assert changes(before, before) == ()


NAMES = st.sampled_from("abcdef")


@settings(max_examples=60)
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4)))
def test_upstream_and_downstream_are_two_views_of_one_thing(deps):
    made = graph(**deps)
    for one in made.assets:
        for other in made.upstream(one):
            assert one in made.downstream(other)
    in_cycles = {key for cycle in made.cycles() for key in cycle}
    assert in_cycles == {key for key in made.assets if key in made.upstream(key)}
    assert Graph.from_data(json.loads(json.dumps(made.as_data()))) == made
