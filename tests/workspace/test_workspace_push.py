"""Registering into a git workspace: real git, real remotes; the locations are prepared, and load no code."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from git_workspace import files, git, make_remote, merge, push
from places import CONTRACT, registration

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.warehouse import PublicationRecord
from platform_core.workspace import find_workspace, load_registry, private_clone, pushing
from platform_core.workspace.authors import identity
from platform_core.workspace.remote import remote_of
from platform_core.workspace.terms import contract_of
from platform_core.workspace.warehouses import warehouse_of

pytestmark = pytest.mark.processes

SHOP = registration("shop", {"orders": []})
MORE = registration("shop", {"orders": [], "refunds": []})


@pytest.fixture(autouse=True)
def own_git(monkeypatch, tmp_path):
    """The user's git configuration is none of a test's business."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("GITHUB_ACTOR", "GITLAB_USER_NAME", "BUILD_REQUESTEDFOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    return make_remote(tmp_path_factory.mktemp("seed"))


@pytest.fixture
def remote(seed, tmp_path):
    """A bare repository, and a clone of it."""
    bare, clone = tmp_path / "bare.git", tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--bare", str(seed[0]), str(bare))
    git(tmp_path, "clone", "-q", str(bare), str(clone))
    return bare, clone


@pytest.fixture
def root(tmp_path):
    """The checkout of a location: its origin says where it comes from."""
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", "https://someone:t0k3n@git.example/shop.git")
    return folder


def test_a_first_registration_is_proposed_and_a_later_one_goes_in_by_itself(remote, root):
    bare, clone = remote
    main = git(bare, "rev-parse", "main")
    outcome, pushed = push(root, SHOP, clone)
    assert (outcome.verdict, pushed.branch) == ("proposed", "onboard/shop")
    assert git(bare, "rev-parse", "main") == main
    assert git(bare, "log", "-1", "--format=%s", "onboard/shop") == "Register shop: 1 dataset"
    assert "locations/shop/contracts/orders.odcs.yaml" in files(bare, "onboard/shop")

    merge(clone, "onboard/shop")
    outcome, pushed = push(root, SHOP, clone)
    assert (outcome.verdict, pushed.commit) == ("unchanged", "")
    outcome, pushed = push(root, MORE, bare.as_uri())  # by its address, with no clone at all
    assert (outcome.verdict, pushed.branch) == ("updated", "main")
    assert git(bare, "log", "-1", "--format=%b", "main").splitlines() == [
        "+ shop/refunds",
        "",
        "Owner: team:shop",
        "Source: https://git.example/shop",
    ]
    git(clone, "pull", "-q")
    assert load_registry(find_workspace(clone))["shop"].graph == MORE.graph


def test_a_persons_clone_is_not_disturbed_and_no_hooks_run(remote, root, tmp_path, monkeypatch):
    bare, clone = remote
    (tmp_path / "hooks").mkdir()
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path / 'hooks'}\n")
    (everywhere := tmp_path / "hooks/post-index-change").write_text(f"#!/bin/sh\ntouch {clone}/hooked\n")
    everywhere.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (clone / "notes.txt").write_text("half a thought")
    (clone / "platform.yaml").write_text((clone / "platform.yaml").read_text() + "# being edited\n")
    hook = clone / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {clone}/hooked\nexit 1\n")
    hook.chmod(0o755)
    before = (git(clone, "status", "--porcelain"), git(clone, "rev-parse", "HEAD"), git(clone, "branch", "-a"))
    assert push(root, SHOP, clone)[0].verdict == "proposed"
    assert (git(clone, "status", "--porcelain"), git(clone, "rev-parse", "HEAD"), git(clone, "branch", "-a")) == before
    assert not (clone / "hooked").exists()
    assert "notes.txt" not in files(bare, "onboard/shop")
    assert "# being edited" not in git(bare, "show", "onboard/shop:platform.yaml")


