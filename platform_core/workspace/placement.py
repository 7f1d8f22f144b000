"""Where a location's code server may be, and the shared systems its datasets may name: what platform.yaml allows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from platform_core.adapters.code_server import accepts_connections, ask
from platform_core.findings import Finding
from platform_core.workspace.layout import Workspace
from platform_core.workspace.registry import Registration
from platform_core.workspace.server_settings import Server
from platform_core.workspace.settings import FILE_NAME, Settings

__all__ = ["barred", "check_code_server", "placement", "silent_servers"]

_PROCESSES = {"daemon", "instance", "prepare", "webserver"}


def placement(new: Registration, registry: Mapping[str, Registration], settings: Settings) -> tuple[Finding, ...]:
    """Return what platform.yaml and the other registrations have against where `new` runs. Asks no server."""
    found = [*_pools(new, settings)]
    if new.name in _PROCESSES:
        message = f"'{new.name}' cannot be the name of a location: a process of every deployment has it."
        found.append(Finding("location-name", "error", new.name, message, fix="Choose another name."))
    if settings.server is not None:
        found += [*_host(new, registry, settings.server), *_executable(new)]
    return tuple(found)


def check_code_server(new: Registration, settings: Settings) -> tuple[Finding, ...]:
    """Ask the code server of `new` what it serves. Call it when `placement` found nothing: any host is not asked.

    That it is away, or runs another state of the code, is a warning: it may be started or deployed after this. An
    error is only that it serves another location.
    """
    if settings.server is None:
        return ()
    served = ask(new.host, new.port, new.name)
    place = f"{new.host}:{new.port}"
    if served.state == "silent":
        message = f"no code server answers at {place}: {served.reason}."
        fix = f"Start it: platformctl workspace commands {new.name} says how. It is picked up by itself."
        why = "Until then the location's runs wait in the queue."
        return (Finding("code-server-silent", "warning", new.name, message, why, fix),)
    if served.state == "broken":
        message = f"the code server at {place} does not load its code: {served.reason}"
        why = "The deployment shows the location as broken until it does."
        return (Finding("code-server-broken", "warning", new.name, message, why, "Mend it there, or deploy it."),)
    foreign = sorted({key.split("/")[0] for key in served.keys} - {new.name})
    if foreign and not any(key.startswith(f"{new.name}/") for key in served.keys):
        message = f"the code server at {place} serves {', '.join(foreign)}, not {new.name}."
        why = "Its data would be shown, and run, under another team's name."
        fix = "Give the host and port of this location's own code server."
        return (Finding("code-server-of-another", "error", new.name, message, why, fix),)
    if missing := sorted(new.graph.assets.keys() - set(served.keys)):
        message = f"the code server at {place} runs another state of the code: it has no {', '.join(missing)}."
        why = "The deployment shows what the code server has."
        return (Finding("code-server-behind", "warning", new.name, message, why, "Deploy this state there."),)
    return ()


def barred(registry: Mapping[str, Registration], settings: Settings) -> dict[str, str]:
    """Return the registered locations that may not be asked for code, or cannot be, each with the reason.

    The gate lets none in; but a registration is a file in a repository, and platform.yaml changes too.
    """
    server = settings.server
    if server is None:
        reason = "it was registered for a code server of its own: register it again."
        return {name: reason for name, one in registry.items() if not one.python}
    found = {name: chain(_executable(one), _host(one, registry, server)) for name, one in registry.items()}
    return {
        name: finding.message for name, findings in found.items() if (finding := next(iter(findings), None)) is not None
    }


def silent_servers(workspace: Workspace, registry: Mapping[str, Registration]) -> dict[str, str]:
    """Return the locations whose code server does not answer now, each with the reason (`server` profile only)."""
    if workspace.settings.server is None or not registry:
        return {}
    left_out = barred(registry, workspace.settings)
    asked = [one for name, one in registry.items() if name not in left_out]
    with ThreadPoolExecutor(min(32, len(registry))) as pool:  # a host that is away takes seconds to say so
        reasons = pool.map(lambda one: accepts_connections(one.host, one.port), asked)
        found = {one.name: reason for one, reason in zip(asked, reasons, strict=True) if reason}
    return {**found, **left_out}


def _host(new: Registration, registry: Mapping[str, Registration], server: Server) -> Iterator[Finding]:
    if not new.host or not new.port:
        message = "where does its code server answer?"
        fix = "Register with --host HOST --port PORT."
        yield Finding("code-server-missing", "error", new.name, message, fix=fix)
        return
    if not server.allows(new.host):
        message = f"the host {new.host} is none of those that may serve code: {', '.join(server.hosts)}."
        why = "Whoever serves code decides what runs, and is handed the data of Dagster's record."
        fix = f"Use one of them, or have the platform team add it to code_servers.hosts in {FILE_NAME}."
        yield Finding("host-not-allowed", "error", new.name, message, why, fix)
    for name, other in registry.items():
        if name != new.name and (other.host.lower(), other.port) == (new.host.lower(), new.port):
            message = f"{new.host}:{new.port} is the code server of {name} ({other.owner})."
            yield Finding("code-server-taken", "error", new.name, message, fix="Choose another port.")


def _executable(new: Registration) -> Iterator[Finding]:
    """In the `server` profile nobody is told what to execute: a registration that tries was not written by us."""
    if new.python or new.root:
        message = "it names an executable, which the server profile has no use for."
        fix = f"Register {new.name} again, with --host and --port."
        yield Finding("executable-named", "error", new.name, message, "It is never run.", fix)


def _pools(new: Registration, settings: Settings) -> Iterator[Finding]:
    for key, asset in new.graph.assets.items():
        if asset.pool and asset.pool not in settings.pools:
            close = difflib.get_close_matches(asset.pool, settings.pools, n=1)
            meant = f"Did you mean {close[0]}? " if close else ""
            known = f"Known: {', '.join(sorted(settings.pools))}." if settings.pools else "There are none yet."
            message = f"{key} names the pool '{asset.pool}', which the workspace does not have."
            why = "Without a limit it would protect nothing."
            fix = f"{meant}{known} The platform team adds one under pools in {FILE_NAME}."
            yield Finding("unknown-pool", "error", key, message, why, fix)
