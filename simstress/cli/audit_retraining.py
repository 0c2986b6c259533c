"""--retrain of every audit: asked for by four options, checked before anything is read, told of while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.second_order.retraining import SecondOrder
    from analysis.second_order.task import Estimator, EstimatorFactory, Shape, Task


@dataclass(frozen=True, slots=True)
class Retraining:
    """What --retrain, --estimator, --seeds and --seed say."""

    is_wanted: bool
    estimator: str | None
    seeds: int
    seed: int

    def check(self) -> None:
        """Return when it can be done, or is not wanted.

        Raises:
            UsageError: there is no such estimator, or one is named without --retrain.
        """
        from sims.errors import UsageError

        if self.estimator is not None and not self.is_wanted:
            raise UsageError(f"--estimator {self.estimator} is for --retrain; give that, too")
        if self.is_wanted:
            from analysis.second_order.estimators import load_estimator

            load_estimator(self.estimator)

    def of(self, make_task: Callable[[], Task]) -> SecondOrder | None:
        """What the task that is made gives, where it is wanted; else None, and no task is made."""
        return self.taught(make_task()) if self.is_wanted else None

    def taught(self, task: Task) -> SecondOrder:
        """What the task gives; how many models are trained is told on the way.

        Raises:
            UsageError: the data cannot be learnt from, or there is no such estimator.
        """
        from analysis.second_order.dealing import FOLDS
        from analysis.second_order.estimators import load_estimator
        from analysis.second_order.retraining import retrain
        from simstress.cli.progress import showing_steps

        with showing_steps("models trained", total=2 * FOLDS * self.seeds) as on_made:
            make = _counted(load_estimator(self.estimator), on_made)
            return retrain(task, make=make, seeds=self.seeds, seed=self.seed)


def _counted(make: EstimatorFactory, on_made: Callable[[], None]) -> EstimatorFactory:
    def counting(shape: Shape, seed: int) -> Estimator:
        on_made()
        return make(shape, seed)

    return counting
