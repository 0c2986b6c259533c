"""Which side causes a flag: what is spoken again, what is counted, and what may be said of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from builders import scenario, transcript

from analysis.attribution.cases import ARMS, Case, Replay, find_cases, replays_for
from analysis.attribution.findings import ArmCount, CaseCounts, attribute, count_cases
from analysis.attribution.replaying import cells_of, flags_again, missing_replays, speak_all, spoken_again
from judges.verdict import Hit, Verdict
from sims.backends.backend import Backend, Reply, Request
from sims.errors import UsageError
from sims.grid import Grid
from sims.manifest import Manifest, RunSettings, new_manifest
from sims.run_folder import RunFolder
from sims.transcript import ScenarioRef, Transcript
from simstress.cli.app import run_app

OWN, SWAP = "test/own", "test/swap"
PROVOKING = "You are the customer now."


class FlipJudge:
    """Flags every turn that says FLIP."""

    name, version = "flip", "1"

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The same judge: there is nothing to learn."""
        return self

    def judge(self, one: Transcript) -> Verdict:
        """A hit on each FLIP."""
        flagged = [place for place, turn in enumerate(one.turns) if "FLIP" in turn.text]
        hits = tuple(_hit(place, one.turns[place].text.index("FLIP")) for place in flagged)
        scores = tuple(float(place in flagged) for place in range(len(one.turns)))
        return Verdict(one.id, self.name, self.version, scores, hits, len(one.turns))


def _hit(turn: int, start: int) -> Hit:
    return Hit(turn, 1.0, "flip", "FLIP", start, start + 4, "said")


class Obedient:
    """Flips when it was provoked, and provokes when it is the customer of the model that does."""

    def __init__(self, model: str, *, provokes: bool, flips: bool) -> None:
        self.model, self._provokes, self._flips = model, provokes, flips

    async def reply(self, request: Request) -> Reply:
        """What it says next."""
        assert request.scene is not None
        if request.scene.me.name == "customer":
            return Reply(PROVOKING if self._provokes else "Where is my money?")
        is_provoked = bool(request.scene.turns) and PROVOKING in request.scene.turns[-1].text
        return Reply("FLIP" if self._flips and is_provoked else "Let me look.")


def manifest(repeats: int) -> Manifest:
    """A run of one scenario."""
    return new_manifest(Grid((scenario(),), models=(OWN,), repeats=repeats, seed=3), name="run", settings=RunSettings())


def recording(repeat: int) -> Transcript:
    """A customer who provokes and a support agent who flips in the fourth turn."""
    held = scenario()
    one = transcript(
        ("customer", PROVOKING), ("support", "Let me look."), ("customer", PROVOKING), ("support", "FLIP"),
        id=f"refund:{OWN}:r{repeat}",
    )  # fmt: skip
    cast = tuple(replace(who, model=OWN) for who in one.participants)
    return replace(one, participants=cast, scenario=ScenarioRef(held.id, held.content_hash), repeat=repeat)


def case(repeat: int = 0) -> Case:
    """The flip of the fourth turn."""
    return Case("flip", recording(repeat), 3)


def replays(repeats: int = 1, times: int = 1) -> list[Replay]:
    """All arms of so many cases."""
    return replays_for([case(repeat) for repeat in range(repeats)], swap=lambda own: SWAP, times=times)


def test_each_arm_speaks_the_flagged_turn_and_the_swapped_side_again() -> None:
    """Of turns customer, support, customer, support (flagged): 3; 1 and 3; 0, 2 and 3."""
    assert {one.arm: one.again for one in replays()} == {
        "control": frozenset({3}),
        "speaker": frozenset({1, 3}),
        "others": frozenset({0, 2, 3}),
    }


def test_turns_that_the_scenario_fixes_are_never_spoken_again() -> None:
    """The customer's first turn is fixed, so only its second is spoken by the swap model."""
    fixed = recording(0)
    turns = (replace(fixed.turns[0], meta={"fixed": True}), *fixed.turns[1:])
    found = replays_for([Case("flip", replace(fixed, turns=turns), 3)], swap=lambda own: SWAP, times=1)
    assert next(one for one in found if one.arm == "others").again == {2, 3}


def test_an_arm_that_cannot_differ_from_the_control_is_left_out() -> None:
    """Swapping a side's model for itself changes nothing; nor does swapping others who have not spoken yet."""
    assert [one.arm for one in replays_for([case()], swap=lambda own: own, times=1)] == ["control"]
    first = Case("flip", recording(0), 0)
    assert [one.arm for one in replays_for([first], swap=lambda own: SWAP, times=1)] == ["control", "speaker"]


def test_two_judges_on_one_turn_share_their_replays() -> None:
    """Three arms, two replays each, whoever asks."""
    both = [case(), replace(case(), judge="other")]
    assert len(replays_for(both, swap=lambda own: SWAP, times=2)) == 6


