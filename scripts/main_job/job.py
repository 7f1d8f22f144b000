"""The main job: the steps in their order, each checked by what a reader of the data would see."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from deliveries import MONTHS, Deliveries
from onboarding import TEAMS, Onboarding
from platform_core.workspace.deployment import Deployment
from platform_core.workspace.ports import is_free
from progress import Progress, StepFailed
from watch import Watch

__all__ = ["STEPS", "MainJob"]

STEPS = 10
BAD, LATE = "2013-02", "2013-08"  # the month that arrives corrupted, and one that is corrected late
REFERENCE = ("flight_ops/airlines", "flight_ops/airports", "flight_ops/planes")
MONTHLY = ("flight_ops/flights", "weather/observations", "weather/daily")
# Columns of the flights: one that another team's dbt models use, and one that nobody does.
USED, UNUSED = "dep_delay", "arr_delay"
# The models of the dbt project: each makes all months anew, from what is published of them.
BY_MONTH, TOTAL = "analytics/monthly_delays", "analytics/delay_totals"


class MainJob:
    """Builds everything below `folder`, and leaves it there to be looked at."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self.progress = progress
        self.workspace = folder / "workspace"
        self.warehouse = folder / "warehouse"
        self.deliveries = Deliveries(folder / "landing")
        self.watch = Watch(self.warehouse)
        self.teams = [Onboarding(progress, name, folder / "locations" / name, self.workspace) for name in TEAMS]
        self.page = folder / "status.html"
        self.address = ""

    def run(self, stack: ExitStack) -> None:
        """Do all steps. The deployment is entered into `stack`, which stops it when closed."""
        self._onboard()
        self._deploy(stack)
        self._deliver()
        self._refuse()
        self._heal()
        self._roll_back()
        self._change_contract()
        with self.progress.step("Ask what is safe to use"):
            self.progress.note(self._platformctl("status", log="status", fine=(0, 1)))
            self._platformctl("status", "--format", "html", "--output", self.page, log="status-page", fine=(0, 1))

    def _onboard(self) -> None:
        with self.progress.step("Make the workspace, and copy three locations from the template"):
            options = ("--warehouse", self.warehouse, "--landing", self.deliveries.landing, "--port", str(_free_port()))
            self._platformctl("workspace", "init", self.workspace, *options, log="workspace-init")
            for team in self.teams:
                team.copy()
        title = "Give each location an environment of its own (long without a warm package cache)"
        with self.progress.step(title), ThreadPoolExecutor(len(self.teams)) as pool:
            list(pool.map(Onboarding.install, self.teams))
        with self.progress.step("Run each location's contract tests, then register it"):
            for team in self.teams:
                self.progress.note(f"{team.name}: {team.test()}")
                team.register()

    def _deploy(self, stack: ExitStack) -> None:
        with self.progress.step("Start three code servers, the webserver and the daemon"):
            deployment = stack.enter_context(Deployment(self.workspace, say=self.progress.note))
            if broken := deployment.wait_ready():
                raise StepFailed(f"locations that do not load: {broken}", self.workspace / ".dagster/logs")
            self.address = deployment.address
            self.progress.note(f"Dagster is open at {self.address}")

    def _deliver(self) -> None:
        with self.progress.step("Drop the files; sources publish, derived data follows"):
            self.deliveries.drop_everything()
            for asset in REFERENCE:
                self._wait(f"{asset} to be published", asset, (None,))
            for asset in MONTHLY:
                self._wait(f"{asset} to be published for twelve months", asset, MONTHS)
            for asset in (BY_MONTH, TOTAL):
                self._wait_current(f"{asset} to cover all flights", asset)
            self.progress.note(f"{self.watch.rows('flight_ops/flights'):,} flights published under contract")

    def _refuse(self) -> None:
        before = {asset: self.watch.versions(asset) for asset in MONTHLY}
        delays = {month: self.watch.of_month(BY_MONTH, month) for month in (BAD, LATE)}
        with self.progress.step(f"Drop a corrupted {BAD}, and a good correction of {LATE}"):
            self.deliveries.drop("flight_ops", f"flights-{BAD}.csv", self.deliveries.corrupted(BAD))
            self.deliveries.drop("flight_ops", f"flights-{LATE}.csv", self.deliveries.corrected(LATE))
            self.progress.wait(f"{BAD} to be refused", lambda: self.watch.refused("flight_ops/flights", BAD) > 0)
            self._wait_newer("flight_ops/flights", LATE, before)
            for asset in (BY_MONTH, TOTAL):
                self._wait_current(f"{asset} to follow {LATE}", asset)
            for asset in MONTHLY:
                if self.watch.versions(asset)[BAD] != before[asset][BAD]:
                    raise StepFailed(f"{asset} {BAD} changed though its delivery was refused")
            if self.watch.of_month(BY_MONTH, BAD) != delays[BAD]:
                raise StepFailed(f"{BY_MONTH} says something else of {BAD} though its delivery was refused")
            if self.watch.of_month(BY_MONTH, LATE) == delays[LATE]:
                raise StepFailed(f"{BY_MONTH} says the same of {LATE} as before its correction")
            self.progress.note(self._platformctl("status", "flight_ops/flights", log="status-refused", fine=(0, 1)))

    def _heal(self) -> None:
        before = {"flight_ops/flights": self.watch.versions("flight_ops/flights")}
        delays = self.watch.of_month(BY_MONTH, BAD)
        with self.progress.step(f"Drop the corrected {BAD}; everything heals by itself, downstream too"):
            self.deliveries.drop("flight_ops", f"flights-{BAD}.csv", self.deliveries.corrected(BAD))
            self._wait_newer("flight_ops/flights", BAD, before)
            for asset in (BY_MONTH, TOTAL):
                self._wait_current(f"{asset} to follow {BAD}", asset)
            if self.watch.of_month(BY_MONTH, BAD) == delays:
                raise StepFailed(f"{BY_MONTH} says the same of {BAD} as before its correction")

    def _roll_back(self) -> None:
        with self.progress.step(f"Roll {TOTAL} back to its previous version, then release it"):
            self.progress.note(self._platformctl("rollback", TOTAL, "--yes", log="rollback"))
            held = json.loads(self._platformctl("status", TOTAL, "--format", "json", log="status-held", fine=(0, 1)))
            self.progress.note(held["assets"][0]["sentence"])
            self.progress.note(self._platformctl("release", TOTAL, log="release"))
            self._wait_current(f"{TOTAL} to follow its inputs again", TOTAL)

    def _change_contract(self) -> None:
        """Two pull requests of one team: what they would mean for the others. Nothing is registered."""
        contract = self.folder / "locations/flight_ops/contracts/flights.odcs.yaml"
        signed = contract.read_text("utf-8")
        with self.progress.step(
            "Take a column away from a contract: one that another team uses, and one that nobody uses"
        ):
            try:
                for column, safe in ((USED, False), (UNUSED, True)):
                    lines = [line for line in signed.splitlines(True) if f"name: {column}," not in line]
                    contract.write_text("".join(lines).replace("version: 1.0.0", "version: 1.1.0"), "utf-8")
                    log = f"contract-{column}"
                    said = self._platformctl("contract", "diff", contract, "--format", "json", log=log, fine=(0, 1))
                    answer = json.loads(said)
                    if answer["reader_safe"] is not safe:
                        raise StepFailed(f"taking away {column} is not told to be {'safe' if safe else 'a break'}")
                    told = [found["message"] for found in answer["findings"] if "column-removed" in found["id"]]
                    self.progress.note(" ".join(["May go:" if safe else "Refused:", *told]))
            finally:
                contract.write_text(signed, "utf-8")

    def _wait_current(self, what: str, asset: str) -> None:
        """Wait until a dataset without partitions is made of the newest version of the flights."""

        def current() -> bool:
            flights, made = self.watch.snapshot("flight_ops/flights"), self.watch.snapshot(asset)
            if flights is None or made is None or None not in made.partitions:
                return False
            return made.partitions[None].inputs.get("flight_ops/flights") == flights.version

        self.progress.wait(what, current)

    def _wait(self, what: str, asset: str, partitions: tuple[str | None, ...]) -> None:
        self.progress.wait(what, lambda: self.watch.published(asset, partitions))

    def _wait_newer(self, asset: str, partition: str, before: dict[str, dict[str | None, int]]) -> None:
        old = before[asset][partition]
        self.progress.wait(f"{asset} {partition} to follow", lambda: self.watch.versions(asset)[partition] > old)

    def _platformctl(self, *arguments: str | Path, log: str, fine: tuple[int, ...] = (0,)) -> str:
        environment = {"PLATFORM_WORKSPACE": str(self.workspace)}
        return self.progress.run(["platformctl", *arguments], log, env=environment, fine=fine)


def _free_port() -> int:
    """Return a port that is free together with those after it: the web page's, then one for each code server."""
    for port in range(3000, 4000, 10):
        if all(is_free(port + offset) for offset in range(len(TEAMS) + 1)):
            return port
    raise StepFailed("no free ports between 3000 and 4000")
