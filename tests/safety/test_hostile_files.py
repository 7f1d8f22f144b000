"""Files of teams, of the platform and of registrations: whatever they hold, findings or what can be used."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile_contracts import SOUND
from hostile_files import LOCATION, NEED, PLATFORM, WORKSPACE_EXEMPTIONS, spoilt_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_core.contracts import parse_contract
from platform_core.documents import Document, read_document
from platform_core.exemptions import read_exemptions
from platform_core.findings import Finding, FindingsError
from platform_core.formats.findings import render
from platform_core.lineage import Asset, Check, ContractRef, Graph
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.needs import parse_need
from platform_core.locations import check_location, load_location
from platform_core.workspace import Registration
from platform_core.workspace.folder import Folder
from platform_core.workspace.gate import gate
from platform_core.workspace.parsing import parse_registration
from platform_core.workspace.registration import registration_files
from platform_core.workspace.settings import Settings, load_settings

FEW = settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=250)
TODAY = datetime.date(2027, 1, 1)


def _said(findings: list[Finding]) -> bool:
    """Whether there is an error; all of them can be shown."""
    for form in ("text", "json", "markdown", "github"):
        render(findings, form).encode()
    return any(finding.level == "error" for finding in findings)


def _location(folder: Path, data: dict[str, Any]) -> None:
    path = folder / "location.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    document = read_document(path, path.read_bytes())
    wrong = bool(document.problems) or _said(list(check_location(document)))
    read = read_exemptions(document, TODAY, by_team=True) if not document.problems else None
    if read:
        _said(list(read.findings))
    try:
        location = load_location(folder)
    except FindingsError:
        assert wrong
        return
    assert not wrong
    assert location.name == data["name"]
    texts = [location.owner, location.description, location.contact, location.webhook_secret, location.organisation]
    assert all(isinstance(text, str) for text in (*texts, location.repository, location.engine, *location.secrets))


def _platform(folder: Path, data: dict[str, Any]) -> None:
    path = folder / "platform.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    try:
        found = load_settings(folder)
    except FindingsError as error:
        assert _said(list(error.findings))
        return
    assert isinstance(found.port, int) and found.deprecation is not None
    assert all(isinstance(places, int) for places in found.pools.values())


def _need(data: dict[str, Any]) -> None:
    document = Document(Path("flight_ops.flights.yaml"), data)
    if _said(need_findings(document)):
        return
    need = parse_need(document)
    for contract in SOUND[:3]:
        for one in unmet(need, parse_contract(Document(Path("x.odcs.yaml"), contract))):
            assert one.message


def _exempted(data: dict[str, Any]) -> None:
    read = read_exemptions(Document(Path("exemptions.yaml"), data), TODAY, by_team=False)
    _said(list(read.findings))
    assert all(isinstance(one.until, datetime.date) and one.reason for one in read.exemptions)


def _registration(name: str, deps: tuple[str, ...] = (), **changed: Any) -> Registration:
    contract = {**SOUND[-1], "version": "1.0.0"}
    reference = ContractRef("1.0.0", parse_contract(Document(Path("orders.odcs.yaml"), contract)).hash)
    one = Asset(
        f"{name}/orders", deps=deps, owners=(f"team:{name}",), checks=(Check("required_i", True),), contract=reference
    )
    two = Asset(f"{name}/totals", deps=(one.key,), reads=dict.fromkeys(deps, ("i",)))
    contracts = {"orders": yaml.safe_dump(contract).encode()}
    facts: dict[str, Any] = {
        "contact": f"#{name}",
        "description": "One.",
        "commit": "abc",
        "versions": {"dagster": "1.13.27"},
    }
    facts |= {"secrets": ("KEY",), "port": 4100, "python": "/usr/bin/python3", "root": f"/srv/{name}", "package": name}
    facts["graph"] = Graph({one.key: one, two.key: two}, {f"{name}_sensor": "RUNNING"})
    facts["contracts"] = contracts
    return Registration(name, f"team:{name}", f"https://git.example/{name}", **{**facts, **changed})


SHOP = _registration("shop", ("far/orders",), needs={"far.orders": b"dataset: far/orders\n"})
FAR = _registration("far")
FILES = registration_files(SHOP)


@st.composite
def folders(draw: st.DrawFn) -> dict[str, bytes]:
    """The files of a registration with one of them spoilt: as data, or as bytes."""
    files = dict(FILES)
    name = draw(st.sampled_from(sorted(files)))
    if draw(st.integers(0, 3)) == 0:
        raw = files[name]
        start = draw(st.integers(0, len(raw)))
        cut = raw[start : start + draw(st.integers(0, 30))]
        files[name] = (
            raw[:start]
            + draw(st.sampled_from([b"", cut * 3, b"\xff", b"{", b"[[[[", b'"', b"NaN", b"1e999"]))
            + raw[start + len(cut) :]
        )
    elif name.endswith(".json"):
        files[name] = json.dumps(draw(spoilt_file(json.loads(files[name]))), default=str).encode()
    else:
        files[name] = yaml.safe_dump(draw(spoilt_file(yaml.safe_load(files[name])))).encode()
    return files


def _registered(files: dict[str, bytes]) -> None:
    folder = Folder(Path("workspace/locations/shop"), files)
    found, problems = parse_registration(folder)
    if found is None:
        assert _said(list(problems)), "neither a registration nor a word why"
        return
    assert not _said(list(problems))
    again, _ = parse_registration(Folder(folder.path, registration_files(found)))
    assert again == found, "what is read can be written, and read again"
    _said(list(gate(found, {"far": FAR, "shop": SHOP}, today=TODAY)))
    _said(list(gate(FAR, {"far": FAR, "shop": found}, today=TODAY)))


def test_the_files_that_are_spoilt_were_sound(tmp_path: Path) -> None:
    (tmp_path / "location.yaml").write_text(yaml.safe_dump(LOCATION))
    (tmp_path / "platform.yaml").write_text(yaml.safe_dump(PLATFORM))
    assert load_location(tmp_path).name == "shop"
    assert load_settings(tmp_path).port == 3000
    assert need_findings(Document(Path("flight_ops.flights.yaml"), NEED)) == []
    assert parse_registration(Folder(Path("locations/shop"), FILES)) == (SHOP, ())


OWN = st.tuples(*(spoilt_file(sound) for sound in (LOCATION, PLATFORM, NEED, WORKSPACE_EXEMPTIONS)))


def _files(folder: Path, own: tuple[Any, Any, Any, Any]) -> None:
    location, platform, need, exempt = own
    _location(folder, location)
    _platform(folder, platform)
    _need(need)
    _exempted(exempt)


@FEW
@given(OWN)
def test_any_file(tmp_path_factory: pytest.TempPathFactory, own: Any) -> None:
    _files(tmp_path_factory.mktemp("files"), own)


@FEW
@given(folders())
def test_any_registration(files: dict[str, bytes]) -> None:
    _registered(files)


@pytest.mark.slow
@MANY
@given(OWN, folders())
def test_many_files(tmp_path_factory: pytest.TempPathFactory, own: Any, files: Any) -> None:
    _files(tmp_path_factory.mktemp("files"), own)
    _registered(files)


@pytest.mark.parametrize("changed", [{"webserver": True}, {"runs": ["max"]}, {"warehouse": {}}, {"pools": 3}])
def test_settings_that_ended_in_a_traceback(tmp_path: Path, changed: dict[str, Any]) -> None:
    _platform(tmp_path, {**PLATFORM, **changed})
    with pytest.raises(FindingsError):
        load_settings(tmp_path)


def test_what_is_left_empty_is_what_it_is_by_default(tmp_path: Path) -> None:
    empty = {"webserver": {"port": None}, "grpc_base_port": None, "runs": {"max": None, "max_per_location": None}}
    _platform(tmp_path, {**PLATFORM, **empty})
    found = load_settings(tmp_path)
    assert (found.grpc_base_port, found.max_runs) == (found.port + 1, Settings.max_runs)


@pytest.mark.parametrize("dep", ["a.b.c", "25:00:00", "SELECT (", "a/b/c", "far/Orders"])
def test_plain_dagster_may_depend_on_what_is_no_dataset(dep: str) -> None:
    """The gate says that nobody publishes it; it does not end there."""
    graph = {"shop/orders": Asset("shop/orders", deps=(dep,), owners=("team:shop",))}
    found = gate(_registration("shop", graph=Graph(graph)), {"far": FAR}, today=TODAY)
    assert "unknown-upstream" in {finding.id for finding in found} or any(dep in finding.message for finding in found)
