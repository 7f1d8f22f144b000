"""A process that does with contracts all that is done with them, and tells every file and address it asked for.

`observed.py PLAIN REFERRING`: lints, loads, plans, compares and drafts from the contracts of both locations and runs
`platformctl` on them. Printed as JSON is what Python opened, listed, connected to or started for the second and not for
the first, other than the location itself.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

asked: list[str] = []
_OPENING = ("open", "os.listdir", "os.scandir", "glob.glob", "pathlib.Path.glob")
_REACHING = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
_STARTING = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "ctypes.dlopen")


def _observe(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _OPENING and isinstance(arguments[0], (str, bytes)):
        asked.append(f"{event} {os.path.realpath(os.fsdecode(arguments[0]))}")
    elif event in _REACHING or event in _STARTING:
        asked.append(f"{event} {arguments}")


def _everything(folder: Path) -> None:
    from platform_core.audit import notes, plan
    from platform_core.audit.postgres.foreseen import foreseen
    from platform_core.contracts import lint_paths, parse_contract
    from platform_core.documents import load_document
    from platform_core.lineage.comparison import compare
    from platform_core.lineage.drafting import drafted

    lint_paths([folder / "contracts"])
    paths = sorted((folder / "contracts").glob("*.odcs.yaml"))
    old, new = (parse_contract(load_document(path)) for path in paths)
    for contract in (old, new):
        assert plan(contract, "shop") and contract.hash
        notes(contract)
        foreseen(contract, "shop")
        drafted(contract, None, "shop/orders")
    assert compare("shop/orders", "team:shop", old, new).findings is not None
    run = ["contract", "lint", str(folder / "contracts")], ["contract", "diff", *map(str, paths)]
    for arguments in (*run, ["check", "--fast", "--location-root", str(folder)]):
        _command(arguments)


def _command(arguments: list[str]) -> None:
    from platform_core.cli import main

    try:
        main(arguments)
    except SystemExit as ended:
        assert ended.code in (0, 1), arguments


def main() -> None:
    plain, referring = (Path(argument).resolve() for argument in sys.argv[1:])
    sys.addaudithook(_observe)
    told = []
    for folder in (plain, plain, referring):  # the first time modules are loaded
        asked.clear()
        _everything(folder)
        told.append({one.replace(str(folder), "") for one in asked if os.environ["XDG_CACHE_HOME"] not in one})
    sys.stdout.write("\n" + json.dumps({"asked": len(told[2]), "more": sorted(told[2] - told[1])}))


if __name__ == "__main__":
    main()