def test_published_data_is_looked_for_in_the_named_checkout(remote, root):
    """The private clone holds none; by an address alone there is none, and that is said."""

    def with_name(version, about):
        contract = CONTRACT.format(location="shop", dataset="orders", version=version)
        text = f"{contract}      - {{name: place, logicalType: string{about}}}\n"
        return replace(SHOP, contracts={"orders": text.encode()})

    bare, clone = remote
    loose, strict = with_name("1.0.0", ""), with_name("1.1.0", ", required: true")
    push(root, loose, clone)
    merge(clone, "onboard/shop")
    git(clone, "pull", "-q")
    table = warehouse_of(find_workspace(clone), "shop").table(AssetId("shop", "orders"))
    with table.stage(None, "run-1") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1::BIGINT AS id, NULL::VARCHAR AS place", contract_of(loose, "orders"))
        table.publish(stage, PublicationRecord("run-1", "1.0.0", "abc"))
    found = {one.id: one for one in push(root, strict, clone, dry_run=True)[0].findings}
    assert "required_place: 1 row" in found["published-data-violates"].message
    found = {one.id: one for one in push(root, strict, bare.as_uri(), dry_run=True)[0].findings}
    assert "the folder warehouse is not on this machine" in found["published-data-unseen"].message


def test_a_dry_run_pushes_nothing(remote, root):
    bare, clone = remote
    assert push(root, SHOP, clone, dry_run=True)[0].verdict == "would-propose"
    assert git(bare, "branch", "--format=%(refname:short)") == "main"


def test_a_proposal_follows_its_location_and_is_its_own(remote, root):
    bare, clone = remote
    push(root, SHOP, clone)
    first = git(bare, "rev-parse", "onboard/shop")
    assert push(root, SHOP, clone)[1].commit == ""  # nothing new
    git(clone, "commit", "-q", "--allow-empty", "-m", "the workspace goes on")
    git(clone, "push", "-q")
    assert push(root, MORE, clone)[1].commit
    assert git(bare, "merge-base", "onboard/shop", first) == first  # added to, never overwritten
    assert git(bare, "merge-base", "onboard/shop", "main") == git(bare, "rev-parse", "main")

    git(root, "remote", "set-url", "origin", "https://git.example/other")
    other = replace(SHOP, repository="https://git.example/other")
    outcome, pushed = push(root, other, clone)
    assert (outcome.verdict, pushed.commit) == ("refused", "")
    assert outcome.findings[-1].id == "name-proposed"
    assert "https://git.example/shop (team:shop)" in outcome.findings[-1].message


def test_a_location_shows_a_source_that_is_its_own(remote, root):
    git(root, "remote", "set-url", "origin", "https://git.example/copied")
    outcome, _ = push(root, SHOP, remote[1])
    assert (outcome.verdict, [finding.id for finding in outcome.findings]) == ("refused", ["repository-differs"])
    git(root, "remote", "remove", "origin")
    outcome, _ = push(root, replace(SHOP, repository=root.as_uri()), remote[1])
    assert (outcome.verdict, [finding.id for finding in outcome.findings]) == ("refused", ["repository-missing"])


def test_files_that_were_not_committed_are_told(remote, root):
    (root / "src").mkdir()
    (root / "src/new.py").touch()
    outcome, _ = push(root, SHOP, remote[1])
    assert (outcome.verdict, [finding.id for finding in outcome.findings]) == ("proposed", ["uncommitted"])


def test_who_is_faster_is_joined_and_the_gate_is_asked_again(remote, root, monkeypatch):
    """Another registration goes in between the fetch and the push, and what it did counts."""
    bare, clone = remote
    push(root, SHOP, clone)
    merge(clone, "onboard/shop")
    monkeypatch.setattr(pushing.time, "sleep", lambda seconds: None)
    real = private_clone.PrivateClone.push
    meanwhile = []

    def slow(self, commit, branch):
        if not meanwhile:
            meanwhile.append("somebody else")
            (clone / "locations/erp").mkdir()
            (clone / "locations/erp/note.txt").write_text("theirs")
            git(clone, "add", "-A")
            git(clone, "commit", "-q", "-m", "erp")
            git(clone, "push", "-q", "origin", "main")
        return real(self, commit, branch)

    monkeypatch.setattr(private_clone.PrivateClone, "push", slow)
    outcome, pushed = push(root, MORE, clone)
    assert (outcome.verdict, pushed.attempts) == ("updated", 2)
    assert {"locations/erp/note.txt", "locations/shop/contracts/refunds.odcs.yaml"} <= set(files(bare))


