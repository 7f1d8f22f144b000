"""Serve a workspace in the foreground until someone stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from importlib.util import find_spec
from types import FrameType

from platform_core.errors import PlatformError
from platform_core.workspace.deployment import Deployment
from platform_core.workspace.layout import Workspace
from platform_core.workspace.preparing import need_password
from platform_core.workspace.render import render

__all__ = ["serve"]


def serve(workspace: Workspace, port: int = 0, say: Callable[[str], None] = print) -> None:
    """Run the deployment until SIGINT (Ctrl-C) or SIGTERM. Call it on the main thread.

    Raises PlatformError when it cannot start or is not ready in time.
    """
    if find_spec("dagster_webserver") is None:
        hint = "Install it: pip install 'platform-core[deployment]'."
        raise PlatformError("this environment has no dagster-webserver.", hint=hint)
    need_password(workspace)
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with workspace.lock():
            render(workspace)
        with Deployment(workspace, port, say) as deployment:
            _announce(deployment, stopped, say)
            while not stopped.wait(1):
                deployment.check()
            say("stopping")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    say("stopped")


def _announce(deployment: Deployment, stopped: threading.Event, say: Callable[[str], None]) -> None:
    broken = deployment.wait_ready(stopped=stopped)
    if stopped.is_set():
        return
    for name, reason in broken.items():
        how = "waits for its code server" if name in deployment.silent else "does not load"
        say(f"{name} {how}: {reason}")
    say(f"Dagster is at {deployment.address} (Ctrl-C stops it; logs in {deployment.workspace.state / 'logs'})")
