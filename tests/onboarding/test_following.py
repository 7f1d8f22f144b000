"""One owner, many files: what follows from location.yaml is checked with its place, and written by one command."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from platform_core.cli.sync import sync
from platform_core.contracts import load_contracts
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.locations import load_location
from platform_core.locations.owners import owner_of
from platform_core.onboarding.following import check_following, follow

CASE = Path(__file__).parents[1] / "cases/location"
LOCATION = "name: shop\nowner: {owner}\norganisation: acme\nsupport: {{contact: '{contact}'}}\n"


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A location where everything follows; not to be changed."""
    root = tmp_path_factory.mktemp("following") / "shop"
    shutil.copytree(CASE, root)
    hand_over(root, "team:shop", "#shop-data")
    follow(root, new_catalog_info=True)
    return root


@pytest.fixture
def root(tmp_path: Path, following: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(following, tmp_path / "shop"))


def hand_over(root: Path, owner: str, contact: str = "#shop-data") -> None:
    (root / "location.yaml").write_text(LOCATION.format(owner=owner, contact=contact))


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_all_follows_and_a_second_time_changes_nothing(root: Path) -> None:
    assert check_following(root) == []
    before = snapshot(root)
    assert follow(root, new_catalog_info=True).files == ()
    assert snapshot(root) == before


@pytest.mark.parametrize("owner", ["team:night shift", "data@example.org"])
def test_a_change_of_owner_is_one_edit_and_one_command(root: Path, owner: str) -> None:
    """Each file that says otherwise is named with its line and the words to write; after `sync` none does."""
    hand_over(root, owner, "help@example.org")
    found = check_following(root)
    datasets = sorted(load_contracts(root / "contracts"))
    assert sorted(finding.id for finding in found) == sorted(
        ["codeowners", "catalog-info", "catalog-info", *["contract-owner", "contract-support"] * len(datasets)]
    )
    assert all(finding.where and finding.where.line and finding.level == "error" for finding in found)
    assert all("Write " in finding.fix and "platformctl sync" in finding.fix for finding in found)
    outcome = CliRunner().invoke(sync, ["--location-root", str(root)])
    assert (outcome.exit_code, outcome.output.count(": written.")) == (0, 2 + len(datasets))
    assert check_following(root) == []
    contracts = load_contracts(root / "contracts")
    assert {contract.owner for contract in contracts.values()} == {owner}
    assert {contract.data["support"][0]["url"] for contract in contracts.values()} == {"mailto:help@example.org"}
    hand_over(root, "kim@example.org", "#new")
    follow(root)
    (orders,) = (contract.data for name, contract in load_contracts(root / "contracts").items() if name == "orders")
    assert orders["team"] == {"members": [{"username": "kim@example.org", "role": "owner"}]}  # and nobody before
    assert orders["support"] == [{"id": "contact", "channel": "#new"}]
    hand_over(root, "team:shop", "#shop-data")
    follow(root)
    assert {contract.owner for contract in load_contracts(root / "contracts").values()} == {"team:shop"}
    assert not any("members" in contract.data["team"] for contract in load_contracts(root / "contracts").values())


def test_what_the_team_added_stays(root: Path) -> None:
    owners, contract = root / "CODEOWNERS", root / "contracts/orders.odcs.yaml"
    owners.write_text(owners.read_text() + "\n# sql is looked at by\n*.sql   @acme/dba # them\n")
    text = contract.read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("team:")]
    team = "team:  # who\n  name: shop # us\n  members:\n    - {username: kim, role: steward} # kim\n"
    text = text.replace(f"{line}\n", team)
    (line,) = [line for line in text.splitlines() if line.startswith("support:")]
    support = (
        "support:\n  - channel: '#more'  # of ours\n  - id: contact\n    channel: '#shop-data'\n    scope: issues\n"
    )
    contract.write_text(text.replace(f"{line}\n", support))
    assert check_following(root) == []
    hand_over(root, "team:bazaar", "#bazaar")
    follow(root)
    assert owners.read_text().endswith("\n# sql is looked at by\n*.sql   @acme/dba # them\n")
    after = contract.read_text()
    assert team.replace("shop", "bazaar") in after
    assert support.replace("#shop-data'", "#bazaar'").replace("'#bazaar'", "'#bazaar'") in after
    assert check_following(root) == []


