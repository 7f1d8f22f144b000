"""The whole workspace at once: what the gate says of everybody, and what came in by hand."""

import json
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from places import CONTRACT, registration

from platform_core.adapters.code_server import Served
from platform_core.cli.workspace import workspace as command
from platform_core.contracts import load_contract
from platform_core.lineage import ContractRef, Graph
from platform_core.workspace import check, init_workspace, load_registry, render
from platform_core.workspace.check import check_workspace
from platform_core.workspace.deployed import Asked
from platform_core.workspace.registry import write_registration

NEED = b"dataset: shop/orders\nproperties:\n  - {name: id, logicalType: integer, required: true}\n"


def sound(folder, name, datasets, **changed):
    """A registration whose hashes are those of its contracts."""
    one = registration(name, datasets, **changed)
    assets, contracts = {}, {}
    for dataset in datasets:
        text = CONTRACT.format(location=name, dataset=dataset, version="1.0.0")
        path = folder / f"{dataset}.odcs.yaml"
        path.write_text(text)
        contract = load_contract(path)
        asset = one.graph.assets[f"{name}/{dataset}"]
        reads = dict.fromkeys(asset.deps, ("id",))
        reference = ContractRef(contract.version, contract.hash)
        assets[asset.key] = replace(asset, contract=reference, reads=reads)
        contracts[dataset] = text.encode()
    return replace(one, graph=Graph(assets), contracts=contracts)


@pytest.fixture
def shop(tmp_path):
    return sound(tmp_path, "shop", {"orders": []}, contact="#shop")


@pytest.fixture
def sales(tmp_path):
    return sound(tmp_path, "sales", {"report": ["shop/orders"]}, port=4200, needs={"shop.orders": NEED})


@pytest.fixture
def workspace(tmp_path, shop, sales):
    made = init_workspace(tmp_path / "ws")
    for one in (shop, sales):
        write_registration(made, one)
    render(made)
    return made


def found(workspace, **options):
    return [(one.id, one.level, one.subject) for one in check_workspace(workspace, **options).findings]


def test_a_workspace_in_order_has_nothing_to_say(workspace):
    assert found(workspace) == []
    assert found(workspace, every_file=True) == []
    told = CliRunner().invoke(command, ["check", "--workspace", str(workspace.root)])
    assert (told.exit_code, told.output.splitlines()) == (
        0,
        ["ws: 2 locations, 2 datasets. Nobody was asked what runs.", "", "No problems found."],
    )


def test_a_contract_edited_by_hand_is_found_with_whom_it_hurts_and_whose_it_is(workspace):
    contract = workspace.locations / "shop/contracts/orders.odcs.yaml"
    contract.write_text(contract.read_text().replace("name: id\n", "name: number\n"))
    assert found(workspace) == [
        ("need-not-met", "error", "shop/orders"),
        ("edited-by-hand", "error", "shop"),
        ("contract-hash", "error", "shop/orders"),
    ]
    owners = {one.id: one.owner for one in check_workspace(workspace).findings}
    assert (owners["need-not-met"], owners["edited-by-hand"]) == ("team:sales", "team:shop")


@pytest.mark.parametrize(
    ("file", "old", "new", "ids"),
    [
        ("location.yaml", "commit: ''", "commit: abc", ["edited-by-hand"]),
        ("location.yaml", "owner: team:shop", "owner: team:other", ["terms-edited"]),
        ("graph.json", '"group": ""', '"group": "x"', ["edited-by-hand"]),
        ("location.yaml", "seal:", "old_seal:", ["unsealed"]),
        ("location.yaml", "name: shop", "# name it\nname: shop", []),  # a comment says nothing
    ],
)
def test_each_part_of_a_registration_is_sealed(workspace, file, old, new, ids):
    path = workspace.locations / "shop" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    render(workspace)
    assert [id for id, _, subject in found(workspace) if subject == "shop"] == ids


def test_an_owner_changed_in_the_workspace_is_one_warning_until_the_next_registration(workspace):
    path = workspace.locations / "shop/location.yaml"
    path.write_text(path.read_text().replace("owner: team:shop", "owner: team:other"))
    render(workspace)
    (finding,) = check_workspace(workspace).findings
    assert (finding.id, finding.level, finding.where.line) == ("terms-edited", "warning", 2)
    assert finding.message.startswith("its owner is team:other, and its assets still say team:shop")
    graph = workspace.locations / "shop/graph.json"
    graph.write_text(graph.read_text().replace('"group": ""', '"group": "x"'))  # now nobody knows who wrote the owners
    assert {id for id, level, _ in found(workspace) if level == "error"} == {"edited-by-hand", "asset-owner"}


def test_a_contract_that_is_gone_is_named(workspace):
    (gone := workspace.locations / "shop/contracts/orders.odcs.yaml").unlink()
    (finding,) = [one for one in check_workspace(workspace).findings if one.id == "contract-hash"]
    assert (finding.level, finding.subject, finding.owner) == ("error", "shop/orders", "team:shop")
    assert "contracts/orders.odcs.yaml is not there" in finding.message
    assert finding.where.path == gone


def test_a_wrong_hash_under_a_sound_seal_is_found_when_every_file_is_read(workspace, shop):
    asset = replace(shop.graph.assets["shop/orders"], contract=ContractRef("1.0.0", "0123456789ab"))
    write_registration(workspace, replace(shop, graph=Graph({"shop/orders": asset})))
    render(workspace)
    assert found(workspace) == []
    assert found(workspace, every_file=True) == [("contract-hash", "error", "shop/orders")]


