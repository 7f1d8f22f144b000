"""What runs now, against what is registered: locations that are not served, and code that runs other contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from platform_core.adapters.code_server import Served, ask
from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError
from platform_core.findings import Finding, Level
from platform_core.workspace.layout import Workspace
from platform_core.workspace.placement import barred
from platform_core.workspace.registration import Registration
from platform_core.workspace.running import running_deployment

__all__ = ["Asked", "ask_deployed", "deployed_findings"]

_AT_ONCE = 16  # code servers asked at the same time


@dataclass(frozen=True)
class Asked:
    """What each code server runs, by location, and who was asked; `who` is empty when there was nobody to ask."""

    served: Mapping[str, Served] = field(default_factory=dict)
    who: str = ""
    problem: str = ""


def ask_deployed(workspace: Workspace, registry: Mapping[str, Registration]) -> Asked:
    """Ask the deployment that runs on this machine, else, in the `server` profile, the code servers themselves."""
    running = running_deployment(workspace)
    if running is not None:
        who = f"the deployment at {running.address}"
        try:
            return Asked(_of_webserver(Webserver(running.address)), who)
        except PlatformError as error:
            return Asked({}, who, error.message)
    if workspace.settings.server is None:
        return Asked()
    left_out = barred(registry, workspace.settings)
    known = [one for name, one in registry.items() if name not in left_out]
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # one that is away takes seconds to say so
        answers = pool.map(lambda one: ask(one.host, one.port, one.name), known)
        return Asked({one.name: answer for one, answer in zip(known, answers, strict=True)}, "the code servers")


def _of_webserver(webserver: Webserver) -> dict[str, Served]:
    hashes = webserver.contract_hashes()
    states = {"loaded": "serving", "broken": "broken"}
    return {
        name: Served(
            "serving" if states.get(state.state) == "serving" else "broken" if state.state == "broken" else "silent",
            state.reason or "it is still loading",
            state.keys,
            hashes.get(name, {}),
        )
        for name, state in webserver.locations().items()
    }


def deployed_findings(one: Registration, asked: Asked, server: bool) -> Iterator[Finding]:
    """Yield what the code server of a location runs that is not registered. `server`: others deploy it."""
    if not asked.who or asked.problem:
        return
    served = asked.served.get(one.name)
    if served is None or served.state != "serving":
        reason = f": {served.reason}" if served else ""
        message = f"{asked.who} does not serve {one.name}{reason}"
        why = "Its data is not made, and its runs wait."
        yield Finding("not-served", "warning", one.name, message, why, "Start or mend its code server.")
        return
    for key, asset in one.graph.assets.items():
        if asset.contract is None:
            continue
        runs = served.contracts.get(key, "")
        if key not in served.keys:
            message = f"{asked.who} runs a state of {one.name} that has no {key}."
            yield Finding("deployed-differs", "warning", key, message, fix="Deploy the state that is registered.")
        elif runs and runs != asset.contract.hash:
            registered = f"{asset.contract.version} ({asset.contract.hash})"
            message = f"{asked.who} runs {key} under the contract {runs}; registered is {registered}."
            why = "What is published is held to another contract than its readers are told of."
            fix = "Register the state that runs, or deploy the one that is registered."
            level: Level = (
                "error" if server else "warning"
            )  # on one's own machine a contract is edited, then registered
            yield Finding("deployed-contract", level, key, message, why, fix)
