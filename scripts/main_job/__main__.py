"""./scripts/demo: do the main job, say how it went, leave no process behind."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from job import STEPS, MainJob
from onboarding import ROOT
from platform_core.errors import PlatformError
from progress import Progress, StepFailed

_MARK = ".main-job"  # only a folder that carries it is ever emptied


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="The main job on real data, end to end.")
    parser.add_argument("--serve", action="store_true", help="leave the deployment running and print its address")
    parser.add_argument("--keep", type=Path, metavar="DIR", default=ROOT / ".demo", help="build everything in DIR")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = arguments.keep.resolve()
    if problem := _prepare(folder):
        print(f"Error: {problem}", file=sys.stderr)
        return 2
    progress = Progress(folder / "logs", STEPS)
    with ExitStack() as stack:
        job = MainJob(folder, progress)
        try:
            job.run(stack)
        except (StepFailed, PlatformError) as error:
            log = getattr(error, "log", None) or folder / "logs"
            print(f"\nFailed: {error}\nIts log: {log}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return 130
        progress.summary()
        print(f"\nAll done. The page for people who never open a terminal: {job.page}")
        if arguments.serve:
            _serve(job)
    return 0


def _prepare(folder: Path) -> str:
    """Make the folder new, without ever emptying one that is not ours."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        return f"{folder} holds other things. Choose a new or empty folder: scripts/demo --keep DIR"
    for name in ("workspace", "locations", "landing", "warehouse", "logs"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    return ""


def _serve(job: MainJob) -> None:
    print(f"Dagster is open at {job.address} (Ctrl-C stops everything). Drop files into {job.deliveries.landing}.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("\nStopping.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
