"""Brings a dataset under contract: contract, code and sample in one step, or nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platform_core.contracts import SUFFIX, Contract, load_contract
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import FindingsError
from platform_core.locations import Location, load_location
from platform_core.names import AssetId
from platform_core.onboarding.contract_text import contract_text
from platform_core.onboarding.samples import sample_file
from platform_core.onboarding.writing import refuse_existing, write_new

__all__ = ["Added", "Addition", "add_python", "add_sql", "defs_yaml"]

# What is used of a dataset: its contract, and the columns; None where nobody knows which.
Read = tuple[Contract, Collection[str] | None]
MAX_QUERY = 256 * 1024  # bytes


@dataclass(frozen=True)
class Added:
    """A dataset that was added: its files below the location's root, and what to know about it."""

    asset: AssetId
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addition:
    """A dataset about to be added to the location in `root`; making one checks its name and that it is new.

    Raises PlatformError for a name that cannot be used or is taken, FindingsError for a bad location.yaml.
    """

    root: Path
    dataset: str
    location: Location = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", load_location(self.root))
        AssetId(self.location.name, self.dataset)
        samples = [f"tests/samples/{self.dataset}.{suffix}" for suffix in ("csv", "ndjson", "parquet")]
        refuse_existing(self.root, [self.contract_name, self.folder, *samples])

    @property
    def contract_name(self) -> str:
        return f"contracts/{self.dataset}{SUFFIX}"

    @property
    def folder(self) -> str:
        return f"src/{self.location.name}/defs/{self.dataset}"

    def write(
        self,
        contract: str,
        code: Mapping[str, str],
        suffix: str,
        notes: Sequence[str] = (),
        read: Mapping[str, Read] | None = None,
    ) -> Added:
        """Write contract, code (by file name) and a sample, after holding the first two against the rules.

        `read` is what it uses of which datasets: of those of other teams, the needs are drafted, too.
        """
        from platform_core.onboarding.added_needs import added_needs

        sample, content = sample_file(self.attempt(contract, code), suffix)
        files = {self.contract_name: contract.encode()}
        files |= {f"{self.folder}/{name}": text.encode() for name, text in code.items()}
        files[sample] = content
        needs, more = added_needs(self.root, self.location.name, read or {})
        files |= needs
        write_new(self.root, files)
        return Added(AssetId(self.location.name, self.dataset), tuple(files), (*notes, *more))

    def attempt(self, contract: str, code: Mapping[str, str]) -> Contract:
        """Hold contract and code against the rules, away from the location; return the contract as read.

        Raises FindingsError with all that is wrong.
        """
        # Inside the location: its engine says in which dialect a query is read.
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=self.root) as scratch:
            path = Path(scratch) / f"{self.dataset}{SUFFIX}"
            path.write_text(contract, encoding="utf-8")
            folder = Path(scratch) / self.dataset
            folder.mkdir()
            for name, text in code.items():
                (folder / name).write_text(text, encoding="utf-8")
            if "defs.yaml" in code:
                from platform_core.components.discovery import read_component

                declared = read_component(load_document(folder / "defs.yaml"), self.location.name)
                if isinstance(declared, list):
                    raise FindingsError("The dataset cannot be declared like this:", declared)
            return load_contract(path)


def add_sql(
    root: Path, dataset: str, query_file: Path, partitions: Mapping[str, Any] | None = None, *, same: bool = False
) -> Added:
    """Add a dataset that the SELECT in `query_file` makes. Its columns are told from the contracts of what it reads.

    With `same`, it is cut as its inputs are.
    """
    from platform_core.onboarding.added_needs import used_by
    from platform_core.onboarding.queries import columns_of, inputs_of_query
    from platform_core.onboarding.upstream_partitions import partitions_of_inputs, same_partitions

    addition = Addition(root, dataset)
    query = _read_query(query_file)
    properties = columns_of(query, query_file, root, addition.location.name)
    cuts = partitions_of_inputs(query, root, addition.location.name)
    chosen = same_partitions(cuts) if same else partitions
    contract = contract_text(addition.location, dataset, properties, chosen)
    code = {"defs.yaml": defs_yaml("SqlDataset", {"partitions": chosen}), f"{dataset}.sql": query.rstrip() + "\n"}
    key = [column["name"] for column in properties if column.get("primaryKey")]
    notes = [
        f"The query groups by {', '.join(key)}: that is the key." if key else "Say in the contract what its key is."
    ]
    if cuts and not chosen:
        cut = ", ".join(f"{asset} ({cut['type']})" for asset, cut in cuts.items())
        notes.append(f"It reads all that is published of {cut}. With --partitions same it would publish part by part.")
    inputs = inputs_of_query(query, query_file, root, addition.location.name)
    read = used_by(query, inputs, addition.location.name, root)
    return addition.write(contract, code, "csv", notes, read)


