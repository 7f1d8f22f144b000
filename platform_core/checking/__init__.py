"""All that a location's pull request must pass, in one process and with one import of Dagster."""

from platform_core.lazy import lazily

_HOMES = {
    "check_fast": "platform_core.checking.files",
    "check_location": "platform_core.checking.location",
}

__all__ = ["check_fast", "check_location"]

__getattr__ = lazily(__name__, _HOMES)