def test_of_two_builds_of_one_location_the_newer_commit_stays(remote, root, monkeypatch):
    _, clone = remote
    push(root, SHOP, clone)
    merge(clone, "onboard/shop")
    commits = []
    for word in ("older", "newer"):
        git(root, "commit", "-q", "--allow-empty", "-m", word)
        commits.append(git(root, "rev-parse", "HEAD"))
    monkeypatch.setattr(pushing.time, "sleep", lambda seconds: None)
    real, newer = private_clone.PrivateClone.push, replace(MORE, commit=commits[1])

    def overtaken(self, commit, branch):
        monkeypatch.setattr(private_clone.PrivateClone, "push", real)
        assert push(root, newer, clone)[0].verdict == "updated"
        return real(self, commit, branch)

    monkeypatch.setattr(private_clone.PrivateClone, "push", overtaken)
    assert push(root, replace(SHOP, commit=commits[0]), clone)[0].verdict == "superseded"
    git(clone, "pull", "-q")
    assert load_registry(find_workspace(clone))["shop"].commit == commits[1]
    assert push(root, replace(SHOP, commit=commits[0]), clone)[0].verdict == "updated"  # on purpose, it may go back


def test_it_gives_up_when_others_are_always_faster(remote, root, monkeypatch):
    monkeypatch.setattr(pushing, "ATTEMPTS", 3)
    monkeypatch.setattr(pushing.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(private_clone.PrivateClone, "push", lambda *_: private_clone.PushAnswer("behind"))
    with pytest.raises(PlatformError, match="others were faster 3 times"):
        push(root, SHOP, remote[1])


def refusing(bare: Path, name: str, words: str) -> None:
    hook = bare / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("GH006: Protected branch update failed", "protects the branch onboard/shop"),
        ("commits must name a ticket", "A hook, or a rule of the repository, refuses it"),
    ],
)
def test_a_remote_that_refuses_is_told_with_its_words(remote, root, words, told):
    refusing(remote[0], "pre-receive", words)
    with pytest.raises(PlatformError) as caught:
        push(root, SHOP, remote[1])
    assert told in str(caught.value)
    assert words in str(caught.value)


def test_places_that_cannot_be_pushed_to_say_why(remote, root, tmp_path):
    bare, clone = remote
    git(clone, "remote", "rename", "origin", "one")
    git(clone, "remote", "add", "two", str(bare))
    git(clone, "checkout", "-q", "--detach")
    (tmp_path / "empty.git").mkdir()
    git(tmp_path / "empty.git", "init", "-q", "--bare")
    (tmp_path / "plain").mkdir()
    for place, told in (
        (clone, "has several remotes (one, two)"),
        (tmp_path / "plain", "is not a clone of a git repository"),
        ((tmp_path / "none.git").as_uri(), "cannot be read"),
        ((tmp_path / "empty.git").as_uri(), "has no branch yet"),
        (seedless(tmp_path), "holds no workspace on main"),
    ):
        with pytest.raises(PlatformError) as caught:
            push(root, SHOP, place)
        assert told in str(caught.value)
    git(clone, "remote", "remove", "one")
    git(clone, "remote", "remove", "two")
    with pytest.raises(PlatformError, match="has no remote to push to"):
        push(root, SHOP, clone)


def seedless(folder: Path) -> str:
    bare, clone = folder / "other.git", folder / "other"
    git(folder, "init", "-q", "--bare", "--initial-branch=main", str(bare))
    git(folder, "clone", "-q", str(bare), str(clone))
    git(clone, "commit", "-q", "--allow-empty", "-m", "something else")
    git(clone, "push", "-q", "origin", "HEAD:main")
    return bare.as_uri()


