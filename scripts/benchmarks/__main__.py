"""Run the benchmarks named on the command line; each is a module with `run() -> dict` of figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ALL = (
    "cli",
    "lint",
    "contract_diff",
    "check",
    "workspace_check",
    "load",
    "audit",
    "publish",
    "onboard",
    "dbt_project",
    "postgres_audit",
    "backfill",
)
ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description="Measure against a peer or a floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(ALL)} (default: all)")
    parser.add_argument("--output", type=Path, default=ROOT / ".benchmark/figures.json", help="where the JSON goes")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ALL):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    figures: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "python": platform.python_version()}}
    failed = False
    for name in arguments.names or ALL:
        print(f"== {name}", flush=True)
        try:
            figures[name] = import_module(name).run()
        except AssertionError as error:  # the two sides did not compute the same
            print(f"Error: {name}: the compared outputs differ: {error}", file=sys.stderr)
            failed = True
            continue
        for key, value in figures[name].items():
            print(f"  {key:<48} {value:.3f}" if isinstance(value, float) else f"  {key:<48} {value}", flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"written to {arguments.output}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
