"""After a registration: did the running deployment, if there is one, really load it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from platform_core.workspace.layout import Workspace
from platform_core.workspace.registry import Registration

__all__ = ["Verified", "verify"]


@dataclass(frozen=True)
class Verified:
    """Whether the deployment at `address` loaded the location, in one `sentence`."""

    address: str
    loaded: bool
    sentence: str


def verify(workspace: Workspace, registration: Registration, say: Callable[[str], None]) -> Verified | None:
    return None
