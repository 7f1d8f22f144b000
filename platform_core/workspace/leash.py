"""Run a command that ends when the process that started it ends, however that one ended.

Run as a script, `leash.py <parent pid> <command...>`: it asks the kernel (Linux; elsewhere it does nothing) for a
SIGTERM at the parent's death, heeds the signals that ask it to stop, and becomes the command. A script, because that
must be done in the child itself, and code of our own between fork and exec can hang in a process that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: "list[str]") -> None:
    # Whoever was started in the background of a script ignores Ctrl-C, and Dagster copies that to SIGTERM: inherited,
    # nothing could ask the command to stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the request: nobody would tell us
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - a list of arguments, and no shell is what is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