def test_credentials_are_used_and_never_shown(root, tmp_path):
    address = "https://someone:t0k3n@127.0.0.1:9/workspace.git"
    with pytest.raises(PlatformError) as caught:
        push(root, SHOP, address)
    assert "127.0.0.1:9/workspace.git cannot be read" in str(caught.value)
    assert "t0k3n" not in str(caught.value)
    assert "t0k3n" not in repr(remote_of(address))
    assert ("remote.workspace.url", address) in remote_of(address).settings


def test_no_command_of_an_address_is_run(remote, root, tmp_path):
    command = f"ext::sh -c touch% {tmp_path}/run"
    with pytest.raises(PlatformError):
        push(root, SHOP, command)
    git(remote[1], "config", "remote.origin.url", command)
    with pytest.raises(PlatformError, match="transport 'ext' not allowed"):
        push(root, SHOP, remote[1])
    with pytest.raises(PlatformError):
        push(root, SHOP, f"--upload-pack=touch {tmp_path}/run")
    assert not (tmp_path / "run").exists()


def test_the_settings_by_which_a_clone_logs_in_are_taken_along(remote):
    _, clone = remote
    git(clone, "config", "http.https://git.example/.extraheader", "AUTHORIZATION: basic c2VjcmV0")
    git(clone, "config", "alias.evil", "!touch evil")
    settings = dict(remote_of(clone).settings)
    assert settings["http.https://git.example/.extraheader"] == "AUTHORIZATION: basic c2VjcmV0"
    assert "alias.evil" not in settings


def test_a_path_to_the_remote_starts_at_the_clone(remote, root):
    git(remote[1], "remote", "set-url", "origin", "../bare.git")
    assert push(root, SHOP, remote[1])[0].verdict == "proposed"


def test_a_workspace_may_be_a_folder_of_a_repository(root, tmp_path):
    bare, clone = make_remote(tmp_path / "made")
    git(clone, "rm", "-q", "-r", "--cached", ".")
    (clone / "data").mkdir()
    for name in ("platform.yaml", "locations", ".gitignore"):
        (clone / name).rename(clone / "data" / name)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "Into a folder")
    git(clone, "push", "-q")
    assert push(root, SHOP, clone / "data")[0].verdict == "proposed"
    assert "data/locations/shop/location.yaml" in files(bare, "onboard/shop")


def test_links_of_the_repository_are_not_followed(remote, root, tmp_path):
    _, clone = remote
    outside = tmp_path / "outside"
    outside.mkdir()
    (clone / "locations/shop").symlink_to(outside)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "a link")
    git(clone, "push", "-q")
    outcome, _ = push(root, SHOP, clone)
    assert (outcome.verdict, outcome.findings[0].id) == ("refused", "unreadable-registration")
    assert list(outside.iterdir()) == []
    git(clone, "rm", "-q", "-r", "locations")
    (clone / "locations").symlink_to(outside)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "a worse link")
    git(clone, "push", "-q")
    with pytest.raises(PlatformError):
        push(root, SHOP, clone)
    assert list(outside.iterdir()) == []


def test_the_author_is_the_person_else_the_build_else_the_tool(root):
    assert dict(identity([root], {})) == {"user.name": "platformctl", "user.email": "platformctl@localhost"}
    build = {"GITLAB_USER_NAME": "Grace", "GITLAB_USER_EMAIL": "grace@example.org"}
    assert dict(identity([root], build))["user.email"] == "grace@example.org"
    assert dict(identity([root], {"GITHUB_ACTOR": "a<b>\nc"})) == {"user.name": "abc", "user.email": "abc@localhost"}
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    assert dict(identity([root], build)) == {"user.name": "Ada", "user.email": "ada@example.org"}


def test_what_is_pushed_is_what_register_says_as_json(remote, root):
    from platform_core.cli.registered import as_data

    outcome, pushed = push(root, SHOP, remote[1])
    data = json.loads(json.dumps(as_data(outcome, None, pushed)))
    assert data["verdict"] == "proposed"
    assert data["pushed"]["branch"] == "onboard/shop"