def add_python(
    root: Path, dataset: str, inputs: Sequence[str] = (), partitions: Mapping[str, Any] | None = None
) -> Added:
    """Add a dataset that a Python function makes: a function that runs as it stands, for the team to fill in.

    `inputs` are datasets as `location/dataset`, or bare names of the own location.
    """
    from platform_core.onboarding.queries import contract_known

    addition = Addition(root, dataset)
    assets = [AssetId.parse(text, addition.location.name) for text in inputs]
    names = [dataset, *(asset.dataset for asset in assets), "dataset", "partition", "pyarrow"]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        hint = "Write that function by hand: its arguments may have any name."
        raise PlatformError(f"the name {twice[0]} would stand for two things in the function.", hint=hint)
    properties = [
        {"name": "id", "logicalType": "integer", "description": "Number of the row.", "required": True}
        | {"primaryKey": True, "primaryKeyPosition": 1}
    ]
    text = contract_text(addition.location, dataset, properties, partitions)
    code = {f"{dataset}.py": _function_text(dataset, assets, partitions)}
    notes = [
        f"Write the function, and its columns into {addition.contract_name}.",
        f"Then delete tests/samples/{dataset}.csv, or write its rows anew: without one, the tests make their own.",
    ]
    if not inputs:
        notes.append("Without --input nothing makes it run by itself: give it a clock, @dataset(cron='0 6 * * *').")
    known = {str(asset): contract_known(asset, root, addition.location.name) for asset in assets}
    read: dict[str, Read] = {name: (contract, None) for name, contract in known.items() if contract is not None}
    return addition.write(text, code, "csv", notes, read)


def defs_yaml(component: str, attributes: Mapping[str, Any]) -> str:
    """Return a defs.yaml; attributes without a value are left out. Texts are quoted: JSON is YAML."""
    lines = [f"type: platform_core.{component}"]
    said = {name: value for name, value in attributes.items() if value is not None}
    lines += ["attributes:"] if said else []
    for name, value in said.items():
        lines.append(f"  {name}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    if value in ("daily", "weekly", "monthly", "static", "dynamic"):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _read_query(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_QUERY:
            raise PlatformError(f"{len(raw):,} bytes; a query has at most {MAX_QUERY:,}.", Where(path))
        return raw.decode("utf-8")
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror}.", Where(path)) from error
    except UnicodeDecodeError as error:
        raise PlatformError("is not UTF-8 text.", Where(path), "Save it as UTF-8.") from error


def _function_text(dataset: str, assets: Sequence[AssetId], partitions: Mapping[str, Any] | None) -> str:
    declared = []
    if assets:
        pairs = ", ".join(f'"{asset.dataset}": "{asset}"' for asset in assets)
        declared.append(f"inputs={{{pairs}}}")
    if partitions:
        declared.append(f"partitions={_python(partitions)}")
    arguments = [f"{asset.dataset}: pyarrow.Table" for asset in assets] + ["partition: str"] * bool(partitions)
    return (
        f'"""Makes {dataset}. Its columns and rules stand in contracts/{dataset}{SUFFIX}."""\n\n'
        "import pyarrow\n"
        "from platform_core import dataset\n\n\n"
        f"@dataset({', '.join(declared)})\n"
        f"def {dataset}({', '.join(arguments)}) -> pyarrow.Table:\n"
        '    return pyarrow.table({"id": [1]})\n'
    )


def _python(value: Any) -> str:
    """Write a value as ruff would format it: double quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_python(name)}: {_python(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_python(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
