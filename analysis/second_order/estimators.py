"""The models that a second-order test can train: the shipped ones, or anybody's through an entry point.

A package that declares

    [project.entry-points."simstress.estimators"]
    roberta = "my_package.models:make"

offers `make(shape, seed)`, which returns an object with `fit(texts, labels)` and `predict(texts)` (the protocol
`analysis.second_order.task.Estimator`), under the name `roberta`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from analysis.second_order.task import Estimator, EstimatorFactory, Texts
from analysis.wording import one_line
from sims.errors import SimstressError, UnknownNameError, UsageError

GROUP = "simstress.estimators"
T = TypeVar("T")


def load_estimator(name: str | None) -> EstimatorFactory:
    """What makes the models: the entry point of that name, or the small scikit-learn models where there is no name.

    Raises:
        UnknownNameError: no installed package offers the name.
        UsageError: two offer it, or what is offered cannot be imported or called.
    """
    if name is None:
        from analysis.second_order.models import small_model

        return small_model
    offered = entry_points(group=GROUP)
    if not offered.names:
        raise UsageError(f"no installed package offers the estimator {name!r}, nor any (entry points {GROUP!r})")
    if name not in offered.names:
        raise UnknownNameError("estimator", name, sorted(offered.names))
    found = tuple(offered.select(name=name))
    if len(found) > 1:
        values = ", ".join(sorted(one.value for one in found))
        raise UsageError(f"the estimator {name!r} is offered {len(found)} times: {values}; uninstall all but one")
    factory = _loaded(found[0])
    return lambda shape, seed: _Foreign(name, _guarded(name, "making it", lambda: factory(shape, seed)))


def _loaded(entry: EntryPoint) -> EstimatorFactory:
    factory = _guarded(entry.name, f"importing {entry.value}", entry.load)
    if not callable(factory):
        raise UsageError(
            f"the estimator {entry.name!r} ({entry.value}) is {type(factory).__name__}; expected make(shape, seed)"
        )
    return factory  # type: ignore[no-any-return]


class _Foreign:
    """Somebody's model, whose faults are told as faults of that name."""

    def __init__(self, name: str, model: Estimator) -> None:
        self.name, self._model = name, model
        lacking = [method for method in ("fit", "predict") if not callable(getattr(model, method, None))]
        if lacking:
            raise UsageError(
                f"the estimator {name!r} made {type(model).__name__}, which has no {' and no '.join(lacking)}"
            )

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> object:
        return _guarded(self.name, "fit", lambda: self._model.fit(texts, labels))

    def predict(self, texts: Sequence[Texts]) -> Sequence[str]:
        return _guarded(self.name, "predict", lambda: list(self._model.predict(texts)))


def _guarded(name: str, what: str, step: Callable[[], T]) -> T:
    """What the step gives; what it prints goes to stderr, and whatever ends it is told in one line.

    Not caught: an interrupt from the keyboard, and what is printed below Python.
    """
    try:
        with redirect_stdout(sys.stderr):
            return step()
    except SimstressError:
        raise
    except (Exception, SystemExit) as error:
        said = one_line(f"{type(error).__name__}: {error}", limit=300)
        raise UsageError(f"the estimator {name!r} failed at {what}: {said}") from error
