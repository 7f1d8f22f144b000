"""Loads a location, and remembers what it read for as long as no file changes.

Every run is a process that loads its location first. Reading 100 contracts and parsing their queries takes longer than
Dagster needs to define the assets, and nearly always nothing has changed.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path

import platform_core
from platform_core.components.location import LoadedLocation
from platform_core.contracts.files import FOLDER
from platform_core.locations import FILE_NAME, find_root
from platform_core.resources.default_engine import default_engine

__all__ = ["kept", "load_datasets"]

_LIBRARIES = ("duckdb", "sqlglot")  # what parses and judges queries
_READ = (".yaml", ".yml", ".sql", ".py")
_kept: ContextVar[dict[str, LoadedLocation] | None] = ContextVar("kept", default=None)


@contextmanager
def kept() -> Iterator[None]:
    """Within it, a location is read once, whoever asks, for as long as no file of it changes."""
    token = _kept.set({} if _kept.get() is None else _kept.get())
    try:
        yield
    finally:
        _kept.reset(token)


def load_datasets(package: Path) -> LoadedLocation:
    """Read the location whose Python package is the folder `package`.

    Raises FindingsError with every problem of location.yaml, contracts/ and defs/ at once.
    """
    root = find_root(package)
    # Beside the bytecode, and trusted like it: whoever can write there can write the code itself.
    memory = package / "__pycache__" / f"location.{sys.implementation.cache_tag}.pickle"
    before = _state(root, package)
    known = _kept.get()
    if known is not None and before in known and _settled(known[before]):
        return known[before]
    remembered = _remembered(memory, before, root)
    if remembered is not None:
        return _keep(before, remembered)
    from platform_core.components.fitting import fit

    loaded = fit(package, root)
    # A file that changed while it was read may or may not be in what was made of it.
    if (known is None and sys.dont_write_bytecode) or _state(root, package) != before or not _settled(loaded):
        return loaded
    if not sys.dont_write_bytecode:
        _remember(memory, before, loaded)
    return _keep(before, loaded)


def _keep(state: str, loaded: LoadedLocation) -> LoadedLocation:
    if (known := _kept.get()) is not None:
        known[state] = loaded
    return loaded


def _settled(loaded: LoadedLocation) -> bool:
    """Whether no dbt project changed since it was read."""
    return all(_fingerprint(project.folder, project.location) == project.state for project in loaded.projects)


def _fingerprint(folder: Path, location: str) -> str:
    from platform_core.components.dbt.fingerprint import fingerprint

    return fingerprint(folder, location)


def _state(root: Path, package: Path) -> str:
    """Return a text that changes with every file the result depends on, the library's own too: by what they hold.

    Not by their times: a wheel, an image or a restored copy gives other contents the same size and time. All modules
    of the package count, for a dataset's function may take its partitions from any of them.
    """
    # The engine may be the workspace's choice, and says in which dialect queries are read.
    versions = [platform_core.__version__, *(version(name) for name in _LIBRARIES), default_engine(package.name)]
    whole = hashlib.sha256("\0".join([*versions, str(root)]).encode())
    own = Path(platform_core.__file__).parent
    for file in [str(root / FILE_NAME), *_files(root / FOLDER), *_files(package), *_files(own)]:
        try:
            with open(file, "rb") as stream:  # noqa: PTH123 - hundreds of Path objects cost more than the look
                content = hashlib.sha256(stream.read()).digest()
        except OSError:
            content = b""
        whole.update(os.fsencode(file) + b"\0" + content)
    return whole.hexdigest()


def _files(folder: Path | str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        elif entry.name.endswith(_READ):
            yield entry.path


def _remembered(memory: Path, state: str, root: Path) -> LoadedLocation | None:
    collecting = gc.isenabled()
    gc.disable()  # many small objects at once, none of them garbage
    try:
        with memory.open("rb") as stream:
            if stream.read(len(state)) != state.encode():
                return None
            # Where its dbt projects lie is known only to what was remembered; defs/ itself has not changed.
            for folder, location, then in json.loads(stream.readline()):
                if _fingerprint(root / folder, location) != then:
                    return None
            loaded = pickle.load(stream)  # noqa: S301 - as trusted as the bytecode it lies beside
    except Exception:  # whatever is wrong with it, the files themselves are read instead
        return None
    finally:
        if collecting:
            gc.enable()
    return loaded if isinstance(loaded, LoadedLocation) else None


def _remember(memory: Path, state: str, loaded: LoadedLocation) -> None:
    for dataset in loaded.datasets:
        _ = dataset.checks, dataset.references  # planned once, remembered with the rest
    new = memory.with_suffix(f".{os.getpid()}")
    try:
        memory.parent.mkdir(exist_ok=True)
        projects = [[str(item.folder.relative_to(loaded.root)), item.location, item.state] for item in loaded.projects]
        head = f"{state}{json.dumps(projects)}\n".encode()
        new.write_bytes(head + pickle.dumps(loaded, protocol=pickle.HIGHEST_PROTOCOL))
        new.replace(memory)
    except OSError:  # a read-only file system, which may refuse the removal too: the next process reads the files again
        with suppress(OSError):
            new.unlink()
