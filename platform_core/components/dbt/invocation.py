"""Starts dbt as a process of its own and says what came of it.

Not through dagster_dbt's resource: that imports dbt a second time in the run's own process, asks `dbt --version` of a
third one, hands over the whole environment, and repeats in the log what databases say of values.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.components.dbt.child import NO_ADAPTER, NO_DBT
from platform_core.components.dbt.profile import RELOCATION, TARGET
from platform_core.components.dbt.saying import without_values
from platform_core.errors import PlatformError

__all__ = ["Finished", "Result", "run_dbt"]

_CHILD = "platform_core.components.dbt.child"
_GRACE_SECONDS = 10.0
# dbt takes its flags from these too; what a run does is said by its arguments alone.
_FLAGS = {
    f"DBT_{name}"
    for name in (
        *("DEFER", "DEFER_STATE", "STATE", "FAVOR_STATE", "EMPTY", "SAMPLE", "FULL_REFRESH", "FAIL_FAST", "TARGET"),
        *("PROFILE", "PROFILES_DIR", "PROJECT_DIR", "TARGET_PATH", "LOG_PATH", "INDIRECT_SELECTION", "DEBUG"),
        *("STORE_FAILURES", "EXCLUDE_RESOURCE_TYPES", "RESOURCE_TYPES", "QUIET", "LOG_FORMAT", "LOG_LEVEL"),
        *("SINGLE_THREADED", "RECORDER_MODE", "WRITE_JSON", "CACHE_SELECTED_ONLY", "POPULATE_CACHE"),
    )
}


@dataclass(frozen=True)
class Result:
    """What became of one node. `status` is dbt's: success, pass, warn, fail, error, skipped, no-op, partial success.

    `message` is as dbt wrote it and may quote values of the data; `failures` counts the rows that fail a test.
    `compiled` is the SQL that ran; a seed has none.
    """

    unique_id: str
    status: str
    message: str = ""
    failures: int | None = None
    seconds: float = 0.0
    compiled: str = ""


@dataclass(frozen=True)
class Finished:
    """How dbt ended: its exit code, what it said went wrong, and the result of each node it came to."""

    code: int
    errors: tuple[str, ...]
    results: Mapping[str, Result]


def run_dbt(
    project: Path,
    arguments: Sequence[str],
    *,
    profiles: Path,
    target: Path,
    adapter: str = "duckdb",
    variables: Mapping[str, str] | None = None,
    relocation: tuple[Path, dict[str, Any], Path] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Finished:
    """Run dbt in the folder `project` and wait for it; `tell` gets each line that a log may keep.

    `profiles` holds profiles.yml, `target` takes what dbt writes. `relocation` is a file to write, what
    `relocating.run_relocated` is to be told in it, and the profile to parse with. Whatever stops the wait stops
    dbt. Raises PlatformError when dbt or its adapter is not installed.
    """
    where = ["--target", TARGET, "--profile", TARGET, "--project-dir", str(project)]
    where += ["--target-path", str(target), "--log-path", str(target), "--profiles-dir"]
    command = [sys.executable, "-m", _CHILD, str(os.getpid()), adapter, *_GENERAL, *arguments, *where, str(profiles)]
    hidden = ("PLATFORM_", "DAGSTER_")  # of the deployment: Jinja reads any variable
    environment = {key: value for key, value in os.environ.items() if key not in _FLAGS and not key.startswith(hidden)}
    environment |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "PYTHONUNBUFFERED": "1", **(variables or {})}
    if relocation:
        file, told, parsing = relocation
        file.write_text(json.dumps({**told, "parse": [*_GENERAL, "parse", *where, str(parsing)]}), "utf-8")
        environment[RELOCATION] = str(file)
    errors: list[str] = []
    process = subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for line in _lines(process):
            said, wrong = _said(line)
            errors += [wrong] if wrong else []
            if said:
                tell(said)
        code = process.wait()
    finally:
        _stop(process)
    if code in (NO_DBT, NO_ADAPTER):
        what = "dbt" if code == NO_DBT else f"the adapter dbt-{adapter}"
        hint = "Add platform-core[dbt] to the location's requirements, and install them."
        raise PlatformError(f"{what} is not installed in this environment.", hint=hint)
    return Finished(code, tuple(errors), _results(target / "run_results.json"))


_GENERAL = (
    *("--log-format", "json", "--log-level-file", "none", "--no-use-colors", "--no-version-check"),
    *("--no-send-anonymous-usage-stats", "--no-fail-fast"),
)


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    stream: Any = process.stdout
    with stream:
        for raw in stream:
            yield raw.decode("utf-8", errors="replace").rstrip()


# What dbt tells of its progress: names, counts and times. The rest may repeat what a database said of a value.
_PLAIN = {"ConcurrencyLine", "EndOfRunSummary", "FinishedRunningStats", "FoundStats", "MainReportVersion", "StatsLine"}

_TRACE = "MainStackTrace"  # of dbt's own code, after an error that it was told of already


def _said(line: str) -> tuple[str, str]:
    """Return what may be logged of a line of dbt's output, and the error it tells of, as dbt worded it."""
    try:
        event = json.loads(line)
        about, name = event["info"], event["info"]["name"]
    except (ValueError, KeyError, TypeError):
        return "", line if line and not line.startswith("{") else ""
    message = str(about.get("msg") or "")
    if name.startswith("Log") or name in _PLAIN:
        return message.strip(), ""
    if about.get("level") == "error" and message.strip() and name != _TRACE:
        return without_values(message), message
    return "", ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
        return
    process.kill()
    process.wait()


def _results(path: Path) -> dict[str, Result]:
    try:
        data: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}  # it did not come to that: the errors say why
    return {
        item["unique_id"]: Result(
            item["unique_id"],
            item["status"],
            item.get("message") or "",
            item.get("failures"),
            float(item.get("execution_time") or 0),
            item.get("compiled_code") or "",
        )
        for item in data.get("results") or ()
    }
