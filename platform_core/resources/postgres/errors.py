"""What the database says, in our words: no password, no data value, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.resources.warehouse.refused import Busy, DiskFull, Unavailable

if TYPE_CHECKING:
    from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["explained", "said"]

_LOST = {"57P01", "57P02", "57P03", "57P05", "53300"}
_AGAIN = "Nothing was half-published. Run it again when the database answers."
# Classes of errors whose text names objects and words of the query, never a value of the data.
_NAMED = ("42", "0A", "3F", "3D", "2B", "54")


@contextmanager
def explained(address: PostgresAddress) -> Iterator[None]:
    """Turn every error of the database into a PlatformError."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        # Chained, a log would show what the database said of the data.
        raise _explanation(error, address) from None


def said(error: Any) -> str:
    """Say what was wrong, in words that hold no value of the data."""
    state = error.sqlstate or ""
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    message = error.diag.message_primary or ""
    return f"{name}: {message}" if state.startswith(_NAMED) and message else f"{name} ({state or 'no code'})"


def _explanation(error: Any, address: PostgresAddress) -> PlatformError:
    import psycopg

    state = error.sqlstate or ""
    where = f"the database {address.database}"
    if state == "53100" or "No space left" in str(error.diag.message_primary):
        return DiskFull()
    if state in ("55P03", "40P01", "40001"):
        return Busy(f"Somebody else is at work on the same tables of {where}.", hint="Run it again.")
    if state == "42501":
        message = error.diag.message_primary or "permission denied"
        return PlatformError(
            f"The role that was logged in lacks rights in {where}: {message}.",
            hint="platformctl workspace grants renders the SQL that gives each location its rights.",
        )
    if state in _LOST or state.startswith("08"):
        return Unavailable(f"The connection to {where} was lost ({said(error)}).", hint=_AGAIN)
    if isinstance(error, psycopg.OperationalError) and not state:
        return _unconnected(str(error), where, address)
    return PlatformError(f"Work in {where} failed: {said(error)}.", hint="What was published stands.")


def _unconnected(text: str, where: str, address: PostgresAddress) -> PlatformError:
    """Say why no connection came about, or that it broke. Of libpq's text only known parts are repeated."""
    if "password authentication failed" in text or "no password supplied" in text or "SCRAM" in text:
        return PlatformError(
            f"{where[0].upper()}{where[1:]} does not accept the password of the role {_role(address)}.",
            hint=f"Set the environment variable {_variable(address)}.{_roles(address)}",
        )
    if found := re.search(r'(role|database) "([^"]{0,80})" does not exist', text):
        return PlatformError(
            f"There is no {found[1]} '{found[2]}' on the server of {where}.", hint=_CHECK + _roles(address)
        )
    if "pg_hba.conf" in text or "is not permitted to log in" in text or "permission denied for database" in text:
        return PlatformError(f"The role {_role(address)} may not connect to {where}.", hint=_CHECK)
    reasons = {
        "Connection refused": "nothing answers there",
        "could not translate host name": "the host is unknown",
        "resolve host": "the host is unknown",
        "timeout expired": "no answer in time",
        "starting up": "it is starting",
        "shutting down": "it is shutting down",
        "too many clients": "it has too many connections",
        "remaining connection slots": "it has too many connections",
        "No such file or directory": "no server listens there",
        "terminat": "the connection was ended",
        "closed the connection": "the connection was ended",
        "SSL": "no secure connection came about",
    }
    reason = next((said for part, said in reasons.items() if part in text), "the connection was lost")
    return Unavailable(f"The database {address.database} cannot be reached: {reason}.", hint=_AGAIN)


_CHECK = "Correct the URL or the role in platform.yaml, or ask who runs the database."


def _variable(address: PostgresAddress) -> str:
    from platform_core.resources.postgres_address import own_password

    own = f" (or {own_password(address.password_env, address.login)})" if address.roles == "location" else ""
    return f"{address.password_env}{own}"


def _roles(address: PostgresAddress) -> str:
    return " The roles of locations are made by what platformctl workspace grants renders." * (
        address.roles == "location"
    )


def _role(address: PostgresAddress) -> str:
    return address.login or "(by default)"
