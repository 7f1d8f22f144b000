"""Make a code location from the template: all of it, or nothing."""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.documents import load_document
from platform_core.errors import PlatformError
from platform_core.findings import Finding, raise_errors
from platform_core.names import location_problem
from platform_core.onboarding.template_source import TemplateSource

__all__ = ["Onboarded", "onboard"]

_ANSWERS_FILE = ".copier-answers.yml"
_CREDENTIALS = re.compile(r"://[^/@\s]+@")
_YES_OR_NO = {"yes", "no", "true", "false"}


@dataclass(frozen=True)
class Onboarded:
    """What was made: the folder, the location's name, and whether a first commit holds it."""

    root: Path
    location: str
    committed: bool


def onboard(
    source: TemplateSource, root: Path, answers: Mapping[str, Any], *, ask: bool = False, commit: bool = True
) -> Onboarded:
    """Render the template into the new folder `root` with these answers; the defaults serve for the others.

    With `ask`, Copier asks for the others on the terminal. With `commit`, the folder becomes a git repository with one
    commit, unless it lies in one already. It is rendered beside its place and moved there at the end, so that an error
    or an interruption leaves nothing.

    Raises PlatformError when `root` holds files or the template cannot be rendered, FindingsError with every answer
    that is not one.
    """
    root = root.absolute()
    if shutil.which("git") is None:
        raise PlatformError("git is needed, and was not found.", hint="Install it, then run this again.")
    _refuse_taken(root)
    if not ask and "location_name" not in answers and (problem := location_problem(_suggestion(root.name))):
        message = f"The folder's name cannot be the location's as well: {problem}."
        raise PlatformError(message, hint="Name the location: --location <name>.")
    try:
        return _onboard(source, root, answers, ask, commit)
    except OSError as error:
        raise PlatformError(f"{root} cannot be made: {error.strerror}.", hint="Nothing was left behind.") from error


def _onboard(source: TemplateSource, root: Path, answers: Mapping[str, Any], ask: bool, commit: bool) -> Onboarded:
    parent = _existing_parent(root)
    commit = commit and not _inside_repository(parent)
    with tempfile.TemporaryDirectory(prefix=f".{root.name[:40]}-", dir=parent) as scratch:
        _check_answers(source, Path(scratch) / "defaults" / root.name, answers)
        rendered = Path(scratch) / "rendered" / root.name  # its last part is the default for the location's name
        _render(source, rendered, answers, ask)
        location = str(_recorded(rendered)["location_name"])
        if commit:
            _first_commit(rendered, location)
        root.parent.mkdir(parents=True, exist_ok=True)
        rendered.rename(root)
    return Onboarded(root, location, commit)


def _refuse_taken(root: Path) -> None:
    hint = "Choose a folder that does not exist yet, or an empty one."
    if root.is_symlink() or (root.exists() and not (root.is_dir() and not any(root.iterdir()))):
        raise PlatformError(f"{root} is there already.", hint=hint)
    if root.exists() and root.samefile(Path.cwd()):  # the new one takes its place: the shell would stand in a gone one
        raise PlatformError("A location cannot be made in the folder you stand in.", hint="Go up one, and name it.")


def _suggestion(folder: str) -> str:
    """The template's own default for the location's name, which would turn to another name where this one is bad."""
    return re.sub(r"\A[0-9_]+|_+\Z", "", re.sub("[^a-z0-9]+", "_", folder.lower()))


def _check_answers(source: TemplateSource, folder: Path, answers: Mapping[str, Any]) -> None:
    """Find every unknown and every refused answer. Copier drops the first kind silently and stops at the second."""
    if not answers:
        return
    _render(source, folder, {})
    defaults = _recorded(folder)
    known = [name for name in defaults if not name.startswith("_")]
    findings = []
    for name, value in answers.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            fix = f"Did you mean {close[0]}?" if close else f"It asks: {', '.join(known)}."
            findings.append(Finding("answer", "error", name, f"the template asks nothing called '{name}'.", fix=fix))
            continue
        if isinstance(defaults[name], bool) and str(value).lower() not in _YES_OR_NO:  # Copier takes any word for yes
            findings.append(Finding("answer", "error", name, f"{name}: answer yes or no"))
            continue
        try:
            _render(source, folder.parent / str(len(findings)) / name / folder.name, {name: value})
        except PlatformError as error:
            findings.append(Finding("answer", "error", name, f"{name}: {_reason(error)}"))
    raise_errors("These answers cannot be used:", findings)


def _reason(error: PlatformError) -> str:
    """Copier's own words, without its frame: "Validation error for question 'owner': write team:<name>"."""
    text = str(error.__cause__).strip()
    return text.partition("': ")[2] if text.startswith("Validation error for question") else text


def _render(source: TemplateSource, folder: Path, answers: Mapping[str, Any], ask: bool = False) -> None:
    try:
        from copier import run_copy
        from copier.errors import CopierError
        from plumbum import ProcessExecutionError
    except ImportError as error:
        hint = "Install it with platform_core's own: pip install 'platform-core[dev]'."
        raise PlatformError("copier is not installed.", hint=hint) from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings(), contextlib.nullcontext() if ask else _silenced():
            warnings.simplefilter("ignore")
            # Never unsafe: a template that runs code here is refused, whoever wrote it.
            run_copy(
                source.address,
                folder,
                data=dict(answers),
                vcs_ref=source.ref,
                defaults=not ask,
                quiet=True,
                unsafe=False,
            )
    except (CopierError, ValueError, OSError, TypeError, ProcessExecutionError) as error:
        what = str(getattr(error, "stderr", "") or error).strip()
        message = f"The template {source.address} could not be rendered: {what}"
        raise PlatformError(_CREDENTIALS.sub("://", message)) from error


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    with contextlib.redirect_stderr(io.StringIO()):
        yield


def _recorded(folder: Path) -> dict[str, Any]:
    return dict(load_document(folder / _ANSWERS_FILE).data)


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.is_dir())


def _inside_repository(folder: Path) -> bool:
    command = ["git", "rev-parse", "--is-inside-work-tree"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.returncode == 0 and run.stdout.strip() == "true"


def _first_commit(root: Path, location: str) -> None:
    commands = (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", f"Start {location} from the template"])
    for command in commands:
        run = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            said = run.stderr.strip().splitlines()
            hint = "Mend that, or leave git out: --no-git."
            raise PlatformError(f"git {command[0]} failed: {said[-1] if said else 'no reason given'}", hint=hint)
