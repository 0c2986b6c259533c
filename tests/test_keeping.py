"""Which conversations a run goes on with when a provider is away or the money is spent, and which it writes down."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from builders import Saying, scenario

from sims.backends.backend import Backend
from sims.budget import Budgeted, Purse
from sims.errors import BudgetReached, CallRejected, ProviderAway, RateLimited
from sims.grid import Grid
from sims.manifest import RunSettings, new_manifest
from sims.pacing import Paced, Pacer
from sims.run_folder import RunFolder
from sims.runner import run

HERE, AWAY = "here/one", "away/two"


def started(path: Path, *, cache: str | None = None) -> RunFolder:
    """A run of 20 conversations of six turns, every other one with a model of a provider that may go away."""
    folder = RunFolder(path)
    grid = Grid((scenario(),), models=(HERE, AWAY), repeats=10)
    folder.create(new_manifest(grid, name=path.name, settings=RunSettings(cache=cache)))
    return folder


def paced(backend: Backend) -> Backend:
    """A backend with a provider of its own."""
    return Paced(backend, Pacer(backend.model, most=10, max_wait_s=120.0))


@pytest.mark.parametrize("cache", [None, "replies"])
async def test_a_provider_that_is_away_does_not_stop_the_others(tmp_path: Path, cache: str | None) -> None:
    """Away at its eighth call: one whole conversation and a turn of the next, all ten of the other provider, and no
    call more, whether replies are remembered or not.
    """
    folder = started(tmp_path / "run", cache=cache)
    away = Saying(*["Hello."] * 7, RateLimited("429", retry_after_s=3600.0), model=AWAY)
    with pytest.raises(ProviderAway, match="asks us to wait 3600 s"):
        await run(folder, {HERE: paced(Saying("Hello.", model=HERE)), AWAY: paced(away)}, max_connections=2)
    held = Counter((one.meta["model"], one.stop_reason, len(one.turns)) for one in folder.transcripts)
    assert held[HERE, "max_turns", 6] == 10
    assert sum(count for (model, *_), count in held.items() if model == AWAY) == 2
    assert len(away.requests) == 8
    assert folder.read_manifest().status == "stopped"
    await run(folder, {model: Saying("Hello.", model=model) for model in (HERE, AWAY)}, max_connections=2)
    assert (len(list(folder.transcripts)), folder.read_manifest().status) == (20, "complete")


async def test_conversations_passed_over_leave_the_run_stopped_though_none_was_cut_off(tmp_path: Path) -> None:
    """A call that fails for good asks for an hour: its conversation has failed, the nine others are not begun."""
    folder, error = started(tmp_path / "run"), CallRejected("403")
    error.retry_after_s = 3600.0
    backends = {HERE: paced(Saying("Hello.", model=HERE)), AWAY: paced(Saying(error, model=AWAY))}
    with pytest.raises(ProviderAway):
        await run(folder, backends, max_connections=1)
    assert Counter(one.stop_reason for one in folder.transcripts) == {"max_turns": 10, "backend_error": 1}
    assert folder.read_manifest().status == "stopped"


@pytest.mark.parametrize(("cache", "held"), [(None, 1), ("replies", 10)])
async def test_without_money_only_what_may_be_remembered_goes_on(tmp_path: Path, cache: str | None, held: int) -> None:
    """One model has no money for its first call: with remembered replies all others are tried, else none."""
    folder = started(tmp_path / "run", cache=cache)
    spent = Budgeted(Saying("Hello.", model=AWAY), Purse(0.0), price=lambda model: (0.1, 0.1))
    with pytest.raises(BudgetReached):
        await run(folder, {HERE: Saying("Hello.", model=HERE), AWAY: spent}, max_connections=1)
    assert len(folder.recover()) == held
