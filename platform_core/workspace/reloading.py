"""Have the webserver ask a code server again after it was started anew."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError

__all__ = ["Reloader"]


class Reloader:
    """Reloads a location whenever its code server is another one than the webserver last saw.

    What tells them apart is a number: a process id, or how often the server came back.
    """

    def __init__(self, webserver: Webserver, say: Callable[[str], None]) -> None:
        self._webserver = webserver
        self._say = say
        self._seen: dict[str, int] = {}
        self._by = 0

    def update(self, web: int, servers: Mapping[str, int]) -> None:
        """Tell the process id of the webserver (0 while it does not answer), and which code servers answer."""
        if web == 0:
            return
        if web != self._by:  # a new webserver has just asked everyone by itself
            self._by, self._seen = web, dict(servers)
            return
        for name, pid in servers.items():
            if self._seen.get(name) != pid:
                self._seen[name] = pid
                # Aside, because loading a location takes as long as its imports do.
                threading.Thread(target=self._reload, args=(name,), name=f"reload-{name}", daemon=True).start()

    def drop(self, names: Iterable[str]) -> None:
        """Have the webserver forget locations that are registered no more: a pull of the workspace takes them away."""
        for name in names:
            self._seen.pop(name, None)
        if self._by:  # a webserver that is still to come reads the file by itself
            threading.Thread(target=self._reload_workspace, name="reload-workspace", daemon=True).start()

    def _reload_workspace(self) -> None:
        try:
            self._webserver.reload_workspace()
        except PlatformError as error:
            self._say(f"the workspace is not reloaded: {error}")

    def _reload(self, name: str) -> None:
        try:
            self._webserver.reload(name)
            state = self._webserver.locations().get(name)
        except PlatformError as error:
            self._say(f"{name}: not reloaded: {error}")
            return
        if state is None:
            self._say(f"{name}: not in workspace.yaml; run `platformctl workspace render`")
        elif state.state == "broken" and "StatusCode.UNAVAILABLE" in state.reason:
            self._say(f"{name}: known, and waits for its code server")
        elif state.state == "broken":
            self._say(f"{name}: does not load: {state.reason.splitlines()[0]}")
        else:
            self._say(f"{name}: loaded")