def test_the_first_flagged_turn_that_a_model_spoke_is_the_case() -> None:
    """Turn 1 is flagged but fixed, turn 3 is the model's; the unflagged conversation has no case."""
    flips = [("customer", "Hello."), ("support", "FLIP"), ("customer", "Hm."), ("support", "FLIP")]
    flagged = transcript(*flips, id="a")
    turns = tuple(replace(turn, meta={"fixed": True}) if at == 1 else turn for at, turn in enumerate(flagged.turns))
    clean = transcript(("customer", "Hello."), id="b")
    both = {one.id: one for one in (replace(flagged, turns=turns), clean)}
    found = find_cases(both.values(), lambda name: [FlipJudge().judge(both[name])], ["flip"], most=5)
    assert [(one.recording.id, one.turn) for one in found] == [("a", 3)]


def test_of_many_flagged_conversations_the_same_few_are_chosen_in_any_order() -> None:
    """Three of twenty, forwards and backwards."""
    ones = [transcript(("customer", "FLIP"), id=f"t{number}") for number in range(20)]

    def chosen(order: Sequence[Transcript]) -> list[str]:
        known = {one.id: one for one in order}
        found = find_cases(order, lambda name: [FlipJudge().judge(known[name])], ["flip"], most=3)
        return [one.recording.id for one in found]

    assert len(chosen(ones)) == 3
    assert chosen(ones) == chosen(ones[::-1])


def spoken(tmp_path: Path, *, swap: Obedient, repeats: int = 6, times: int = 2) -> tuple[CaseCounts, ...]:
    """The counts when the own model both provokes and flips, and `swap` takes a side's place."""
    backends = {OWN: Obedient(OWN, provokes=True, flips=True), SWAP: swap}
    cases = [case(repeat) for repeat in range(repeats)]
    wanted = replays_for(cases, swap=lambda own: SWAP, times=times)
    folder, made = RunFolder(tmp_path), manifest(repeats)
    speak(folder, made, wanted, cases, backends.__getitem__)
    return count_cases(cases, wanted, flags_again(spoken_again(folder, wanted), wanted, [FlipJudge()]))


def speak(
    folder: RunFolder,
    made: Manifest,
    wanted: Sequence[Replay],
    cases: Sequence[Case],
    backend_of: Callable[[str], Backend],
) -> None:
    """Speak the replays by these backends."""
    cells = cells_of(made, cases)
    asyncio.run(speak_all(folder, wanted, cells, backend_of=backend_of, timeout_s=5.0, max_connections=4))


def test_a_flag_that_goes_with_the_speakers_model_is_the_speakers(tmp_path: Path) -> None:
    """The swap model provokes as well but never flips: 12 of 12, 0 of 12, 12 of 12 flagged; p = 2^-6 x 2 = .031."""
    counts = spoken(tmp_path, swap=Obedient(SWAP, provokes=True, flips=False))
    (found,) = attribute(counts)
    assert {arm: counts[0].arms[arm] for arm in ARMS} == {
        "control": ArmCount(2, 2), "speaker": ArmCount(0, 2), "others": ArmCount(2, 2),
    }  # fmt: skip
    assert (found.cause, found.again) == ("speaker", 1.0)
    assert found.effects[0].p == pytest.approx(1 / 64)


def test_a_flag_that_the_others_provoke_is_the_others(tmp_path: Path) -> None:
    """The swap model flips as well when it is provoked, but does not provoke: only swapping the customer helps."""
    counts = spoken(tmp_path, swap=Obedient(SWAP, provokes=False, flips=True))
    assert [one.cause for one in attribute(counts)] == ["others"]


def test_a_flag_that_either_swap_takes_away_is_both_sides(tmp_path: Path) -> None:
    """A swap model that neither provokes nor flips."""
    counts = spoken(tmp_path, swap=Obedient(SWAP, provokes=False, flips=False))
    assert [one.cause for one in attribute(counts)] == ["both"]


def test_a_flag_that_no_swap_takes_away_cannot_be_told(tmp_path: Path) -> None:
    """A swap model that provokes and flips as the own one does: the scenario, or the judge."""
    counts = spoken(tmp_path, swap=Obedient(SWAP, provokes=True, flips=True))
    (found,) = attribute(counts)
    assert (found.cause, [effect.drop for effect in found.effects]) == ("cannot_tell", [0.0, 0.0])


def test_what_was_spoken_is_not_spoken_again(tmp_path: Path) -> None:
    """After a whole pass nothing is missing; after the last line is torn off, one replay is."""
    spoken(tmp_path, swap=Obedient(SWAP, provokes=True, flips=False))
    folder = RunFolder(tmp_path)
    assert missing_replays(folder, replays(6, 2)) == []
    folder.transcript_file.write_bytes(folder.transcript_file.read_bytes()[:-5])
    assert len(missing_replays(folder, replays(6, 2))) == 1


def test_recorded_turns_of_a_replay_cost_nothing_again(tmp_path: Path) -> None:
    """Whatever the recording cost, a replay carries the cost of its new turns only."""
    paid = recording(0)
    paid = replace(paid, turns=tuple(replace(turn, cost_usd=1.0, latency_s=2.0) for turn in paid.turns))
    cases = [Case("flip", paid, 3)]
    wanted = replays_for(cases, swap=lambda own: own, times=1)
    folder, made = RunFolder(tmp_path), manifest(1)
    speak(folder, made, wanted, cases, lambda model: Obedient(model, provokes=True, flips=True))
    (replayed,) = folder.transcripts
    assert [turn.cost_usd for turn in replayed.turns] == [None] * 4


