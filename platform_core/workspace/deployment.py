"""A deployment on this machine: every registered location, the webserver and the daemon, for as long as it is open.

Configuration and the start of processes, no more: scheduling, retries and health of runs are Dagster's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError, Where
from platform_core.workspace import commands
from platform_core.workspace.layout import Workspace, find_workspace
from platform_core.workspace.placement import barred
from platform_core.workspace.ports import is_free
from platform_core.workspace.process import Command, Process, stop_all
from platform_core.workspace.reach import Reach
from platform_core.workspace.registry import Registration, Registry, read_registry
from platform_core.workspace.reloading import Reloader
from platform_core.workspace.render import render
from platform_core.workspace.running import Announcement
from platform_core.workspace.server_settings import Server
from platform_core.workspace.supervision import Supervisor
from platform_core.workspace.watching import RegistrationWatch

__all__ = ["Deployment"]

READY = 180.0  # seconds until everything must answer
_TICK = 0.2  # seconds
_INSTANCE = 120.0  # seconds for the first touch of the storage


class Deployment:
    """Open it with `with`: it starts on entering and leaves no process behind.

    `workspace` may be its folder. `port` is the web page's, instead of the one in platform.yaml. `say` is told what
    happens, one line at a time. Locations that are registered or changed while it runs are picked up, by a pull of the
    workspace's repository too. In the `server` profile others start the code servers: they are looked for, and the
    deployment stands without those that do not answer. Raises PlatformError on entering when a port is taken or the
    workspace is being served already.
    """

    def __init__(
        self, workspace: Workspace | Path, port: int = 0, say: Callable[[str], None] = lambda line: None
    ) -> None:
        workspace = workspace if isinstance(workspace, Workspace) else find_workspace(workspace)
        self.workspace = workspace
        self.port = port or workspace.settings.port
        self.address = f"http://{commands.HOST}:{self.port}"
        self.webserver = Webserver(self.address)
        self._say = say
        self._stop = threading.Event()
        self._problem: Exception | None = None
        self._registry: dict[str, Registration] = {}
        self._watch, self._stale = RegistrationWatch(workspace), True
        self._reach = Reach(say)
        self._servers: dict[str, Command] = {}
        self._met: set[str] = set()  # locations whose code server has answered once
        self._supervisor = Supervisor(workspace.state / "logs", say)
        self._thread = threading.Thread(target=self._run, name="deployment")
        self._announcement = Announcement(workspace, self.address)
        self._reloader = Reloader(self.webserver, say)

    def __enter__(self) -> Deployment:
        found = read_registry(self.workspace)
        self._say_unreadable(found)
        self._registry = found.locations
        self._announcement.claim()
        try:
            self._check_ports()
            for folder in self._folders:
                folder.mkdir(parents=True, exist_ok=True)
            self._thread.start()
        except BaseException:
            self._announcement.withdraw()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._reach.stop()
        self._announcement.withdraw()

    @property
    def _folders(self) -> list[Path]:
        settings = self.workspace.settings
        warehouses = [place for place in settings.places.values() if isinstance(place, Path)]
        return [settings.landing, *warehouses, self.workspace.state]

    @property
    def processes(self) -> dict[str, int]:
        """The process ids by name, as they are now."""
        return {name: process.pid for name, process in dict(self._supervisor.processes).items()}

    def wait_ready(self, timeout: float = READY, stopped: threading.Event | None = None) -> dict[str, str]:
        """Wait until every process answers; return the locations that do not load, each with the reason.

        A broken location does not keep the others waiting. Raises PlatformError after `timeout` seconds, saying what
        did not answer, and at once when Dagster's storage cannot be opened. Setting `stopped` ends the waiting.
        """
        deadline = time.monotonic() + timeout
        told = ""
        while missing := self._missing():
            self._raise_hopeless()
            if time.monotonic() > deadline:
                logs = Where(self.workspace.state / "logs")
                raise PlatformError(f"not ready after {timeout:.0f} seconds: still waiting for {missing}.", logs)
            if missing != told:
                self._say(f"waiting for {missing}")
                told = missing
            if stopped and stopped.is_set():
                return {}
            time.sleep(_TICK)
        states = self.webserver.locations()
        failing = {**self._supervisor.failing, **self._reach.silent}
        return {
            name: failing.get(name, state.reason) for name, state in sorted(states.items()) if state.state == "broken"
        }

    @property
    def silent(self) -> dict[str, str]:
        """The code servers of others (and Dagster's database) that do not answer now, with the reason."""
        return self._reach.silent

    def check(self) -> None:
        """Raise what brought the deployment down, if anything did. It then stopped all its processes."""
        if self._problem:
            raise self._problem

    def _raise_hopeless(self) -> None:
        """Raise what no waiting will mend."""
        self.check()
        for name in ("webserver", "daemon"):
            if words := self._supervisor.failing.get(name):
                log = Where(self.workspace.state / "logs" / f"{name}.log")
                raise PlatformError(f"the {name} does not start:\n{words}", log)

    def _missing(self) -> str:
        """Name what does not answer yet; an empty string when all do."""
        if not self._supervisor.processes:
            return "Dagster's storage"
        ready = {name for name, process in dict(self._supervisor.processes).items() if process.ready}
        if servers := sorted(set(self._servers) - ready - set(self._supervisor.failing)):
            return f"the code server{'s' if len(servers) > 1 else ''} of {', '.join(servers)}"
        if "webserver" not in ready:
            return "the webserver"
        try:
            states = self.webserver.locations()
            idle = self.webserver.unhealthy_daemons()
        except PlatformError:
            return "the webserver"
        expected = self._registry.keys() - barred(self._registry, self.workspace.settings).keys()
        if loading := [name for name in sorted(expected) if name not in states or states[name].state == "loading"]:
            return f"{', '.join(loading)} to load"
        return f"the daemon ({', '.join(idle).lower()})" if idle else ""

    def _check_ports(self) -> None:
        wanted = [(self.port, "the web page (change it with --port, or in platform.yaml)")]
        for name, one in self._registry.items() if self.workspace.settings.server is None else ():
            file = f"locations/{name}/location.yaml"
            wanted.append((one.port, f"the code server of {name} (change server.port in {file})"))
        ports = [port for port, _ in wanted]
        taken = [f"port {port} for {purpose}" for port, purpose in wanted if ports.count(port) > 1 or not is_free(port)]
        if taken:
            hint = "Stop what uses it, or change the port."
            raise PlatformError(f"in use, or wanted twice: {'; '.join(taken)}.", hint=hint)

    def _run(self) -> None:
        """The one thread that owns the processes; they are tied to its life."""
        try:
            self._prepare()
            told = ""
            while not self._stop.is_set():
                try:
                    self._step()
                    self._stop.wait(_TICK)
                except OSError as error:  # such as a full disk: what runs goes on, and the next steps try again
                    if str(error) != told:
                        self._say(f"trouble, trying on: {error}")
                        told = str(error)
                    self._stop.wait(1)
        except Exception as error:  # told by check() and wait_ready(), where someone can do something about it
            self._problem = error
        finally:
            self._supervisor.stop()

    def _step(self) -> None:
        if self._watch.changed() or self._stale:
            self._stale = True  # until it is done: a full disk comes between
            self._reload_registry()
            self._stale = False
        self._supervisor.reconcile(self._wanted())
        self._tell()

    def _prepare(self) -> None:
        log = self.workspace.state / "logs" / "instance.log"
        told = log.stat().st_size if log.exists() else 0
        process = Process(commands.prepare_instance(self.workspace), log)
        deadline = time.monotonic() + _INSTANCE
        while process.exit_code is None and not self._stop.is_set() and time.monotonic() < deadline:
            time.sleep(0.05)
            if self.workspace.settings.server and (lines := log.read_bytes()[told:].decode("utf-8", "replace")):
                told = log.stat().st_size
                self._say(lines.rstrip())
        if process.exit_code is None:
            stop_all([process], grace=5)
        if process.exit_code != 0 and not self._stop.is_set():
            raise PlatformError(f"Dagster's storage cannot be opened:\n{process.last_lines()}", Where(process.log))

    def _reload_registry(self) -> None:
        try:
            with self.workspace.lock():
                render(find_workspace(self.workspace.root))  # a pull brings registrations, not what is made of them
        except PlatformError as error:  # the locations that run go on; a mended file is a new stamp
            self._say(f"the workspace cannot be read, left as it was: {error}")
        else:
            found = read_registry(self.workspace)
            self._say_unreadable(found)
            # One whose files were damaged goes on as it was registered.
            damaged = {name: self._registry[name] for name in found.unreadable.keys() & self._registry.keys()}
            before, self._registry = self._registry, dict(sorted({**found.locations, **damaged}.items()))
            if gone := sorted(before.keys() - self._registry.keys()):
                self._say(f"{', '.join(gone)}: registered no more")
                self._reloader.drop(gone)
        self._make_landing_folders()
        left_out = barred(self._registry, self.workspace.settings)
        for name, reason in left_out.items():
            self._say(f"{name}: left out: {reason}")
        known = [one for name, one in self._registry.items() if name not in left_out]
        if server := self.workspace.settings.server:
            self._look_for_servers(server, known)
        else:
            self._servers = {one.name: commands.code_server(self.workspace, one, known) for one in known}

    def _say_unreadable(self, found: Registry) -> None:
        for name, findings in found.unreadable.items():
            kept = "left as it was" if name in self._registry else "left out"
            self._say(f"{name}: its registration cannot be read, {kept}: {findings[0].where}: {findings[0].message}")

    def _look_for_servers(self, server: Server, known: Sequence[Registration]) -> None:
        storage = server.storage_config()
        places = {one.name: (one.host, one.port) for one in known}
        self._reach.watch({**places, "Dagster's storage": (storage["hostname"], storage["port"])})

    def _make_landing_folders(self) -> None:
        for name in self._registry:  # from now on files can be dropped
            try:
                (self.workspace.settings.landing / name).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self._say(f"{name}: files cannot arrive: {error.filename}: {error.strerror}")

    def _wanted(self) -> dict[str, Command]:
        running = self._supervisor.processes
        if self.workspace.settings.server:
            names = self._registry.keys() - barred(self._registry, self.workspace.settings).keys()
            central = (commands.webserver(self.workspace, self.port), commands.daemon(self.workspace, names))
            return {command.name: command for command in central}
        self._met &= self._servers.keys()
        self._met |= {name for name in self._servers if _is_ready(running.get(name))}
        # The webserver and the daemon ask every code server once at their start: sooner, they would find nobody.
        if "webserver" in running or self._met | self._supervisor.failing.keys() >= self._servers.keys():
            central = (commands.webserver(self.workspace, self.port), commands.daemon(self.workspace, self._met))
            return {**self._servers, **{command.name: command for command in central}}
        return self._servers

    def _tell(self) -> None:
        """Announce what is served now, and have the webserver ask again where that is new.

        A location is served once the daemon that runs knows it, too: before, a run of it would be refused.
        """
        running = self._supervisor.processes
        known = running["daemon"].command.version.split(",") if "daemon" in running else ()
        if self.workspace.settings.server:
            # One that is away is shown, too: with its data, where it was seen before.
            states = {name: number for name, number in self._reach.returns.items() if name in known}
            served = self._reach.answering & states.keys() & self._registry.keys()
            self._announcement.update({name: self._registry[name].version for name in sorted(served)})
        else:
            ready = {name: running[name] for name in known if _is_ready(running.get(name))}
            self._announcement.update({name: process.command.version for name, process in ready.items()})
            states = {name: process.pid for name, process in ready.items()}
        web = running.get("webserver")
        self._reloader.update(web.pid if web and web.ready else 0, states)


def _is_ready(process: Process | None) -> bool:
    return process is not None and process.ready
