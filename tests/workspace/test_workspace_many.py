"""Many at once: fifty clones of one repository, fifty processes on one folder, some killed; and kills at each step.

The locations are described beforehand: what is proven is the writing. Two go through the whole command.
"""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from git_workspace import files, git, make_remote, push
from places import registration, write_location

from platform_core.adapters.git import Git
from platform_core.workspace import find_workspace, init_workspace, load_registry, register
from platform_core.workspace.plan import Plan
from platform_core.workspace.registry import read_registry, write_registration

pytestmark = pytest.mark.slow

FORK = multiprocessing.get_context("fork")
CONTROL = Path(sys.executable).with_name("platformctl")


@pytest.fixture(autouse=True)
def own_git(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # a killed process leaves its private clone
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def made(name: str, *datasets: str, **changed):
    return registration(name, {dataset: [] for dataset in datasets}, **changed)


def reader(name: str, upstream: str):
    return registration(name, {"report": [upstream]})


def run_all(jobs, work, folder: Path, killed: int = 0) -> dict[int, str]:
    """Start a process for each job at the same moment; kill `killed` of them in between; return the verdicts."""
    gate = FORK.Barrier(len(jobs))

    def child(number, job):
        random.seed(number)  # forked, all would draw the same numbers
        gate.wait()
        try:
            verdict = work(job)
        except Exception as error:  # told by the parent, which compares
            verdict = f"{type(error).__name__}: {error}"
        (folder / f"verdict-{number}").write_text(verdict)
        os._exit(0)

    processes = [FORK.Process(target=child, args=pair) for pair in enumerate(jobs)]
    for process in processes:
        process.start()
    chance = random.Random(7)
    for process in processes[:killed]:
        time.sleep(chance.uniform(0.05, 0.4))
        process.kill()
    for process in processes:
        process.join(timeout=300)
        assert process.exitcode in ((0, -signal.SIGKILL) if process in processes[:killed] else (0,))
    return {number: path.read_text() for number in range(len(jobs)) if (path := folder / f"verdict-{number}").exists()}


def test_fifty_clones_at_once_against_one_repository(tmp_path):
    bare, clone = make_remote(tmp_path)
    workspace = find_workspace(clone)
    single = [f"team{number:02}" for number in range(24)]
    for place, name in enumerate([*single, "shared", "maker", "taker"]):
        write_registration(workspace, made(name, "old", *(["given"] if name == "maker" else []), port=5000 + place))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "Everybody, as merged")
    git(clone, "push", "-q")
    base = git(bare, "rev-parse", "main")

    jobs = [made(name, "old", "fresh") for name in single]  # the first of these are killed
    jobs += [made("shared", "old", f"version{number}") for number in range(14)]
    jobs += [made(f"new{number}", "first") for number in range(10)]
    # Each may go in while the other has not: one of them has to lose.
    jobs += [made("maker", "old"), reader("taker", "maker/given")]
    assert len(jobs) == 50
    clones = [tmp_path / f"clone{number}" for number in range(len(jobs))]
    for folder in clones:
        git(tmp_path, "clone", "-q", str(bare), str(folder))

    def work(job):
        place = clones[jobs.index(job)]
        root = tmp_path / f"source{place.name}"
        root.mkdir()
        git(root, "init", "-q")
        git(root, "remote", "add", "origin", job.repository)
        return push(root, job, place)[0].verdict

    verdicts = run_all(jobs, work, tmp_path, killed=8)

    told = [verdict for number, verdict in verdicts.items() if 8 <= number < 48]
    assert told == ["updated"] * 30 + ["proposed"] * 10
    pair = sorted(verdicts[number] for number in (48, 49))
    assert pair == ["refused", "updated"]
    # One after the other: each commit stands on the one before, and touches the folder of one location.
    history = git(bare, "rev-list", "--reverse", f"{base}..main").split()
    assert len(history) == len(set(git(bare, "log", "--format=%P", f"{base}..main").split()))
    for commit in history:
        touched = git(bare, "diff-tree", "-r", "--no-commit-id", "--name-only", commit).splitlines()
        assert len({name.split("/")[1] for name in touched}) == 1
    git(clone, "pull", "-q")
    found = read_registry(workspace)
    assert found.unreadable == {}
    by_name = {}
    for job in jobs[:38]:
        by_name.setdefault(job.name, []).append(set(job.graph.assets))
    for place, name in enumerate(single):
        keys = set(found.locations[name].graph.assets)
        assert keys == by_name[name][0] or (place < 8 and keys == {f"{name}/old"}), name
    assert set(found.locations["shared"].graph.assets) in by_name["shared"]
    assert len([commit for commit in history if "shared" in git(bare, "log", "-1", "--format=%s", commit)]) == 14
    for number in range(10):
        assert f"locations/new{number}/location.yaml" in files(bare, f"onboard/new{number}")
    published = {key for one in found.locations.values() for key in one.graph.assets}
    assert all(dep in published for one in found.locations.values() for dep in one.graph.external)


