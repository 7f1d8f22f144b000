"""What a dbt project is made of, as plain data: models, sources, tests, macros, hooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platform_core.errors import Where

__all__ = ["Column", "Macro", "Manifest", "Model", "Operation", "Source", "Test"]


@dataclass(frozen=True)
class Column:
    """A column as the project's YAML describes it; `data_type` is empty where the project names none.

    `constraints` are those of dbt (mappings with `type`, `expression`, `to`, `to_columns`).
    """

    name: str
    data_type: str = ""
    description: str = ""
    constraints: tuple[Mapping[str, Any], ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model, seed or snapshot. `columns` are those that the project describes, not all that it has.

    `path` is its file, `patch_path` the YAML that describes it (None: none does); both absolute. `depends_on` are the
    unique ids of models and sources it reads, `macros` those of the macros it uses. `compiled_code` is empty where
    dbt could not compile it without a database.
    """

    unique_id: str
    name: str
    resource_type: str  # model, seed, snapshot
    package: str
    path: Path
    patch_path: Path | None
    description: str
    columns: Mapping[str, Column]
    depends_on: tuple[str, ...]
    macros: tuple[str, ...]
    database: str
    schema: str
    alias: str
    materialized: str
    language: str
    raw_code: str
    compiled_code: str
    config: Mapping[str, Any]
    contract_enforced: bool
    constraints: tuple[Mapping[str, Any], ...]
    tags: tuple[str, ...]
    meta: Mapping[str, Any]
    fqn: tuple[str, ...]
    version: str = ""
    checksum: str = ""

    @property
    def dataset(self) -> str:
        """The dataset it makes: its name, with `_v2` for version 2 of a versioned model."""
        return f"{self.name}_v{self.version}" if self.version else self.name

    @property
    def relation(self) -> tuple[str, str, str]:
        """Database, schema and name of what dbt builds."""
        return self.database, self.schema, self.alias

    @property
    def lasting(self) -> bool:
        """Whether it is built on what it was before: incremental models and snapshots."""
        return self.resource_type == "snapshot" or self.materialized == "incremental"

    @property
    def keeps_time(self) -> bool:
        """Whether its rows hold when they were first seen. A run goes on from them, and none begins from nothing."""
        return self.resource_type == "snapshot" and self.config.get("strategy") == "check"

    @property
    def refreshable(self) -> bool:
        """Whether a full refresh builds it from nothing. Not a snapshot: its history can be had from nowhere else."""
        return self.resource_type != "snapshot" and self.config.get("full_refresh") is not False

    def where(self, *words: str) -> Where:
        """The first line of its file that holds all `words`; its first line when none does."""
        return _line(self.path, words)

    def described(self, *words: str) -> Where:
        """The first line of the YAML that describes it, from its name on, that holds all `words`."""
        return _line(self.patch_path, words, self.name) if self.patch_path else self.where()


@dataclass(frozen=True)
class Source:
    """A table of a source. `meta` is the source's with the table's over it."""

    unique_id: str
    source_name: str
    name: str
    database: str
    schema: str
    identifier: str
    path: Path
    columns: Mapping[str, Column]
    meta: Mapping[str, Any]

    @property
    def relation(self) -> tuple[str, str, str]:
        return self.database, self.schema, self.identifier

    def where(self) -> Where:
        """Where the project's YAML names the table."""
        return _line(self.path, ("name:", self.name), self.source_name)


@dataclass(frozen=True)
class Test:
    """A data test or unit test.

    `kind` is the generic test (`not_null`, `dbt_utils.unique_combination_of_columns`), empty for one written as a
    query of its own; `arguments` are what it was given. `attached` is the unique id of the model or source it belongs
    to, empty for a query. `severity` is error or warn; `where` the condition it is limited to.
    """

    __test__ = False  # to pytest, whatever is called Test is one

    unique_id: str
    name: str
    kind: str
    path: Path
    attached: str
    column: str
    depends_on: tuple[str, ...]
    arguments: Mapping[str, Any]
    severity: str
    condition: str
    config: Mapping[str, Any]
    fqn: tuple[str, ...]
    description: str = ""
    macros: tuple[str, ...] = ()
    raw_code: str = ""

    @property
    def where(self) -> Where:
        after = self.column or self.attached.split(".")[-1]
        return _line(self.path, (self.kind.split(".")[-1] or self.name,), after)


