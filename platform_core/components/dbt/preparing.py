"""Keeps the manifest of a dbt project: made when it is missing or the project has changed, by what the files hold.

It lies in a target folder of its own, `target/platform/`, so that a team's own dbt runs, with their profiles and
selections, and ours do not disturb each other.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from platform_core.components.dbt.fingerprint import fingerprint
from platform_core.components.dbt.invocation import Finished, run_dbt
from platform_core.components.dbt.manifest import Manifest, read_manifest
from platform_core.components.dbt.profile import write_parsing_profile, write_profile
from platform_core.components.dbt.saying import without_values
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations import find_root, load_location
from platform_core.locations.engines import POSTGRES
from platform_core.resources.default_engine import default_engine

__all__ = ["KEPT", "PROJECT_FILE", "adapter_at", "keep_parsed", "prepare", "prepared"]

PROJECT_FILE = "dbt_project.yml"
KEPT = Path("target") / "platform"
_MARK = "fingerprint"
_PARSED, _PARSED_AT = "partial_parse.msgpack", "parsed_at"
_FILE = re.compile(r"\(([^()\s]+\.(?:sql|ya?ml|csv|py|md))\)|([\w./-]+\.(?:sql|ya?ml|csv|py))")
_LINE = re.compile(r"\bline (\d+)")
_WAIT_SECONDS = 300.0


def prepare(folder: Path, location: str) -> Manifest:
    """Return the manifest of the dbt project in `folder`, made anew where that is needed.

    Raises FindingsError when the project does not parse, PlatformError when it is not there or cannot be prepared.
    """
    return read_manifest(prepared(folder, location), folder)


def prepared(folder: Path, location: str) -> Path:
    """Return the manifest.json of the dbt project in `folder` as it is now. Raises as `prepare` does."""
    kept = folder / KEPT
    manifest = kept / "manifest.json"
    adapter = adapter_at(folder, location)
    if _fresh(kept, f"{fingerprint(folder, location)} {adapter}"):
        return manifest
    if not (folder / PROJECT_FILE).is_file():
        raise PlatformError(f"there is no {PROJECT_FILE}.", Where(folder), "Name the folder of the dbt project.")
    from filelock import FileLock, Timeout

    try:
        kept.mkdir(parents=True, exist_ok=True)
        with FileLock(kept / "lock", timeout=_WAIT_SECONDS):
            state = fingerprint(folder, location)
            if not _fresh(kept, f"{state} {adapter}"):  # another process was faster
                _make(folder, location, kept, state, adapter)
    except OSError as error:
        hint = "Prepare it where the folder can be written, when the location is built: platformctl check"
        message = f"the manifest of the dbt project is missing or stale, and cannot be written: {error.strerror}."
        raise PlatformError(message, Where(folder), hint) from error
    except Timeout as error:
        raise PlatformError("another process has been preparing the dbt project for minutes.", Where(folder)) from error
    return manifest


def adapter_at(folder: Path, location: str) -> str:
    """Return the adapter that a project below a location's folder is built with: duckdb or postgres, by its engine."""
    try:
        engine = load_location(find_root(folder)).engine or default_engine(location)
    except PlatformError:  # what is wrong with location.yaml is said where it is read for itself
        engine = default_engine(location)
    return "postgres" if engine == POSTGRES else "duckdb"


def keep_parsed(folder: Path, target: Path) -> None:
    """Give a run, in `target`, what dbt remembers of the parsed project, so that it parses only what changed."""
    kept = folder / KEPT
    with suppress(OSError):
        # It holds absolute paths, and dbt does not notice that the project was moved or copied.
        if (kept / _PARSED_AT).read_text("utf-8") == str(folder):
            shutil.copyfile(kept / _PARSED, target / _PARSED)


def _fresh(kept: Path, state: str) -> bool:
    try:
        return (kept / _MARK).read_text("utf-8") == state and (kept / "manifest.json").is_file()
    except OSError:
        return False


def _make(folder: Path, location: str, kept: Path, state: str, adapter: str) -> None:
    with tempfile.TemporaryDirectory(prefix=".new-", dir=kept) as name:
        fresh = Path(name)
        write_profile(fresh, location) if adapter == "duckdb" else write_parsing_profile(fresh, location)
        keep_parsed(folder, fresh)
        finished = run_dbt(folder, ["parse"], profiles=fresh, target=fresh, adapter=adapter)
        if finished.code or not (fresh / "manifest.json").is_file():
            raise FindingsError("The dbt project does not parse:", _problems(folder, finished))
        if fingerprint(folder, location) != state:
            raise PlatformError("the dbt project changed while it was read.", Where(folder), "Try again.")
        (kept / _MARK).unlink(missing_ok=True)  # from here to the end a kill leaves it stale, never wrong
        (kept / _PARSED_AT).unlink(missing_ok=True)
        (fresh / _PARSED_AT).write_text(str(folder), "utf-8")
        for file in (_PARSED, _PARSED_AT, "manifest.json"):
            (fresh / file).replace(kept / file)
        (fresh / _MARK).write_text(f"{state} {adapter}", "utf-8")
        (fresh / _MARK).replace(kept / _MARK)


def _problems(folder: Path, finished: Finished) -> list[Finding]:
    errors = [error for error in finished.errors if error.strip()] or ["dbt stopped and said nothing."]
    return [_problem(folder, error) for error in dict.fromkeys(errors)]


def _problem(folder: Path, error: str) -> Finding:
    lines = [line.strip() for line in without_values(error).splitlines()]
    lines = [line for line in lines if not line.lower().startswith("encountered an error")] or lines
    named = next((file for a, b in _FILE.findall(error) if (file := _file(folder, a or b))), None)
    place = _LINE.search(error)
    where = Where(named or folder / PROJECT_FILE, int(place[1]) if place and named else 1)
    fix = (
        "Run dbt deps and keep dbt_packages/ with the project."
        if "dbt deps" in error
        else "Mend it; dbt parse shows it too."
    )
    return Finding("dbt-parse", "error", folder.name, " ".join(lines), fix=fix, where=where)


def _file(folder: Path, named: str) -> Path | None:
    """Return the file that dbt names: from the folder of the project, or (YAML) from that of the models."""
    return next((file for file in (folder / named, *folder.glob(f"*/{named}")) if file.is_file()), None)
