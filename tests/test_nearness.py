"""Which model is nearest to people."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from analysis.findings import Shift
from analysis.providers.nearness import nearness
from analysis.providers.values import Nearness
from analysis.providers.wording import nearness_words
from analysis.reference.profile import ReferenceProfile

FEATURES = [f"f{number}" for number in range(8)]
PEOPLE = cast(
    "ReferenceProfile",
    SimpleNamespace(
        sides={"peer": {name: SimpleNamespace(quantiles=list(np.linspace(0, 1, 101)), n=500) for name in FEATURES}}
    ),
)


def table(arm: str, *, above: float, conversations: int = 40, seed: int = 0) -> pd.DataFrame:
    """Conversations whose features are uniform on [above, 1 + above]; people's are on [0, 1]."""
    rng = np.random.default_rng([seed, ord(arm)])
    columns: dict[str, Any] = {name: above + rng.random(conversations) for name in FEATURES}
    facts = {"transcript": [f"{arm}{n}" for n in range(conversations)], "scenario": None, "side": "peer"}
    return pd.DataFrame(facts | columns)


def found(**above: float) -> tuple[Nearness, ...]:
    """The nearness of models so far above people."""
    tables = {arm: table(arm, above=shift) for arm, shift in above.items()}
    return nearness(tables, dict.fromkeys(tables, SHIFTS), PEOPLE)


SHIFTS = tuple(
    cast("Shift", SimpleNamespace(role="peer", feature=name, effect=0.1))  # only these three are read
    for name in FEATURES
)


def test_the_nearest_is_named_where_that_is_decided() -> None:
    """a is like people, b .4 above: delta of b is 1 - .6^2 = .64."""
    near, far = found(b=0.4, a=0.0)
    assert (near.arm, near.further, near.features, far.further) == ("a", ("b",), 8, ())
    assert far.distance == pytest.approx(0.64, abs=0.06)
    assert nearness_words((near, far))[0].startswith("Nearest to people: a (mean |delta| over 8 features: a 0.")


def test_equally_far_models_cannot_be_told_apart() -> None:
    """Both are .2 above people; neither is called nearer."""
    models = found(a=0.2, b=0.2)
    assert all(model.further == () for model in models)
    assert nearness_words(models)[0].startswith("Cannot tell which is nearest to people")


def test_one_model_or_no_feature_in_common_says_nothing() -> None:
    """There is nothing to set it against."""
    assert found(a=0.2) == ()
    assert nearness({"a": table("a", above=0), "b": table("b", above=0)}, {"a": SHIFTS, "b": ()}, PEOPLE) == ()
    assert nearness_words(()) == ()


@pytest.mark.campaign
@pytest.mark.parametrize("above", [0.0, 0.2])
def test_equal_models_are_called_apart_once_in_twenty(above: float) -> None:
    """Of 300 pairs of equal models at most 24 are called apart: P(more at a true 5 %) is 1 %."""
    wrong = 0
    for seed in range(300):
        tables = {arm: table(arm, above=above, seed=seed) for arm in "ab"}
        wrong += any(model.further for model in nearness(tables, dict.fromkeys(tables, SHIFTS), PEOPLE, seed=seed))
    assert wrong <= 24