@dataclass(frozen=True)
class Macro:
    """A macro with the code it has and the macros it uses."""

    unique_id: str
    name: str
    package: str
    path: Path
    code: str
    macros: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """A hook of the whole run. `stage` is on-run-start or on-run-end."""

    unique_id: str
    package: str
    stage: str
    path: Path
    raw_code: str


@dataclass(frozen=True)
class Manifest:
    """What dbt knows of a project, without what is disabled. All mappings are by unique id."""

    project: str
    adapter: str
    dbt_version: str
    folder: Path
    models: Mapping[str, Model]
    sources: Mapping[str, Source]
    tests: Mapping[str, Test]
    macros: Mapping[str, Macro]
    operations: tuple[Operation, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)  # what we know nothing of -> its kind

    def line_of(self, path: Path, *words: str) -> Where:
        """The first line of a file that holds all `words`; its first line when none does."""
        return _line(path, words)

    def slim(self) -> Manifest:
        """Return what a run needs of it, without the code and what only its reading judges."""
        return replace(
            self,
            models={
                name: replace(model, **_NO_CODE, columns={}, config=_run_by(model.config), meta=_ours(model.meta))
                for name, model in self.models.items()
            },
            sources={name: replace(source, columns={}, meta={}) for name, source in self.sources.items()},
            tests={name: replace(test, arguments={}, config={}, raw_code="") for name, test in self.tests.items()},
            macros={},
        )

    def tests_of(self, unique_id: str) -> list[Test]:
        """Return the tests that belong to a model or source."""
        return [test for test in self.tests.values() if test.attached == unique_id]

    def macros_of(self, model: Model) -> list[str]:
        """Return the macros that a model uses, and those its text names: dbt sees none that is_incremental() hides."""
        words = set(re.findall(r"\w+", model.raw_code)) if "{" in model.raw_code else ()
        named = [macro.unique_id for macro in self.macros.values() if macro.name in words]
        return list(dict.fromkeys((*model.macros, *sorted(named))))

    def ancestry(self, unique_id: str) -> list[Model]:
        """Return a model and all models that it is made of, under contract or not."""
        found: dict[str, Model] = {}
        waiting = [unique_id]
        while waiting:
            name = waiting.pop()
            if name in self.models and name not in found:
                found[name] = self.models[name]
                waiting += found[name].depends_on
        return list(found.values())

    def in_order(self) -> list[Model]:
        """Return the models, each after those it reads; otherwise by unique id."""
        placed: dict[str, Model] = {}
        waiting = [iter(sorted(self.models))]
        open_: list[str] = []
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if open_:
                    done = open_.pop()
                    placed[done] = self.models[done]
            elif name in self.models and name not in placed and name not in open_:
                open_.append(name)
                waiting.append(iter(sorted(self.models[name].depends_on)))
        return list(placed.values())


_NO_CODE: dict[str, Any] = {"raw_code": "", "compiled_code": "", "constraints": (), "macros": ()}


def _run_by(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what of a model's configuration a run, or the proof of a re-run, goes by."""
    return {key: config[key] for key in ("full_refresh", "strategy") if config.get(key) is not None}


def _ours(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what of a model's meta is said to the platform."""
    return {"platform": meta["platform"]} if "platform" in meta else {}


def _line(path: Path, words: Iterable[str], after: str = "") -> Where:
    """Find the first line with all words, from the first one that names `after` on; dbt keeps no line numbers."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return Where(path, 1)
    named = re.compile(rf"""name:\s*["']?{re.escape(after)}["']?\s*([,}}#].*)?$""") if after else None
    start = next((number for number, line in enumerate(lines) if named and named.search(line)), 0)
    wanted = [word for word in words if word]
    for number, line in enumerate(lines[start:], start + 1):
        if wanted and all(word in line for word in wanted):
            return Where(path, number)
    return Where(path, start + 1)
