"""After a registration: did the running deployment, if there is one, really load it?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platform_core.adapters.graphql import LocationState, Webserver
from platform_core.errors import PlatformError
from platform_core.workspace.layout import Workspace
from platform_core.workspace.placement import silent_servers
from platform_core.workspace.registry import Registration
from platform_core.workspace.running import Running, running_deployment

__all__ = ["Verified", "verify", "verify_gone"]

TIMEOUT = 120.0  # seconds for the new code to be started, loaded and seen
_POLL = 0.2  # seconds


@dataclass(frozen=True)
class Verified:
    """Whether the deployment at `address` loaded the location (or dropped it), in one `sentence`."""

    address: str
    loaded: bool
    sentence: str


def verify(
    workspace: Workspace, registration: Registration, say: Callable[[str], None], timeout: float = TIMEOUT
) -> Verified | None:
    """Have a running deployment load the registration, and look whether it did; None when no deployment runs.

    The location is asked of the webserver anew once its code server runs this state of the code, and counts as loaded
    when the webserver shows exactly the registered assets. `say` is told what is waited for. Never raises for a
    deployment that does not work: the answer says so.
    """
    running = running_deployment(workspace)
    if running is None or silent_servers(workspace, {registration.name: registration}):
        return None  # a code server that others are still to start is picked up when it answers
    say(f"Loading {registration.name} into the deployment at {running.address} ...")
    deadline = time.monotonic() + timeout
    try:
        if not _started(workspace, registration, deadline):
            log = workspace.state / "logs" / f"{registration.name}.log"
            waited = f"its code server did not start within {timeout:.0f} s"
            return _failed(running, f"{waited}: it fails, or the runs of the former one are still going; see {log}")
        webserver = Webserver(running.address, timeout)
        webserver.reload(registration.name)
        return _judge(running, registration, _loaded(webserver, registration.name, deadline))
    except PlatformError as error:
        return _failed(running, str(error))


def verify_gone(workspace: Workspace, name: str, timeout: float = TIMEOUT) -> Verified | None:
    """Have a running deployment drop the location `name`, and look whether it did; None when no deployment runs."""
    running = running_deployment(workspace)
    if running is None:
        return None
    deadline = time.monotonic() + timeout
    webserver = Webserver(running.address, timeout)
    try:
        while time.monotonic() < deadline:
            now = running_deployment(workspace)
            if now is not None and name in now.serving:
                time.sleep(_POLL)  # its code server takes leave
                continue
            webserver.reload_workspace()
            if name not in webserver.locations():
                return Verified(running.address, True, f"The deployment at {running.address} no longer serves {name}.")
            time.sleep(_POLL)
    except PlatformError as error:
        return Verified(running.address, False, f"Unregistered, but the deployment does not say so: {error}")
    waited = f"Unregistered, but the deployment at {running.address} still shows {name} after {timeout:.0f} s."
    return Verified(running.address, False, waited)


def _started(workspace: Workspace, registration: Registration, deadline: float) -> bool:
    while time.monotonic() < deadline:
        running = running_deployment(workspace)
        if running is None:
            raise PlatformError("it was stopped meanwhile.")
        if running.serving.get(registration.name) == registration.version:
            return True
        time.sleep(_POLL)
    return False


def _loaded(webserver: Webserver, name: str, deadline: float) -> LocationState | None:
    while time.monotonic() < deadline:
        state = webserver.locations().get(name)
        if state and state.state != "loading":
            return state
        time.sleep(_POLL)
    return None


def _judge(running: Running, registration: Registration, state: LocationState | None) -> Verified:
    if state is None:
        return _failed(running, "it is still loading: look at its page.")
    if state.state == "broken":
        return _failed(running, f"{_place(state, registration.root)}{state.reason}")
    missing = sorted(set(registration.graph.assets) - set(state.keys))
    if missing:
        return _failed(running, f"it shows no {', '.join(missing)}.")
    count = len(registration.graph.assets)
    return Verified(running.address, True, f"Loaded at {running.address}: {count} dataset{'s' if count != 1 else ''}.")


def _place(state: LocationState, root: str) -> str:
    """The deepest line of the location's own files in the traceback, as `file:line: `."""
    frames = re.findall(r'File "([^"\n]+)", line (\d+)', "\n".join(state.stack))
    own = [f"{file}:{line}: " for file, line in frames if Path(file).is_relative_to(root) and ".venv" not in file]
    return own[-1] if own else ""


def _failed(running: Running, reason: str) -> Verified:
    return Verified(
        running.address, False, f"Registered, but the deployment at {running.address} does not load it: {reason}"
    )
