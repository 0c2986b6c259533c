"""What judges that learn do to a run that goes on until it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pytest
from builders import scenario

from analysis.judge_tools import PLAIN
from analysis.sequential.expectation import RunExpectation, turn_count
from analysis.sequential.run import Sequel, run_until_decided
from analysis.sequential.watch import LEAST_TO_LEARN_FROM, Watch, learners
from analysis.simulation import judge_run, judge_tools, start_run
from judges.verdict import Hit, Verdict, verdict_on
from sims.grid import Grid
from sims.manifest import RunSettings, UntilDecided
from sims.run_folder import RunFolder
from sims.transcript import Transcript
from simstress.cli.deciding import decide


@dataclass(frozen=True, slots=True)
class Learner:
    """Flags every turn until it has learnt from `enough` conversations, and then none."""

    enough: int
    seen: int = 0
    name: str = "role_flip"
    version: str = "1"

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """It has seen so many."""
        return replace(self, seen=len(sample))

    def judge(self, transcript: Transcript) -> Verdict:
        """All or nothing."""
        places = [] if self.seen >= self.enough else [(turn, one.text) for turn, one in enumerate(transcript.turns)]
        hits = [Hit(turn, 1.0, "k", text, 0, len(text), "r") for turn, text in places]
        scores = [float(bool(places)) for _ in transcript.turns]
        return verdict_on(transcript, judge=self.name, version=self.version, turn_scores=scores, hits=hits)


@dataclass(frozen=True, slots=True)
class Tools:
    """Makes one judge, whatever is asked for."""

    judge: Learner
    lessons: None = None

    def make(self, *names: Any) -> tuple[Learner, ...]:
        """The judge."""
        return (self.judge,)


def begun(path: Path, *, most: int, model: str = "offline/actor") -> RunFolder:
    """A run in batches of 4, of one scenario that expects role_flip to flag at most 30 % of its 6 turns."""
    of = scenario(judges=("role_flip",), expect={"role_flip": {"max_rate": 0.3}})
    plan = UntilDecided(batch=4)
    return start_run(Grid((of,), (model,), repeats=most), path, settings=RunSettings(), until_decided=plan)


def decided(folder: RunFolder, judge: Learner) -> Sequel:
    """What the run comes to by such a judge."""
    with folder.locked():
        return run_until_decided(folder, tools=Tools(judge))  # type: ignore[arg-type]


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges learn from four."""
    monkeypatch.setattr("analysis.sequential.watch.LEAST_TO_LEARN_FROM", 4)


@pytest.mark.usefixtures("_few")
def test_a_decision_falls_when_the_judge_has_learnt_from_all(tmp_path: Path) -> None:
    """All of 8 flagged is FAILED; a judge that has learnt from the 8 flags none of them, too few for MET: UNDECIDED."""
    (found,) = decided(begun(tmp_path / "r", most=8), Learner(enough=8)).standings
    assert (found.decision, found.rate, found.is_overruled) == ("UNDECIDED", 0.0, True)


@pytest.mark.usefixtures("_few")
def test_a_decision_that_fell_goes_on(tmp_path: Path) -> None:
    """With conversations left it holds 4 more, 12 clean ones by the new judge: MET after ln(20/.7) / -ln .7 = 9.4."""
    sequel = decided(begun(tmp_path / "r", most=40), Learner(enough=8))
    (found,) = sequel.standings
    assert (found.decision, found.settled_after, found.is_overruled, sequel.held) == ("MET", 10, False, 12)


@pytest.mark.usefixtures("_few")
def test_the_rates_are_those_of_the_report(tmp_path: Path) -> None:
    """The role_flip judge itself, on an actor that flips: its counts are the sums of verdicts.jsonl."""
    folder = begun(tmp_path / "r", most=20, model="offline/actor?role_flip=0.2")
    with folder.locked():
        (found,) = run_until_decided(folder, tools=judge_tools(folder.read_manifest())).standings
        verdicts = list(judge_run(folder).verdicts())
    counts = [turn_count(*pair) or (0, 0) for pair in zip(folder.transcripts, verdicts, strict=True)]
    assert (found.flagged_turns, found.judged_turns) == tuple(map(sum, zip(*counts, strict=True)))
    assert found.judged_turns > 0


def test_judges_learn_before_they_decide(tmp_path: Path) -> None:
    """A judge that flags all, and learns, decides nothing before the whole first batch is held: 40 of --max 40."""
    assert decided(begun(tmp_path / "r", most=40), Learner(enough=1_000)).held == 40
    assert LEAST_TO_LEARN_FROM > 40


def test_who_learns_is_told_beforehand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of role flip and truncation only the first learns: the run says so before it holds anything."""
    folder = begun(tmp_path / "r", most=2)
    with folder.locked():
        decide(folder, max_connections=2, retry_errors=False, max_missing=1.0, as_json=True)
    first, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("role flip: nothing is settled before 150 conversations of a scenario, or --max")
    assert learners(PLAIN.make(("role_flip", "truncation"))) == ("role_flip",)


def test_models_share_what_judges_learn_from() -> None:
    """What is learnt is the scenario's: two models of it hold half each, a scenario with one model sets the number."""
    of = [RunExpectation(name, model, None, "j", 0.1, 6) for name, model in (("a", "x"), ("a", "y"))]
    assert Watch(of).repeats_to_learn_from == LEAST_TO_LEARN_FROM / 2
    assert Watch([*of, RunExpectation("b", "x", None, "j", 0.1, 6)]).repeats_to_learn_from == LEAST_TO_LEARN_FROM