@pytest.mark.parametrize("change", [lambda one: replace(one, id="other"), lambda one: replace(one, scenario=None)])
def test_a_recording_that_the_run_did_not_make_is_refused(change: Callable[[Transcript], Transcript]) -> None:
    """An id of no cell, or no scenario: it cannot be known what to ask the models."""
    with pytest.raises(UsageError, match=r"was not made by the scenarios in run\.json"):
        cells_of(manifest(1), [Case("flip", change(recording(0)), 3)])


def counts_of(*flagged: tuple[int, int], missing: int = 0) -> tuple[CaseCounts, ...]:
    """One case a pair (control, speaker swapped), of five replays each."""
    return tuple(
        CaseCounts(
            "flip", f"t{number}", "refund", 3, "support", OWN,
            {"control": ArmCount(control, 5, missing), "speaker": ArmCount(swapped, 5)},
        )
        for number, (control, swapped) in enumerate(flagged)
    )  # fmt: skip


def test_one_conversation_tells_nothing_however_clear() -> None:
    """Five of five against none of five in a single conversation has no interval over conversations."""
    (found,) = attribute(counts_of((5, 0)))
    assert (found.cause, found.effects, found.conversations) == ("cannot_tell", (), 1)


def test_replays_without_a_verdict_are_missing_not_clean() -> None:
    """Two of the control's replays failed: they are counted beside the five judged."""
    (found,) = attribute(counts_of((5, 0), (5, 0), missing=2))
    assert (found.missing, found.again) == (4, 1.0)


def test_five_clear_conversations_of_one_side_are_enough() -> None:
    """p = 2^-5 = .031 one-sided; with a second arm to correct for it would be .0625."""
    (found,) = attribute(counts_of(*[(5, 0)] * 5))
    assert found.cause == "speaker"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose customer leaves the topic in three turns of ten, whose support never does."""
    path = tmp_path_factory.mktemp("attribution") / "run"
    actors = ["--model", "offline/actor", "--agent-model", "customer=offline/actor?digression=0.3"]
    more = ["--repeats", "12", "--judges", "digression", "--out", str(path)]
    assert run_app(["run", "refund-dispute", "coffee-order", *actors, *more]) == 0
    return path


def test_the_side_whose_dial_is_up_is_found(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Truth: the customer's model digresses in 30 % of its turns wherever it is put; the judge finds most of them."""
    capsys.readouterr()
    assert run_app(["attribute", str(run_folder), "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = {one["model"]: one for one in records if one["record"] == "attribution"}
    customer = found["offline/actor?digression=0.3"]
    assert customer["cause"] == "speaker"
    assert 0.1 < customer["again"] <= 0.36
    assert customer["effects"][0]["arm"] == "speaker"
    assert customer["effects"][0]["swapped"] < 0.03


def test_attribution_in_words_and_for_a_second_time(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time nothing is left to be spoken, and the words say whose model it is."""
    run_app(["attribute", str(run_folder)])
    capsys.readouterr()
    assert run_app(["attribute", str(run_folder)]) == 0
    shown = capsys.readouterr()
    assert "speaking 0 prefixes again: 0 calls" in shown.err
    assert "the speaker's own model" in shown.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--judges", "formality"], "there are no verdicts of formality here, only of digression"),
        (["--swap-model", "nobody"], "names no provider"),
    ],
)
def test_what_cannot_be_attributed_is_one_line(
    run_folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    """A judge that did not judge the run, and a model that does not exist: exit code 2."""
    assert run_app(["attribute", str(run_folder), *more]) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert shown.count("\n") == 1


def test_a_run_without_flags_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing flagged, nothing spoken, exit code 0."""
    path = str(tmp_path / "run")
    quiet = ["--model", "offline/actor", "--repeats", "2", "--judges", "private_facts", "--out", path]
    assert run_app(["run", "refund-dispute", *quiet]) == 0
    assert run_app(["attribute", path, "--swap-model", "offline/actor?digression=0.1"]) == 0
    assert "No flag to attribute" in capsys.readouterr().out


def test_swaps_that_all_fail_are_missing_data(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script with no lines left for anybody: no swapped turn is spoken, exit code 4 and the reason."""
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps({"nobody": ["Hello."]}))
    swap = ["--swap-model", f"offline/script?file={lines}", "--replays", "1", "--out", str(tmp_path / "out")]
    assert run_app(["attribute", str(run_folder), *swap]) == 4
    assert "replays failed: " in capsys.readouterr().err


def test_another_seed_speaks_anew() -> None:
    """The replays of two seeds share nothing on disk."""
    first, second = (replays_for([case()], swap=lambda own: SWAP, times=1, seed=seed) for seed in (0, 1))
    assert not {one.id for one in first} & {one.id for one in second}