def test_fifty_processes_at_once_on_one_folder(tmp_path, monkeypatch):
    workspace = init_workspace(tmp_path / "ws")
    monkeypatch.setattr("platform_core.workspace.layout.LOCK_TIMEOUT", 300)  # fifty in a queue, on a busy machine
    planning = sys.modules["platform_core.workspace.register"]
    monkeypatch.setattr(planning, "make_plan", lambda root, *_: Plan(prepared[root.name]))
    jobs = [made(f"team{number:02}", "old") for number in range(36)]
    jobs += [made("shared", "old", f"version{number}") for number in range(14)]
    prepared = {str(number): job for number, job in enumerate(jobs)}
    verdicts = run_all(
        jobs, lambda job: register(tmp_path / str(jobs.index(job)), workspace).verdict, tmp_path, killed=8
    )
    assert {verdict for number, verdict in verdicts.items() if 8 <= number < 36} == {"registered"}
    assert sorted(verdict for number, verdict in verdicts.items() if number >= 36) == ["registered"] + ["updated"] * 13
    monkeypatch.setattr(planning, "make_plan", lambda *_: Plan(made("last", "one")))
    register(tmp_path, workspace)  # what the killed left is cleared away
    found = read_registry(workspace)
    assert found.unreadable == {}
    assert {f"team{number:02}" for number in range(8, 36)} | {"shared", "last"} <= found.locations.keys()
    for name, one in found.locations.items():
        expected = [set(job.graph.assets) for job in jobs if job.name == name] or [{"last/one"}]
        assert set(one.graph.assets) in expected
    ports = [one.port for one in found.locations.values()]
    assert len(ports) == len(set(ports))
    assert [path.name for path in workspace.locations.iterdir() if path.name.startswith((".staged", ".previous"))] == []
    datasets = json.loads(workspace.catalog.read_text())["datasets"]
    assert set(datasets) == {key for one in found.locations.values() for key in one.graph.assets}


def test_a_push_killed_at_any_step_left_either_state_whole(tmp_path):
    """Each call of git is one step: killed before it, and after it while the command has not heard of it yet."""
    bare, clone = make_remote(tmp_path)
    workspace = find_workspace(clone)
    write_registration(workspace, made("shop", "old"))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "shop")
    git(clone, "push", "-q")
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", "https://git.example/shop")
    status = git(clone, "status", "--porcelain", "--ignored")
    steps, outcomes = 0, set()
    while True:
        steps += 1
        ended = []
        for after in (False, True):
            new = made("shop", "old", f"step{steps}{'after' if after else 'before'}")
            process = FORK.Process(target=killed_at, args=(steps, after, root, new, clone))
            process.start()
            process.join()
            ended.append(process.exitcode)
            head = git(bare, "rev-parse", "main")
            keys = assets_of(bare, head)
            outcomes.add(set(new.graph.assets) == keys)
            assert set(new.graph.assets) == keys or not any(f"step{steps}" in key for key in keys)
            git(bare, "fsck", "--strict")
            assert git(clone, "status", "--porcelain", "--ignored") == status
        if ended == [0, 0]:
            break
        assert ended == [-signal.SIGKILL] * 2
    assert steps > 8
    assert outcomes == {True, False}
    assert push(root, made("shop", "last"), clone)[0].verdict == "updated"
    assert assets_of(bare, "main") == {"shop/last"}


def assets_of(bare: Path, commit: str) -> set[str]:
    return set(json.loads(git(bare, "show", f"{commit}:locations/shop/graph.json"))["assets"])


def killed_at(step: int, after: bool, root: Path, new, clone: Path) -> None:
    real, count = Git.ask, iter(range(1, 1000))

    def ask(self, *arguments, **options):
        now = next(count) == step
        if now and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(self, *arguments, **options)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Git.ask = ask
    push(root, new, clone)
    os._exit(0)


def test_two_whole_commands_at_once(tmp_path):
    bare, clone = make_remote(tmp_path / "git")
    workspace = find_workspace(clone)
    roots = []
    for name in ("one", "two"):
        root = write_location(tmp_path / name, name, {"a": []})
        git(root, "init", "-q")
        git(root, "remote", "add", "origin", f"https://git.example/{name}")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "first")
        write_registration(workspace, replace(made(name, "old"), port=5000 + len(roots)))
        roots.append(root)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "both, as merged")
    git(clone, "push", "-q")
    commands = [[CONTROL, "register", root, "--workspace", bare.as_uri(), "--push"] for root in roots]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    said = [one.communicate()[0] for one in running]
    assert [one.returncode for one in running] == [0, 0], said
    git(clone, "pull", "-q")
    assert {name: set(one.graph.assets) for name, one in load_registry(workspace).items()} == {
        "one": {"one/a"},
        "two": {"two/a"},
    }
