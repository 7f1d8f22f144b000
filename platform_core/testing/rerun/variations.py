"""In what ways a dataset is made a second time, and what it means when that publishes something else."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AGAIN", "ALONE", "TOGETHER", "Variation"]


@dataclass(frozen=True)
class Variation:
    """One way. `what` finishes "made again ...", `fix` says what to look for.

    `seed` is Python's hash seed. `tolerant` lets floating point numbers differ in their last digits.
    """

    what: str
    fix: str
    seed: int = 0
    days: float = 0.0  # the clock is moved by so many
    zone: str = "Etc/GMT+12"
    shuffled: bool = False
    backwards: bool = False
    killed: bool = False
    tolerant: bool = False


AGAIN = Variation(
    "in the same way",
    "Take out what changes by itself (random values, the time of day), and what is kept between two calls.",
)
# A year and more on, another month, weekday and hour; between the two time zones it is never the same day.
_CLOCK, _ZONE = 400.2, "Etc/GMT-14"
ALONE = (
    Variation(
        "at another time and in another time zone",
        "Take the time from the data or from the argument `partition`, not from the clock.",
        days=_CLOCK,
        zone=_ZONE,
    ),
    Variation(
        "with another hash seed (PYTHONHASHSEED)",
        "Sort what comes out of a set before its order reaches a row: sorted(...). Use hashlib, not hash().",
        seed=1,
    ),
    Variation(
        "from the same rows in another order",
        "Give every LIMIT, window, list and first value an ORDER BY that leaves no ties; in Python, sort before you"
        " number rows or drop duplicates.",
        shuffled=True,
        tolerant=True,
    ),
    Variation(
        "with its partitions in another order",
        "Keep nothing between two partitions: no global, no file, no counter.",
        backwards=True,
    ),
    Variation(
        "after a run of it was killed in the middle",
        "Keep nothing outside what is returned: no file, no table of your own.",
        killed=True,
    ),
)
TOGETHER = Variation(
    "with everything varied at once",
    "Look for what depends on the order of rows, sets or partitions, or on the time.",
    seed=1,
    days=_CLOCK,
    zone=_ZONE,
    shuffled=True,
    backwards=True,
    killed=True,
    tolerant=True,
)
