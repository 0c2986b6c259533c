"""One pace for all that a run asks of a provider, and its history in the manifest."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from builders import scenario
from provider_parts import Roomy

import analysis.simulation
import sims.calling
from analysis.simulation import hold_run, start_run
from sims.backends.backend import Backend
from sims.calling import Calling
from sims.grid import Grid
from sims.manifest import KEPT_CHANGES, Pace, PaceChange, RunSettings
from sims.run_folder import RunFolder
from sims.runner import run

MODELS = ("test/one", "test/two", "other/three")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Roomy:
    """The one that answers for the models test/..., with room for three calls; all others have their own."""
    roomy = Roomy(lambda answered: 3, latency_s=0.002)

    def opened(model: str, **settings: object) -> Backend:
        return roomy if model.startswith("test/") else Roomy(lambda answered: 100, latency_s=0.002)

    monkeypatch.setattr(sims.calling, "open_backend", opened)
    monkeypatch.setattr(analysis.simulation, "token_prices_usd", lambda model: None)  # litellm takes long to import
    return roomy


def started(path: Path, *, models: tuple[str, ...] = MODELS, repeats: int = 4) -> RunFolder:
    """A run of one scenario of six turns."""
    grid = Grid((scenario(),), models=models, repeats=repeats)
    return start_run(grid, path, settings=RunSettings(max_attempts=50), is_judged=False)


def pace_after(folder: RunFolder) -> dict[str, Pace]:
    """The pace in the manifest, once the run was held."""
    with folder.locked():
        hold_run(folder)
    return folder.read_manifest().pace


def test_models_of_a_provider_share_its_pace(tmp_path: Path, provider: Roomy) -> None:
    """2 models * 4 repeats * 6 turns = 48 answers of one provider, 24 of the other; refusals are counted beside."""
    pace = pace_after(started(tmp_path / "run"))
    assert list(pace) == ["other", "test"]
    assert [pace["other"].calls - pace["other"].rate_limited, pace["test"].calls - pace["test"].rate_limited] == [
        24,
        48,
    ]
    assert (pace["test"].rate_limited, pace["other"].rate_limited) == (provider.refused, 0)
    assert pace["test"].changes[0].reason == "start"


def test_a_run_that_stops_early_has_its_pace_too(tmp_path: Path, provider: Roomy) -> None:
    """An interrupt when the first conversation ends: what was learnt until then is in run.json."""
    folder = started(tmp_path / "run")

    def interrupt(transcript: object) -> None:
        signal.raise_signal(signal.SIGINT)

    with folder.locked(), pytest.raises(KeyboardInterrupt):
        hold_run(folder, max_connections=2, on_done=interrupt)
    assert folder.read_manifest().pace["test"].calls > 0


def test_sessions_of_a_run_are_added_up(tmp_path: Path, provider: Roomy) -> None:
    """Ten calls of an earlier session with 200 changes, and 24 answers now: both count, the newest 200 stay."""
    folder = started(tmp_path / "run", models=("test/one",))
    changes = tuple(PaceChange(at_s=float(place), limit=5, reason="grown") for place in range(KEPT_CHANGES))
    earlier = {"test": Pace(calls=10, rate_limited=1, limit=5, changes=changes)}
    folder.write_manifest(folder.read_manifest().model_copy(update={"pace": earlier}))
    pace = pace_after(folder)["test"]
    assert (pace.calls, pace.rate_limited) == (10 + 24 + provider.refused, 1 + provider.refused)
    assert len(pace.changes) == KEPT_CHANGES
    assert pace.changes[0].at_s > 0
    assert "start" in {change.reason for change in pace.changes}


def test_noting_the_pace_twice_counts_once(tmp_path: Path, provider: Roomy) -> None:
    """run --until-decided notes it after each batch."""
    folder = started(tmp_path / "run", models=("test/one",), repeats=1)
    calling = Calling(RunSettings())
    with folder.locked():
        asyncio.run(run(folder, calling.backends(folder.read_manifest()), max_connections=1))
        for _ in range(2):
            calling.note_pace(folder)
    assert folder.read_manifest().pace["test"].calls == 6


def test_another_address_is_another_provider(provider: Roomy) -> None:
    """The same prefix at two servers has two paces; a server's own models share one."""
    calling = Calling(RunSettings(api_base="http://127.0.0.1:1/v1"))
    own, same = calling.backend("test/one"), calling.backend("test/two")
    elsewhere = calling.backend_at(None, "test/one")
    pacers = [backend.backend.backend._pacer for backend in (own, same, elsewhere)]  # type: ignore[attr-defined]
    assert pacers[0] is pacers[1]
    assert [pacers[0].provider, pacers[2].provider] == ["test at http://127.0.0.1:1/v1", "test"]


def test_offline_models_are_never_held_up(tmp_path: Path) -> None:
    """The offline actor comes as it is, and leaves no pace."""
    assert type(Calling(RunSettings()).backend("offline/actor")).__name__ == "OfflineActor"
    assert pace_after(started(tmp_path / "run", models=("offline/actor",))) == {}


def test_a_provider_that_was_never_called_has_no_pace() -> None:
    """Opening a backend is no call."""
    calling = Calling(RunSettings())
    calling.backend("openai/gpt-4o-mini")
    assert calling.pace == {}