def test_what_no_command_can_mend_is_left_with_its_place(root: Path) -> None:
    """A rule of the team's that gives all to another: below ours it counts, and it is not ours to change."""
    owners = root / "CODEOWNERS"
    owners.write_text(owners.read_text() + "* @acme/other\n")
    outcome = CliRunner().invoke(sync, ["--location-root", str(root)])
    assert outcome.exit_code == 1
    assert "Everything follows" not in outcome.output
    assert "CODEOWNERS:3: error codeowners: everything is given to @acme/other, not to @acme/shop." in outcome.output
    assert "fix: Write `* @acme/shop` here, or take the line out: `platformctl sync` leaves what" in outcome.output
    assert owners.read_text().endswith("* @acme/other\n")


def test_every_codeowners_file_is_looked_at(root: Path) -> None:
    """GitHub takes the one in .github, GitLab the one in the root: both have to say the same."""
    (root / ".github").mkdir()
    (root / ".github/CODEOWNERS").write_text("* @acme/other\n")
    (finding,) = check_following(root)
    assert finding.where and finding.where.path == root / ".github/CODEOWNERS"
    (root / ".github/CODEOWNERS").unlink()
    (root / "CODEOWNERS").unlink()
    (finding,) = check_following(root)
    assert (finding.level, "there is no CODEOWNERS" in finding.message) == ("warning", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("apiVersion: [", "is not valid YAML"),
        ("kind: API\n", "none of its entities is the Component of shop"),
        ("- 1\n", "none of its entities"),
        ("kind: Component\nspec: {owner: shop, type: t, lifecycle: l}\nmetadata: {name: shop}\n", "apiVersion"),
        ("{apiVersion: backstage.io/v1alpha1, kind: Component, metadata: {name: -a}, spec: {owner: shop, type: t,"
         " lifecycle: l}}", "metadata.name"),
        ("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop, annotations: {a/b: 1}}\n"
         "spec: {owner: group:shop, type: t, lifecycle: l}\n", "annotation a/b must be text"),
        ("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {owner: GROUP:default/Shop,"
         " type: t}\n", "spec.lifecycle is needed"),
        ("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec:\n  type: t\n  lifecycle:"
         " l\n", "spec.owner does not follow"),
    ],
)  # fmt: skip
def test_catalog_info_by_the_rules_of_backstage(root: Path, text: str, words: str) -> None:
    (root / "catalog-info.yaml").write_text(text)
    (finding,) = check_following(root)
    assert finding.id == "catalog-info" and words in finding.message
    follow(root)
    if "spec.owner" in words:
        assert yaml.safe_load((root / "catalog-info.yaml").read_text())["spec"]["owner"] == "group:default/shop"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "a: " + "[" * 40 + "]" * 40,
        "kind: Component\nmetadata: {name: shop, when: 2013-02-31}\n",
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(40)),
        "? [a]\n: b\n",
        "!!python/object:os.system {}\n",
        "\x00",
        "kind: Component\nmetadata: []\nspec: 7\n",
    ],
)
def test_a_hostile_catalog_info_is_told_and_left_alone(root: Path, text: str) -> None:
    (root / "catalog-info.yaml").write_text(text)
    assert {finding.id for finding in check_following(root)} == {"catalog-info"}
    assert follow(root).files == ()
    assert (root / "catalog-info.yaml").read_text() == text