def test_two_with_one_key_are_both_told(workspace, shop):
    squatter = replace(shop.graph.assets["shop/orders"], contract=None, key="shop/orders")
    write_registration(workspace, registration("thief", {}, port=4300, graph=Graph({"shop/orders": squatter})))
    told = found(workspace)
    assert ("duplicate-key", "error", "shop/orders") in told
    assert ("key-outside-location", "error", "shop/orders") in told


def test_an_upstream_that_went_by_hand_is_not_taken_for_one_still_to_come(workspace, sales):
    (folder := workspace.locations / "shop").rename(workspace.root / "aside")
    render(workspace)
    assert found(workspace)[0] == ("upstream-gone", "error", "shop/orders")
    write_registration(workspace, replace(sales, waits_for=("shop/orders",)))
    checked = check_workspace(workspace)
    assert checked.pending == {"sales": ("shop/orders",)}
    assert [one.level for one in checked.findings] == ["warning"]
    (workspace.root / "aside").rename(folder)
    (folder / "graph.json").write_text("{")
    assert {id for id, _, _ in found(workspace)} >= {"unreadable-registration", "upstream-unreadable"}


def test_two_with_one_port_are_told_and_the_later_is_given_another(workspace, sales, shop):
    from platform_core.workspace.plan import Plan
    from platform_core.workspace.register import decide

    write_registration(workspace, replace(shop, port=sales.port))
    render(workspace)
    assert found(workspace) == [("port-taken", "error", "shop")]
    assert decide(Plan(replace(sales, port=0)), workspace).registration.port == sales.port
    assert decide(Plan(replace(shop, port=0)), workspace).registration.port != sales.port


def test_rendered_files_are_compared_where_there_are_any(workspace):
    workspace.catalog.write_text("{}")
    assert found(workspace) == [("rendered-outdated", "warning", "catalog.json")]
    (workspace.root / "workspace.yaml").write_text("{}")
    (finding,) = check_workspace(workspace).findings  # one command mends both
    assert (finding.id, finding.subject) == ("rendered-outdated", "catalog.json, workspace.yaml")
    assert finding.message.startswith("catalog.json and workspace.yaml are not what platform.yaml")
    for name in ("catalog.json", "CODEOWNERS", "dagster.yaml", "workspace.yaml"):
        (workspace.root / name).unlink()
    assert found(workspace) == []  # a clone that nobody deploys


def test_exemptions_are_listed_work_until_their_day_and_are_then_told(workspace):
    contract = workspace.locations / "shop/contracts/spare.odcs.yaml"
    reads = {**load_registry(workspace)["sales"].graph.assets}
    asset = replace(reads["sales/report"], contract=None)
    write_registration(
        workspace, registration("raw", {}, port=4400, graph=Graph({"raw/x": replace(asset, key="raw/x")}))
    )
    assert not contract.exists()
    (workspace.root / "exemptions.yaml").write_text(
        "exemptions:\n"
        "  - {location: raw, rule: dataset-without-contract, subject: raw/x, by: team:platform,\n"
        "     reason: It is replaced by the feed of the new supplier., until: 2026-09-30}\n"
    )
    checked = check_workspace(workspace, date(2026, 8, 1), servers=False)
    levels = {one.id: one.level for one in checked.findings}
    assert levels["dataset-without-contract"] == "info"
    assert [(one.location, one.subject) for one in checked.exemptions] == [("raw", "raw/x")]
    after = {one.id: one.level for one in check_workspace(workspace, date(2026, 9, 30), servers=False).findings}
    assert (after["dataset-without-contract"], after["exemption-expired"]) == ("error", "warning")


def asked_as(monkeypatch, **served):
    monkeypatch.setattr(check, "ask_deployed", lambda *_: Asked(served, "the deployment at http://127.0.0.1:3000"))


def test_what_runs_is_compared_with_what_is_registered(workspace, shop, sales, monkeypatch):
    hashes = {
        name: one.graph.assets[key].contract.hash
        for name, one, key in (("shop", shop, "shop/orders"), ("sales", sales, "sales/report"))
    }
    right = Served("serving", keys=("sales/report",), contracts={"sales/report": hashes["sales"]})
    asked_as(
        monkeypatch, sales=right, shop=Served("serving", keys=("shop/orders",), contracts={"shop/orders": "other"})
    )
    assert found(workspace) == [("deployed-contract", "warning", "shop/orders")]
    asked_as(monkeypatch, sales=right, shop=Served("serving", keys=()))
    assert found(workspace) == [("deployed-differs", "warning", "shop/orders")]
    asked_as(monkeypatch, sales=right, shop=Served("broken", "ImportError: no"))
    assert found(workspace) == [("not-served", "warning", "shop")]
    asked_as(monkeypatch, sales=right)
    assert found(workspace) == [("not-served", "warning", "shop")]
    assert found(workspace, servers=False) == []


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "json"])
def test_the_report_in_each_format(workspace, format_):
    (workspace.locations / "shop/stray.py").touch()
    (workspace.locations / "sales/graph.json").write_text("{")
    done = CliRunner().invoke(command, ["check", "--workspace", str(workspace.root), "--format", format_])
    assert done.exit_code == 1
    assert "stray-file" in done.output
    assert "unreadable-registration" in done.output
    if format_ == "json":
        data = json.loads(done.output)
        assert (data["locations"], {one["id"] for one in data["findings"]}) == (
            2,
            {"stray-file", "unreadable-registration", "rendered-outdated"},
        )
