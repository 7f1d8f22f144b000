"""Another time of day for a whole process, as far as Python code can see it.

For child processes that end soon: it cannot be taken back. Not reached are clocks that C code reads by itself, such as
NumPy's `datetime64("today")` and those of databases; of a query, the time of day is found by reading it.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import os
import time
from collections.abc import Callable
from typing import Any

__all__ = ["shift_clock"]

_DATETIME: Any = datetime.datetime


def shift_clock(seconds: float, zone: str) -> bool:
    """Move the clock of this process by `seconds`, and its time zone to `zone` (an IANA name, as in `Etc/GMT-14`).

    To be called before the code is imported that is to be fooled: a function it has taken hold of stays what it is.
    Returns whether it worked in this interpreter. What measures a span (`monotonic`, `perf_counter`) is not touched.
    """
    os.environ["TZ"] = zone
    time.tzset()
    _shift_time(seconds)
    _shift_datetime(datetime.timedelta(seconds=seconds))
    expected = time.clock_gettime(time.CLOCK_REALTIME) + seconds
    seen = (time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp())
    return all(abs(moment - expected) < 60 for moment in seen)


def _shift_time(seconds: float) -> None:
    real_time, real_ns = time.time, time.time_ns
    nanoseconds = round(seconds * 1_000_000_000)
    # `date.today()` and `datetime.today()` ask for this one by its name, so they follow.
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_ns() + nanoseconds
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _of_now(getattr(time, name)))
    real_asctime, real_strftime = time.asctime, time.strftime
    time.asctime = lambda *given: real_asctime(*(given or (time.localtime(),)))
    time.strftime = lambda form, *given: real_strftime(form, *(given or (time.localtime(),)))


def _of_now(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: function(*(given if given and given[0] is not None else (time.time(),)))


def _shift_datetime(by: datetime.timedelta) -> None:
    """Replace `now` and `utcnow` in the class itself.

    A class of our own in its place would be another type to pydantic, Polars and whoever compares types.
    """
    real_now, real_utcnow = _DATETIME.now, _DATETIME.utcnow

    def now(cls: Any, tz: Any = None) -> Any:
        return _as(cls, real_now(tz) + by)

    def utcnow(cls: Any) -> Any:
        return _as(cls, real_utcnow() + by)

    own = gc.get_referents(_DATETIME.__dict__)[0]
    own["now"], own["utcnow"] = classmethod(now), classmethod(utcnow)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(_DATETIME))


def _as(cls: Any, moment: datetime.datetime) -> Any:
    if cls is _DATETIME:
        return moment
    return cls.combine(moment.date(), moment.timetz())
