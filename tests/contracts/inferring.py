"""Infer a contract from a file, and hold it against that same file: lint, then the audit itself."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from platform_core.audit import plan
from platform_core.audit.duckdb import audit
from platform_core.contracts import Contract, duckdb_type, infer_contract, lint_contract, load_contract
from platform_core.sql import Relation

READ = {
    "csv": "read_csv(?, header=true, all_varchar=true, delim=',', quote='\"', escape='\"', nullstr={nulls})",
    "parquet": "read_parquet(?)",
    "ndjson": "read_json(?, format='newline_delimited', sample_size=-1, dateformat='text', timestampformat='text')",
}


def inferred(path: Path, null_values: Sequence[str] = (), dataset: str = "things") -> Contract:
    """Return the contract inferred from a file; it passes the lint, and inferring again gives the same text."""
    text = infer_contract(path, dataset=dataset, location="shop", owner="team:shop", null_values=null_values)
    assert text == infer_contract(path, dataset=dataset, location="shop", owner="team:shop", null_values=null_values)
    file = path.parent / "contracts" / f"{dataset}.odcs.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert lint_contract(file) == []
    return load_contract(file)


def violations(contract: Contract, path: Path, null_values: Sequence[str] = ()) -> list[str]:
    """Return the checks of a contract that the file it was inferred from does not pass."""
    with duckdb.connect() as connection:
        source = READ[path.suffix[1:]].format(nulls=["", *null_values])
        casts = ", ".join(
            f'CAST("{column.name.replace(chr(34), chr(34) * 2)}" AS {duckdb_type(column)}) '
            f'AS "{column.name.replace(chr(34), chr(34) * 2)}"'
            for column in contract.columns
        )
        connection.execute(f"CREATE TABLE staged AS SELECT {casts} FROM {source}", [str(path)])
        result = audit(connection, plan(contract, "shop"), Relation.table("staged"))
        return [f"{outcome.check.name}: {outcome.message}" for outcome in result.outcomes if not outcome.passed]
