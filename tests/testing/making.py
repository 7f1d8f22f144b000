"""What the tests of samples and violations share: contracts from properties, and an audit of a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow

from platform_core.contracts import Contract, parse_contract
from platform_core.documents import Document
from platform_core.testing.proof import Bench

HOME = "shop"


def contract_of(*properties: Mapping[str, Any], **schema: Any) -> Contract:
    data = {"version": "1.0.0", "schema": [{"name": "orders", "properties": list(properties), **schema}]}
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


def broken(contract: Contract, table: pyarrow.Table, references: Mapping[str, pyarrow.Table] | None = None) -> set[str]:
    """Return the names of the checks that fail on `table`."""
    with Bench(contract, HOME, references or {}) as bench:
        return {outcome.check.name for outcome in bench.audit(table) if not outcome.passed}
