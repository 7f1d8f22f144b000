"""500 changed contracts of 22 columns judged, and `platformctl contract diff` of two folders of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import lint

__all__ = ["run"]

# Each contract gets one of these edits, and every fifth another version: what pull requests are made of.
EDITS = (
    ("maximum: 1000}", "maximum: 2000}"),
    ("{value: c}", "{value: c}, {value: d}"),
    ("logicalType: timestamp", "logicalType: date"),
    ("DECIMAL(10,2)", "DECIMAL(12,2)"),
    ("        required: true", "        required: false"),
    ("mustBeLessThan: 5", "mustBeLessThan: 50"),
    ("name: column_7\n", "name: column_seven\n"),
    ("value: 2, unit: d", "value: 4, unit: d"),
    ("mustBeGreaterThan: 0", "mustBeGreaterThan: 10"),
    ("        description: Column", "        description: The column"),
)


def run() -> dict[str, Any]:
    """Seconds of judging contracts that are read, and of the whole command from cold and from what it remembers."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lint._write(root / "old")
        (root / "new").mkdir()
        for number, path in enumerate(sorted((root / "old").iterdir())):
            before, after = EDITS[number % len(EDITS)]
            text = path.read_text().replace(before, after)
            if after.startswith("logicalType: date"):
                text = text.replace("date\n        logicalTypeOptions: {timezone: true}", "date")
            (root / "new" / path.name).write_text(text.replace("1.0.0", "1.0.1") if number % 5 == 0 else text)
        cold, first = _command(root)
        warm, second = _command(root)
        assert first == second, "the two runs do not say the same"
        answer = json.loads(first)
        assert len(answer["contracts"]) == lint.CONTRACTS
        assert all(contract["findings"] for contract in answer["contracts"])
        judged = _judge(root)
    return {
        "pairs": lint.CONTRACTS,
        "findings": len(answer["findings"]),
        "judge_seconds": judged,
        "command_cold_seconds": cold,
        "command_remembered_seconds": warm,
        "aim_judge_seconds": 2,
    }


def _judge(root: Path) -> float:
    """Seconds for all pairs, read before: changes, verdict and findings."""
    from platform_core.contracts.model import parse_contract
    from platform_core.documents import load_document
    from platform_core.lineage.comparison import compare

    pairs = [
        (parse_contract(load_document(path)), parse_contract(load_document(root / "new" / path.name)))
        for path in sorted((root / "old").iterdir())
    ]
    start = time.perf_counter()
    found = [compare(f"bench/{old.dataset}", "team:bench", old, new).findings for old, new in pairs]
    seconds = time.perf_counter() - start
    assert all(found)
    return seconds


def _command(root: Path) -> tuple[float, str]:
    words = ["contract", "diff", "old", "new", "--format", "json"]
    command = [sys.executable, "-c", f"from platform_core.cli import main; main({words!r})"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, f"contract diff failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return time.perf_counter() - start, done.stdout
