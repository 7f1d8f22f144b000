"""What dbt's results mean for the models: which were built, which tests failed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from platform_core.audit import Outcome
from platform_core.components.dbt.invocation import Finished
from platform_core.components.dbt.project import DbtModel, Project
from platform_core.components.dbt.saying import without_values
from platform_core.components.dbt.tests import checks_of, outcome_of
from platform_core.components.dbt.undeclared import undeclared
from platform_core.errors import PlatformError

__all__ = ["NotBuilt", "Results"]

_BUILT = {"success"}


class NotBuilt(PlatformError):
    """dbt could not build a model."""


class Results:
    """What a build of `project` came to."""

    def __init__(self, project: Project, finished: Finished) -> None:
        self._project, self._finished = project, finished

    def outcomes(self, name: str) -> tuple[Outcome, ...]:
        """Return the outcome of each dbt test of a model."""
        made = DbtModel(self._project, name)
        return tuple(
            outcome_of(check, test, self._told) for check, test in zip(checks_of(made), made.tests, strict=True)
        )

    def refuse_broken_off(self) -> None:
        """Raise when dbt came to no result at all.

        PlatformError when it said why; RuntimeError when it was killed, for that may pass.
        """
        if self._finished.results:
            return
        if self._finished.code < 0:
            raise RuntimeError(f"dbt was stopped by signal {-self._finished.code}. Nothing was published.")
        said = "\n".join(without_values(error) for error in self._finished.errors[:5]) or "it said nothing."
        raise PlatformError(f"dbt could not build the project: {said}", hint="dbt build shows it too.")

    def refuse_unbuilt(self, name: str) -> None:
        """Raise NotBuilt, with the reason, when a model was not built; an ephemeral one is part of its readers."""
        model = self._project.manifest.models[name]
        result = self._finished.results.get(name)
        if model.materialized == "ephemeral" or (result is not None and result.status in _BUILT):
            return
        if result is None:
            raise NotBuilt(f"dbt did not come to {name}.", model.where())
        if result.status == "skipped":
            raise NotBuilt(f"dbt skipped {model.dataset}, for {self._cause(name)}.", model.where())
        raise NotBuilt(f"dbt could not build {model.dataset}: {without_values(result.message)}", model.where())

    def refuse_undeclared(self, name: str, places: Mapping[str, tuple[str, str]], engine: str) -> None:
        """Raise NotBuilt when a model read a table that it does not refer to; `places` are where they lie."""
        result, models = self._finished.results.get(name), self._project.manifest.models
        if result is None or not result.compiled:
            return
        found, waiting = {name}, [name]
        while waiting:  # an ephemeral model is part of the text, with what it reads
            near = set(models[waiting.pop()].depends_on) - found
            found |= near
            waiting += [other for other in near if other in models and models[other].materialized == "ephemeral"]
        declared = [places[other] for other in found if other in places]
        if read := undeclared(result.compiled, declared, list(places.values()), engine):
            model = models[name]
            message = f"{model.dataset} reads {', '.join(read)} without saying so to dbt when the project was parsed."
            raise NotBuilt(
                message, model.where(), "Refer to models by ref() and to sources by source(), by their names."
            )

    def refuse_failed(self, name: str) -> None:
        """Raise NotBuilt when a test of an internal model refuses what is made of it."""
        for outcome in self.outcomes(name):
            if outcome.refuses:
                what = f"{name.rsplit('.', maxsplit=1)[-1]} did not pass {outcome.check.name}: {outcome.message}"
                raise NotBuilt(f"{what}.", outcome.check.where)

    @cached_property
    def _told(self) -> dict[str, tuple[str, int | None]]:
        return {name: (result.status, result.failures) for name, result in self._finished.results.items()}

    def _cause(self, name: str) -> str:
        """Say which failed test, of a source or of the model's own unit tests, made dbt skip a model."""
        near = {name, *self._project.manifest.models[name].depends_on}
        for test in self._project.manifest.tests.values():
            status, _ = self._told.get(test.unique_id, ("", None))
            if status in ("fail", "error") and near & {test.attached, *test.depends_on}:
                return f"the test {test.name} failed ({test.where})"
        return "something it reads failed"
