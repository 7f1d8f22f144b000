"""TCP ports of this machine: taken, free, answering."""

from __future__ import annotations

import socket

__all__ = ["accepts", "is_free"]


def accepts(port: int) -> bool:
    """Say whether something on this machine accepts connections on `port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_free(port: int) -> bool:
    """Say whether `port` can be listened on. Ports lately closed count as free, as for any server."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
