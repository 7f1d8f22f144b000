"""Dagster's own page and daemon over one location, started, watched and stopped whole."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.errors import PlatformError

if TYPE_CHECKING:
    from platform_core.testing.local import LocalPlatform

__all__ = ["serve"]

_GRACE = 20.0  # seconds Dagster has to stop before it is killed
_QUIET = re.compile(r" - (?:DEBUG|INFO) - |No cursor for event type")
_PUBLISHED = re.compile(r"ASSET_MATERIALIZATION - Materialized value (\S+) (\S+)\.")


def serve(platform: LocalPlatform, port: int) -> int:
    """Run `dagster dev` over the location until Ctrl-C or SIGTERM; leave no process behind.

    Returns 0 when it was asked to stop, 1 when it ended by itself. Raises PlatformError when it cannot be started.
    """
    from platform_core.workspace import leash
    from platform_core.workspace.ports import is_free

    if find_spec("dagster_webserver") is None:
        raise PlatformError("dagster-webserver is not installed here.", hint="Install platform-core[dev].")
    if not is_free(port):
        raise PlatformError(f"port {port} is in use.", hint=f"Choose another: platformctl dev --port {port + 1}.")
    command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *_dagster_dev(platform, port)]
    environment = platform.environment()
    announce_samples(platform)
    environment.setdefault("PYTHONWARNINGS", "ignore::FutureWarning")
    click.echo(f"http://127.0.0.1:{port}  (Ctrl-C stops it)")
    # Its own session: Ctrl-C reaches us alone. Not in the location's folder, where Dagster would read .env again.
    process = subprocess.Popen(
        command,
        cwd=platform.folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    log = platform.folder / "dagster.log"
    reader = threading.Thread(target=_relay, args=(process, log), daemon=True)
    reader.start()
    with _until_asked_to_stop() as asked:
        while not asked and process.poll() is None:
            time.sleep(0.2)
    ended_by_itself = not asked
    _stop(process)
    reader.join(timeout=5)
    if ended_by_itself:
        click.echo(f"Dagster ended by itself. All it said is in {log}.", err=True)
    return int(ended_by_itself)


def _dagster_dev(platform: LocalPlatform, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster", "dev"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
        *("-m", f"{platform.location}.definitions", "-d", str(platform.root / "src")),
    ]


def _relay(process: subprocess.Popen[bytes], log: Path) -> None:
    """Keep all that Dagster says, and show of it what was published, warnings and errors."""
    with log.open("wb") as file:
        for line in process.stdout or ():
            file.write(line)
            text = line.decode("utf-8", "replace").rstrip()
            if published := _PUBLISHED.search(text):
                click.echo(f"{click.style('published', fg='green')}  {'/'.join(published.groups())}")
            elif not _QUIET.search(text):
                click.echo(text)


def announce_samples(platform: LocalPlatform) -> None:
    """Tell the local Dagster that other teams' samples are there: automation waits for events, not for data."""
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    import dagster as dg

    with dg.DagsterInstance.from_config(str(platform.folder / "dagster")) as instance:
        for asset in platform.foreign:
            key = dg.AssetKey(asset.path)
            if instance.get_latest_materialization_event(key) is None:
                for partition in platform.catalog().table(asset).current():
                    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))


@contextlib.contextmanager
def _until_asked_to_stop() -> Iterator[list[int]]:
    asked: list[int] = []

    def note(number: int, frame: Any) -> None:
        asked.append(number)

    former = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask Dagster to stop as Ctrl-C would, and kill what is left of its group after a while."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
