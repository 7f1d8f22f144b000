"""Kills a run between its commit and its event, once, when the file named by KILL_AFTER_COMMIT exists."""

import os
import signal
from pathlib import Path

from platform_core.resources.warehouse.table import Table

_publish = Table.publish


def _publish_and_die(self, *arguments, **keywords):
    publication = _publish(self, *arguments, **keywords)
    order = Path(os.environ["KILL_AFTER_COMMIT"])
    if order.exists() and order.read_text() == str(self.asset):
        order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return publication


Table.publish = _publish_and_die
