"""dbt's process: `python -m platform_core.components.dbt.child <pid of its parent> <adapter> <arguments>`.

A module of its own, because what it asks of the kernel must be asked in the child: that it ends when its parent does.
"""

import ctypes
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from platform_core.components.dbt.profile import RELOCATION

__all__ = ["NO_ADAPTER", "NO_DBT", "main"]

NO_DBT, NO_ADAPTER = 65, 66  # exit codes; dbt's own are 0, 1, 2
_PR_SET_PDEATHSIG = 1
_VERSION_3, _DAC_OVERRIDE = 0x20080522, 1  # of linux/capability.h


def main(parent: int, adapter: str, arguments: "list[str]") -> None:
    """Run dbt with `arguments`; does not return. Exits with NO_DBT or NO_ADAPTER when one is not installed."""
    if sys.platform.startswith("linux"):
        _heed_modes()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # what it builds is private: nothing is lost
        if os.getppid() != parent:  # it died before the request
            sys.exit(1)
    try:
        from dbt.cli.main import cli
    except ImportError as error:
        print(f"dbt cannot be imported: {error}", file=sys.stderr)  # noqa: T201 - read by who started this
        sys.exit(NO_DBT)
    if find_spec(f"dbt.adapters.{adapter}") is None:
        sys.exit(NO_ADAPTER)
    if RELOCATION in os.environ:
        from platform_core.components.dbt.relocating import run_relocated

        sys.exit(run_relocated(Path(os.environ[RELOCATION]), arguments))
    cli(args=arguments, prog_name="dbt")


def _heed_modes() -> None:
    """Let root, too, be stopped by a file's mode: published files are read-only, and SQL of a team is run on them."""
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets) == 0 and sets[0] & 1 << _DAC_OVERRIDE:
        for place in (0, 1, 2):  # effective, permitted, inheritable, of the first 32
            sets[place] &= ~(1 << _DAC_OVERRIDE)
        libc.capset(header, sets)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
