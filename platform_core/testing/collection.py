"""What pytest sees of a location: its contracts and its location.yaml as files of tests, and a line a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from platform_core.contracts.files import FOLDER, SUFFIX
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations import FILE_NAME
from platform_core.testing.summary import summary_lines

if TYPE_CHECKING:
    from platform_core.testing.location_tests import Facts, LocationUnderTest

__all__ = ["LocationTests"]

Test = Callable[[], "tuple[Facts, list[Finding]]"]


class LocationTests:
    """The plugin of one location, in the folder `root`; `reruns` with the proof that datasets can be run again."""

    def __init__(self, root: Path, reruns: bool = True) -> None:
        self.root, self.reruns = root, reruns
        self._tested: LocationUnderTest | None = None

    @property
    def tested(self) -> LocationUnderTest:
        """The location, read once a process."""
        if self._tested is None:
            from platform_core.testing.location_tests import LocationUnderTest

            self._tested = LocationUnderTest(self.root, self.reruns)
        return self._tested

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        place = file_path.parent
        if file_path == self.root / FILE_NAME or (place == self.root / FOLDER and file_path.name.endswith(SUFFIX)):
            file: _File = _File.from_parent(parent, path=file_path)
            file.plugin = self
            return file
        return None

    def pytest_unconfigure(self) -> None:
        if self._tested is not None:
            self._tested.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        reports = [
            report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, ())
        ]
        found = [dict(report.user_properties) for report in reports]
        lines = summary_lines([facts["platform"] for facts in found if "platform" in facts])
        if lines:
            terminalreporter.section("contracts")
            for line in lines:
                terminalreporter.write_line(line)


class _File(pytest.File):
    """location.yaml or one contract; its tests are not in it but known here."""

    plugin: LocationTests

    def collect(self) -> Iterator[pytest.Item]:
        tests = self.plugin.tested.tests_of(self.path)
        for name, test in tests:
            item: _Item = _Item.from_parent(self, name=name)
            item.test = test
            yield item


class _Item(pytest.Item):
    test: Test

    def runtest(self) -> None:
        facts, findings = self.test()
        self.user_properties.append(("platform", {"file": self._file, **facts}))
        if reason := facts.get("skipped"):
            pytest.skip(reason)
        errors = [finding for finding in findings if finding.level == "error"]
        if errors:
            raise FindingsError("", errors)

    @property
    def _file(self) -> str:
        return self.nodeid.partition("::")[0]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what is wrong, where, and what to do; a traceback only for what is nobody's mistake but ours."""
        error = excinfo.value
        if isinstance(error, FindingsError):
            return "\n".join(_lines(error.findings, self.config.invocation_params.dir))
        if isinstance(error, PlatformError):
            found = Finding("platform", "error", "", error.message, fix=error.hint, where=error.where)
            return "\n".join(_lines([found], self.config.invocation_params.dir))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self._file}::{self.name}"


def _lines(findings: Iterable[Finding], folder: Path) -> Iterator[str]:
    for finding in findings:
        yield f"{_place(finding.where, folder)}{finding.message}"
        yield from (f"    {text}" for text in (finding.why, finding.fix) if text)


def _place(where: Where | None, folder: Path) -> str:
    if where is None:
        return ""
    path = where.path.absolute()
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{shown}:{where.line}: " if where.line else f"{shown}: "
