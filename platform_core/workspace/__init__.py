"""The central workspace: who is registered, the gate, and the files a deployment reads."""

from platform_core.workspace.layout import Workspace, find_workspace, init_workspace
from platform_core.workspace.register import Registered, register
from platform_core.workspace.registry import Registration, load_registry, waiting_for
from platform_core.workspace.render import render

__all__ = [
    "Registered",
    "Registration",
    "Workspace",
    "find_workspace",
    "init_workspace",
    "load_registry",
    "register",
    "render",
    "waiting_for",
]
