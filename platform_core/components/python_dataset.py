"""A dataset that a Python function makes of its declared inputs."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import dagster as dg
from pydantic import ValidationError

from platform_core.components.cutting import MissingPartitions, cutting_problems
from platform_core.components.partitions import Partitions
from platform_core.components.pool import pool_problem
from platform_core.components.rerun import Rerun, rerun_problem, unsafe_of
from platform_core.components.scaffolding import FunctionScaffolder
from platform_core.errors import Where

__all__ = ["DECLARED", "Form", "Function", "dataset", "form_of", "load_module"]

Form = Literal["arrow", "polars", "polars_lazy", "pandas", "duckdb"]
DECLARED = "__platform_dataset__"
_TYPES: dict[Form, tuple[str, str]] = {  # as an annotation may name them, in full and as people import them
    "arrow": ("pyarrow.Table", "pa.Table"),
    "polars": ("polars.DataFrame", "pl.DataFrame"),
    "polars_lazy": ("polars.LazyFrame", "pl.LazyFrame"),
    "pandas": ("pandas.DataFrame", "pd.DataFrame"),
    "duckdb": ("duckdb.DuckDBPyRelation", "DuckDBPyRelation"),
}
_FORMS = {name: form for form, names in _TYPES.items() for name in names}


@dataclass(frozen=True)
class Function:
    """A decorated function: what it reads by argument name, in which form, and how its dataset is cut."""

    call: Callable[..., Any]
    inputs: Mapping[str, str]
    forms: Mapping[str, Form]
    partitions: Partitions | None
    takes_partition: bool
    cron: str
    where: Where
    problems: tuple[tuple[str, str], ...] = field(default=())
    unsafe: str = ""  # why it may not be computed again
    pool: str = ""
    missing_partitions: MissingPartitions = "wait"
    partitions_per_run: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        # Code is not copied: who unpickles it imports the file again.
        return _restored, (self.where.path, self.call.__module__, self.call.__name__)

    @property
    def fingerprint(self) -> str:
        """Change with the text of the file the function stands in."""
        try:
            return hashlib.sha256(self.where.path.read_bytes()).hexdigest()[:12]
        except OSError:
            return ""


def _restored(path: Path, module: str, name: str) -> Function:
    found: Function = getattr(getattr(load_module(path, module), name), DECLARED)
    return found


def load_module(path: Path, name: str) -> ModuleType:
    """Import the file under its dotted name, whether or not the location is installed."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@dg.scaffold_with(FunctionScaffolder)
def dataset(
    *,
    inputs: Mapping[str, str] | None = None,
    partitions: Mapping[str, Any] | None = None,
    cron: str = "",
    pool: str = "",
    rerun: Rerun = "safe",
    reason: str = "",
    missing_partitions: MissingPartitions = "wait",
    partitions_per_run: int = 0,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Publish what the function returns, under the contract of the same name.

    `inputs` maps arguments to datasets (`location/dataset`, or a bare name of the own location). Each argument arrives
    in the form its annotation says: `pyarrow.Table` (the default), `polars.DataFrame` or `LazyFrame`,
    `pandas.DataFrame`, `duckdb.DuckDBPyRelation`. Return any of these. `partitions` are written as in defs.yaml; an
    argument `partition` receives the key. `cron` is for sources alone: functions without inputs.
    `pool` names a shared system of platform.yaml that only so many runs may use at once.
    `rerun="unsafe"`, with a `reason`, is for what must not be computed again from the same inputs: nothing then runs it
    again by itself. With `missing_partitions="skip"` a partition does not wait until all that belongs to it is
    published: a month is made of the days there are. `partitions_per_run` is how many one run of a backfill takes.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        declared = _read(function, dict(inputs or {}), partitions, cron)
        told = rerun_problem(rerun, reason)
        wrong = [*([told[1:]] if told else []), *([found] if (found := pool_problem(pool)) else [])]
        cut = cutting_problems(declared.partitions, missing_partitions, partitions_per_run)
        settled = replace(
            declared,
            unsafe=unsafe_of(rerun, reason),
            pool=pool,
            missing_partitions=missing_partitions,
            partitions_per_run=partitions_per_run,
            problems=(*declared.problems, *wrong, *(found[1:] for found in cut)),
        )
        setattr(function, DECLARED, settled)
        return function

    return decorate


def _read(
    function: Callable[..., Any], inputs: dict[str, str], partitions: Mapping[str, Any] | None, cron: str
) -> Function:
    problems: list[tuple[str, str]] = []
    parsed = None
    if partitions is not None:
        try:
            parsed = Partitions.model_validate(dict(partitions))
        except ValidationError as error:
            problems += [
                (f"partitions: {item['msg']}.", "As in {'type': 'monthly', 'start_date': '2013-01-01'}.")
                for item in error.errors()
            ]
    arguments = inspect.signature(function).parameters
    for name in sorted(set(arguments) - set(inputs) - {"partition"}):
        problems.append(
            (f"argument '{name}' is no declared input.", f'Add inputs={{"{name}": "<location>/<dataset>"}}.')
        )
    for name in sorted(set(inputs) - set(arguments)):
        problems.append((f"input '{name}' is no argument of the function.", "Add the argument, or take the input out."))
    if cron and not _is_cron(cron):
        problems.append((f"cron: '{cron}' is no schedule.", "Five fields, as in '0 6 * * *'."))
    if cron and inputs:
        problems.append(
            ("only a source may have a clock: this one has inputs.", "Take cron out; it follows its inputs.")
        )
    forms = {}
    for name in set(arguments) & set(inputs):
        form = form_of(arguments[name].annotation)
        if form is None:
            problems.append(
                (
                    f"argument '{name}' has a type no dataset can be given as.",
                    f"Use one of {', '.join(full for full, _ in _TYPES.values())}.",
                )
            )
        else:
            forms[name] = form
    line = function.__code__.co_firstlineno if hasattr(function, "__code__") else 0
    where = Where(Path(inspect.getfile(function)), line)
    return Function(function, inputs, forms, parsed, "partition" in arguments, cron, where, tuple(problems))


def _is_cron(text: str) -> bool:
    try:
        dg.AutomationCondition.on_cron(text)
    except Exception:  # Dagster's own check of the schedule, whatever it raises
        return False
    return True


def form_of(annotation: Any) -> Form | None:
    """Return the form an annotation asks for: Arrow when there is none, None when it is unknown."""
    if annotation is inspect.Parameter.empty:
        return "arrow"
    if not isinstance(annotation, str):
        module = getattr(annotation, "__module__", "").split(".")[0].lstrip("_")
        annotation = f"{module}.{getattr(annotation, '__name__', '')}"
    return _FORMS.get(annotation.strip("'\""))
