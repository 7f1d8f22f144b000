"""From `copier copy` to a registered location, as a team does it: each with its own environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from progress import Progress

__all__ = ["ROOT", "TEAMS", "Onboarding"]

ROOT = Path(__file__).parents[2]

# location -> answers to the template's questions
TEAMS: Mapping[str, Mapping[str, str]] = {
    "flight_ops": {
        "owner": "team:flight-ops",
        "contact": "#flight-ops",
        "description": "Flights from New York, and what they refer to",
    },
    "weather": {
        "owner": "team:weather-desk",
        "contact": "#weather-desk",
        "description": "Weather at the airports of New York",
    },
    "analytics": {
        "owner": "team:analytics",
        "contact": "#analytics",
        "description": "How late flights are, and why",
        "starter": "dbt",
    },
}


class Onboarding:
    """One team's way from nothing to a registered location in `folder`."""

    def __init__(self, progress: Progress, name: str, folder: Path, workspace: Path) -> None:
        self.progress = progress
        self.name = name
        self.folder = folder
        self.python = folder / ".venv/bin/python"
        # A team's shell knows the workspace, and nothing of the environment that runs this script.
        self.environment = {"PLATFORM_WORKSPACE": str(workspace), "VIRTUAL_ENV": str(folder / ".venv")}

    def copy(self) -> None:
        """Render the template, then put the team's own files beside it: contracts, defs.yaml, SQL, dbt models."""
        answers = {"location_name": self.name, "example": "false", **TEAMS[self.name]}
        data = [argument for key, value in answers.items() for argument in ("--data", f"{key}={value}")]
        command = ["copier", "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD", *data, ROOT, self.folder]
        self.progress.run(command, f"{self.name}-copy")
        shutil.copytree(ROOT / "examples/nyc_flights" / self.name, self.folder, dirs_exist_ok=True)

    def install(self) -> None:
        """Make the location's own environment, the way its README says."""
        self.progress.run(["uv", "sync", "--quiet"], f"{self.name}-install", self.folder, self.environment)

    def test(self) -> str:
        """Run the location's contract tests and return the last line they print."""
        output = self.progress.run([self.python, "-m", "pytest", "-q"], f"{self.name}-test", self.folder, self._shell())
        return output.strip().splitlines()[-1]

    def register(self) -> None:
        command = [self.folder / ".venv/bin/platformctl", "register"]
        self.progress.run(command, f"{self.name}-register", self.folder, self._shell())

    def _shell(self) -> dict[str, str]:
        return {**self.environment, "PATH": f"{self.folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