def test_several_entities_in_one_file(root: Path) -> None:
    """Only the location's own Component is written to: the one annotated with it, whatever its name."""
    path = root / "catalog-info.yaml"
    path.write_text(path.read_text().replace("name: shop\n", "name: shop-data\n"))
    other = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: ui}\nspec: {owner: web, type: website}\n"
    )
    path.write_text(f"{other}---\n{path.read_text()}")
    assert check_following(root) == []
    hand_over(root, "team:bazaar")
    follow(root)
    assert path.read_text().startswith(f"{other}---\n")
    assert "owner: group:default/bazaar" in path.read_text()


def test_a_contract_that_says_nothing_is_worth_a_warning(root: Path) -> None:
    path = root / "contracts/orders.odcs.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith(("team:", "support:"))]
    path.write_text("\n".join(kept) + "\n")
    found = check_following(root)
    assert [(finding.id, finding.level) for finding in found] == [
        ("contract-owner", "warning"),
        ("contract-support", "warning"),
    ]
    follow(root)
    assert owner_of(yaml.safe_load(path.read_text())["team"]) == "team:shop"


def test_files_with_problems_of_their_own_are_left_alone(root: Path) -> None:
    path = root / "contracts/orders.odcs.yaml"
    path.write_text("name: orders\nname: again\n")
    hand_over(root, "team:bazaar")
    assert "contracts/orders.odcs.yaml" not in follow(root).files
    (root / "location.yaml").write_text("name: shop\n")
    assert check_following(root) == []
    with pytest.raises(FindingsError):
        follow(root)


def test_a_dry_run_writes_nothing(root: Path) -> None:
    hand_over(root, "team:bazaar")
    before = snapshot(root)
    outcome = CliRunner().invoke(sync, ["--location-root", str(root), "--dry-run"])
    assert (outcome.exit_code, "CODEOWNERS: would be written." in outcome.output) == (0, True)
    assert snapshot(root) == before


def test_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("* @them\n")
    (root / "CODEOWNERS").unlink()
    (root / "CODEOWNERS").symlink_to(tmp_path / "theirs")
    with pytest.raises(PlatformError, match="is a link"):
        follow(root)
    assert (tmp_path / "theirs").read_text() == "* @them\n"


_KILLED = """
import os, signal, sys
from pathlib import Path
from platform_core.onboarding.following import follow
count, rename = int(sys.argv[2]), Path.rename
def killing(self, target):
    global count
    count -= 1
    if count < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = killing
follow(Path(sys.argv[1]))
"""


@pytest.mark.processes
@pytest.mark.parametrize("renames", [0, 1, 4])
def test_killed_in_between_each_file_is_the_old_or_the_new_one(root: Path, renames: int) -> None:
    """And the same command again completes it."""
    old = snapshot(root)
    hand_over(root, "team:bazaar")
    done = subprocess.run([sys.executable, "-c", _KILLED, str(root), str(renames)], check=False)
    assert done.returncode == -signal.SIGKILL
    killed = snapshot(root)
    follow(root)
    new = snapshot(root)
    assert sum(killed[name] != old[name] for name in old) == renames + 1  # and location.yaml
    assert all(killed[name] in (old[name], new[name]) for name in old)
    assert check_following(root) == []


def test_the_words_to_write_are_yaml_that_says_so(root: Path) -> None:
    hand_over(root, "team:shop", "#night: shift")
    (finding,) = [one for one in check_following(root) if one.id == "catalog-info"]
    words = finding.fix.removeprefix("Write ").removesuffix(". Or run: platformctl sync.")
    assert yaml.safe_load(words) == {"platformctl/support": "#night: shift"}


def test_json_of_a_finding_names_file_and_line(root: Path) -> None:
    from platform_core.formats.findings import render

    hand_over(root, "team:bazaar")
    places = {
        (item["id"], Path(item["path"]).name, item["line"])
        for item in json.loads(render(check_following(root), "json"))
    }
    assert {("codeowners", "CODEOWNERS", 2), ("catalog-info", "catalog-info.yaml", 14)} <= places
    assert load_location(root).organisation == "acme"
