"""What datacontract-cli says of pairs of contracts. Run by an environment that has it; it knows nothing of ours.

Arguments: folders with old.odcs.yaml and new.odcs.yaml. Prints one JSON object: folder name -> consumer, producer,
each a list of the ids of rules that call the change breaking.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from datacontract.data_contract import DataContract


def breaking(folder: Path, perspective: str) -> list[str]:
    # References stay unread: the contracts are compared as they are written.
    old, new = (
        DataContract(data_contract_file=str(folder / f"{name}.odcs.yaml"), inline_references=False)
        for name in ("old", "new")
    )
    result = old.breaking(new, perspective=perspective)
    return sorted({entry.rule_id for entry in result.entries if entry.level.value == "error"})


if __name__ == "__main__":
    logging.disable()
    said = {}
    for path in sys.argv[1:]:
        folder = Path(path)
        said[folder.name] = {one: breaking(folder, one) for one in ("consumer", "producer")}
    sys.stdout.write(json.dumps(said))
