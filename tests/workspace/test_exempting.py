"""Exemptions where they count: at a registration, in the whole workspace; granted by the platform team, until a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from gate_cases import CASES, registered

from platform_core import clock
from platform_core.exemptions import Exemption
from platform_core.exemptions.rules import AT_REST, BY_PLATFORM, BY_TEAM
from platform_core.findings import Finding
from platform_core.workspace import Workspace, init_workspace
from platform_core.workspace.check import check_workspace
from platform_core.workspace.exempting import after_exemptions, granted, whole_workspace
from platform_core.workspace.gate import gate
from platform_core.workspace.plan import Plan
from platform_core.workspace.register import decide
from platform_core.workspace.registry import write_registration

DAY = date(2026, 3, 1)
GRANTED = {
    "location": "shop",
    "rule": "dataset-in-use",
    "subject": "shop/orders",
    "reason": "Both readers are switched off on the first of April.",
    "until": date(2026, 4, 1),
    "by": "team:platform",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")


def grant(workspace: Workspace, *entries: dict[str, object]) -> None:
    (workspace.root / "exemptions.yaml").write_text(yaml.safe_dump({"exemptions": list(entries)}))


def on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
    monkeypatch.setattr("platform_core.clock._now", lambda: now)


def test_a_new_workspace_grants_nothing(workspace: Workspace) -> None:
    assert granted(workspace, DAY) == type(granted(workspace, DAY))()
    (workspace.root / "exemptions.yaml").unlink()  # as one of an earlier release
    assert granted(workspace, DAY).exemptions == ()


@pytest.mark.parametrize("text", ["exemptions: [", "- a\n", "exemptions: 7\n", "exemptions: [{rule: x}]\n"])
def test_a_spoilt_file_grants_nothing_and_is_told_by_workspace_check(workspace: Workspace, text: str) -> None:
    (workspace.root / "exemptions.yaml").write_text(text)
    assert granted(workspace, DAY).exemptions == ()
    assert [finding.level for finding in check_workspace(workspace, DAY).findings][:1] == ["error"]


def test_what_is_granted_lets_a_registration_pass_until_its_day(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same plan, judged by the same function as `register` and `check` do."""
    case = yaml.safe_load((CASES / "dataset-in-use.yaml").read_text())
    for said in case["workspace"]:
        write_registration(workspace, registered(said))
    plan = Plan(registered(case["location"]))
    on(monkeypatch, DAY)
    assert decide(plan, workspace).verdict == "refused"
    grant(workspace, GRANTED)
    outcome = decide(plan, workspace)
    assert outcome.verdict == "would-update"
    exempt = [finding for finding in outcome.findings if finding.id == "dataset-in-use"]
    assert {finding.level for finding in exempt} == {"info"}
    assert all(finding.message.endswith(f"Exempt until 2026-04-01: {GRANTED['reason']}") for finding in exempt)
    on(monkeypatch, date(2026, 3, 31))
    soon = [finding for finding in decide(plan, workspace).findings if finding.id == "dataset-in-use"]
    assert {finding.level for finding in soon} == {"warning"} and "1 day from now" in soon[0].message
    on(monkeypatch, date(2026, 4, 1))
    assert decide(plan, workspace).verdict == "refused"


def test_an_exempt_break_is_still_one_that_the_version_says(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, DAY)
    before = registered({"name": "shop", "datasets": {"orders": {"columns": {"id": "integer", "place": "string"}}}})
    desk = registered({"name": "desk", "datasets": {"days": {"reads": {"shop/orders": ["place"]}}}})
    for one in (before, desk):
        write_registration(workspace, one)

    def told(version: str) -> dict[str, str]:
        new = registered({"name": "shop", "datasets": {"orders": {"version": version}}})
        return {one.id: one.level for one in decide(Plan(new), workspace).findings if one.level != "info"}

    assert told("1.0.0") == {"column-removed": "error"}  # no version makes it right
    grant(workspace, {**GRANTED, "rule": "column-removed", "subject": "shop/orders.place"})
    assert told("1.0.0") == told("1.0.1") == {"version-not-raised": "error"}
    assert told("1.1.0") == told("2.0.0") == {}


def test_it_is_for_the_location_it_names(workspace: Workspace) -> None:
    grant(workspace, GRANTED, {**GRANTED, "location": "desk", "subject": "desk/days"})
    found = [Finding("dataset-in-use", "error", subject, "in use.") for subject in ("shop/orders", "desk/days")]
    levels = [finding.level for finding in after_exemptions(found, "shop", DAY, workspace=workspace)]
    assert levels == ["info", "error"]


