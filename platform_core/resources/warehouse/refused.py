"""Why the door says no. Each is an error the caller can tell from the others; what stood published stands."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from platform_core.errors import PlatformError

__all__ = [
    "BaseMoved",
    "Busy",
    "Conflict",
    "DiskFull",
    "EmptyDelivery",
    "HeldBack",
    "NotValid",
    "SchemaChange",
    "Unavailable",
    "room",
]


class EmptyDelivery(PlatformError):
    """The delivery has no rows, and the contract does not say `platformAllowEmpty: true`."""


class BaseMoved(PlatformError):
    """Another partition was published meanwhile, and a rule over the whole dataset no longer holds."""


class HeldBack(PlatformError):
    """The dataset was rolled back and is held; this delivery brings no new input."""


class NotValid(PlatformError):
    """An old version does not satisfy today's contract and cannot be put back."""


class SchemaChange(PlatformError):
    """The contract's types differ from those of the published table in a way that one partition may not bring in."""


class Busy(PlatformError):
    """Other writers won every try to commit."""


class Unavailable(PlatformError):
    """The database cannot be reached, or the connection was lost on the way. It may work a moment later."""


class Conflict(Busy):
    """Somebody else committed between our look at the table and our commit: look again."""

    def __init__(self, table: str, reason: object) -> None:
        super().__init__(f"Another writer committed to {table} first ({reason}).", hint="Run it again.")


class DiskFull(PlatformError):
    """There is no room for the delivery. Nothing was published, nothing was lost."""

    def __init__(self) -> None:
        super().__init__(
            "The disk that holds the warehouse is full.",
            hint="Free space (platformctl vacuum removes old versions), then run again. What was published stands.",
        )


@contextmanager
def room() -> Iterator[None]:
    """Turn the errors of a full disk, in whatever library they arise, into DiskFull."""
    try:
        yield
    except PlatformError:
        raise
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
        if full or "No space left" in str(error):
            raise DiskFull() from error
        raise
