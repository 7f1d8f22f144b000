"""The decorated function of a Python dataset, read from its file."""

from __future__ import annotations

from pathlib import Path

from platform_core.components.declaration import Declaration, problem
from platform_core.components.python_dataset import DECLARED, Function, load_module
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.names import AssetId

__all__ = ["declared_function"]


def declared_function(path: Path, module_name: str, location: str) -> Declaration | list[Finding] | None:
    """Import a module, and return what its function decorated with @dataset declares, or everything wrong with it.

    None when there is no such function in it.
    """
    dataset = path.stem
    try:
        module = load_module(path, module_name)
    except Exception as error:
        return [_import_problem(path, dataset, error)]
    functions = [value for value in vars(module).values() if isinstance(getattr(value, DECLARED, None), Function)]
    if not functions:
        return None
    declared: Function = getattr(functions[0], DECLARED)
    findings = [problem("python-dataset", dataset, message, fix, declared.where) for message, fix in declared.problems]
    if len(functions) > 1 or functions[0].__name__ != dataset:
        fix = f"Keep one function {dataset}() with @dataset in {path.name}."
        findings.append(
            problem("python-dataset", dataset, "the function must have the dataset's name.", fix, declared.where)
        )
    inputs = {}
    for name, text in declared.inputs.items():
        try:
            inputs[name] = AssetId.parse(text, location)
        except PlatformError as error:
            findings.append(problem("python-dataset", dataset, error.message, error.hint, declared.where))
    if findings:
        return findings
    return Declaration(
        dataset,
        "python",
        declared.where,
        declared,
        declared.partitions.of(AssetId(location, dataset)) if declared.partitions else None,
        inputs,
        fingerprint=declared.fingerprint,
        kinds=("python",),
        cron=declared.cron,
        unsafe=declared.unsafe,
        pool=declared.pool,
        missing_partitions=declared.missing_partitions,
        partitions_per_run=declared.partitions_per_run,
    )


def _import_problem(path: Path, dataset: str, error: Exception) -> Finding:
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line = error.lineno or 0
    message = f"cannot be imported: {type(error).__name__}: {error}."
    fix = "Mend the module."
    if isinstance(error, ModuleNotFoundError):
        fix = "Correct the name; or add the package that has it to requirements.txt, and run: uv sync"
    return problem("python-import", dataset, message, fix, Where(path, line))