def test_a_location_cannot_grant_itself_what_protects_others(workspace: Workspace, tmp_path: Path) -> None:
    """Its own file works for its own rules; what is wrong in it is told."""
    own = {key: value for key, value in GRANTED.items() if key not in ("location", "by")}
    mine = {**own, "rule": "need-not-met"}
    text = yaml.safe_dump({"name": "shop", "owner": "team:shop", "exemptions": [own, mine]})
    (tmp_path / "location.yaml").write_text(text)
    found = [Finding(rule, "error", "shop/orders", "wrong.") for rule in ("dataset-in-use", "need-not-met")]
    after = after_exemptions(found, "shop", DAY, root=tmp_path, workspace=workspace)
    assert [(finding.id, finding.level) for finding in after] == [
        ("dataset-in-use", "error"),
        ("need-not-met", "info"),
        ("exemption", "error"),
    ]
    told = after_exemptions([], "shop", DAY, root=tmp_path, workspace=workspace, every_rule=True)
    assert [finding.id for finding in told] == ["exemption", "exemption-unused"]
    alone = after_exemptions([], "shop", DAY, root=tmp_path, every_rule=True)  # nobody knows whether the need is met
    assert [finding.id for finding in alone] == ["exemption"]
    assert [finding.id for finding in after_exemptions([], "shop", DAY, root=tmp_path)] == ["exemption"]
    late = after_exemptions([], "shop", date(2026, 4, 1), root=tmp_path)
    assert [finding.id for finding in late] == ["exemption", "exemption-expired"]


def test_the_whole_workspace(workspace: Workspace) -> None:
    """Applied by location; unused, expired and those for nobody are told; what works is listed, teams' own as well."""
    ended = {**GRANTED, "subject": "shop/bills", "until": DAY}
    idle = {**GRANTED, "rule": "unknown-upstream", "subject": "shop/other"}
    to_come = {**GRANTED, "subject": "shop/old"}
    foreign = {**GRANTED, "location": "desk", "rule": "column-removed", "subject": "shop/orders.id"}
    grant(workspace, GRANTED, ended, {**GRANTED, "location": "gone"}, idle, to_come, foreign)
    own = Exemption("automation-stopped", "shop.s", "They are started by hand this month.", DAY + timedelta(99), by="")
    own = Exemption(**{**own.__dict__, "location": "shop"})
    findings = {
        "shop": [
            Finding("dataset-in-use", "error", "shop/orders", "in use."),
            Finding("dataset-in-use", "error", "shop/bills", "in use."),
            Finding("automation-stopped", "error", "shop.s", "stopped."),
        ],
        "desk": [Finding("dataset-in-use", "error", "shop/orders", "in use.")],
    }
    found = whole_workspace(workspace, findings, DAY, [own])
    assert [finding.level for finding in found.findings["shop"]] == ["info", "error", "info"]
    assert [finding.level for finding in found.findings["desk"]] == ["error"]
    assert sorted((finding.id, finding.subject, finding.owner) for finding in found.about) == [
        ("exemption-expired", "shop/bills", "team:platform"),
        ("exemption-unused", "gone", "team:platform"),
        ("exemption-unused", "shop/orders.id", "team:platform"),
        ("exemption-unused", "shop/other", "team:platform"),
    ]
    (said,) = [finding for finding in found.about if finding.subject == "shop/orders.id"]
    assert said.where is not None and said.where.line > 1
    assert said.fix == "Write location: shop, or remove it."
    assert sorted(one.subject for one in found.standing) == [
        "shop.s",
        "shop/old",
        "shop/orders",
        "shop/other",
    ]


def test_exemptions_that_stand_are_listed_as_sentences(workspace: Workspace) -> None:
    from click.testing import CliRunner

    from platform_core.cli.workspace import workspace as command

    write_registration(workspace, registered({"name": "shop"}))
    grant(workspace, {**GRANTED, "until": clock.today() + timedelta(90)})
    said = CliRunner().invoke(command, ["check", "--no-servers", "--workspace", str(workspace.root)]).output
    until = clock.today() + timedelta(90)
    assert said.splitlines()[-1] == (
        f"  until {until}: shop: shop/orders from dataset-in-use, by team:platform: {GRANTED['reason']}"
    )


def test_what_the_workspace_at_rest_shows() -> None:
    """Only of these rules an exemption can be told to be unused: each case of the gate is looked at once it stands."""
    shown = set()
    for file in sorted(CASES.glob("*.yaml")):
        case = yaml.safe_load(file.read_text())
        new = registered(case["location"])
        registry = {said["name"]: registered(said) for said in case.get("workspace", [])} | {new.name: new}
        found = gate(new, registry, case.get("allow_pending", False), today=case.get("today", DAY))
        shown |= {finding.id for finding in found}
    assert shown & (BY_TEAM | BY_PLATFORM) == AT_REST
