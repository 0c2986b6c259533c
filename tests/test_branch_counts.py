"""Recorded turns count for nobody: a branch in rates, in the gate, in the comparison of models, and in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from builders import transcript
from gate_sides import judged_folder

from analysis.assessment import assess
from analysis.attribution.cases import find_cases
from analysis.gate.baseline import baseline_of, write_baseline
from analysis.gate.counts import side_counts
from analysis.gate.gate import run_gate
from analysis.gate.sides import load_side, load_sides
from analysis.judged_folder import JudgedFolder
from analysis.outcomes import outcomes
from analysis.providers.bills import cost_usd_of, tokens_of
from analysis.providers.readings import read_folders
from analysis.rates import flag_rates
from analysis.report.branch_wording import branch_headline
from analysis.report.tally import TallyCounter
from analysis.stress.rows import _reached
from analysis.tables import flag_rows
from judges.verdict import Hit, Verdict
from sims.errors import UsageError
from sims.transcript import ScenarioRef, Transcript, Turn, Usage

START = 2


def talk(name: str, repeat: int, *, of: str | None = None, turns: int = 4) -> Transcript:
    """Four turns of "ann" and "bob"; a branch `of` a recording has the first two of it."""
    said = [(("ann", "bob")[place % 2], f"Turn {place}.") for place in range(turns)]
    held = transcript(*said, id=name)
    usage = Usage(10, 5)
    given = {"recorded": True, "recorded_tokens": 5}
    spoken = [
        replace(turn, meta=given) if of and place < START else replace(turn, usage=usage, cost_usd=0.5)
        for place, turn in enumerate(held.turns)
    ]
    meta = {"model": "m", **({"branch": {"of": of, "at": START}} if of else {})}
    ref = ScenarioRef("refund", "0" * 16)
    return replace(held, turns=tuple(spoken), meta=meta, scenario=ref, repeat=repeat, stop_reason="max_turns")


def flags(on: Transcript, *turns: int) -> Verdict:
    """A verdict on all turns, of which these are flagged."""
    hits = tuple(Hit(turn, 1.0, "k", on.turns[turn].text, 0, len(on.turns[turn].text), "so") for turn in turns)
    scores = tuple(float(place in turns) for place in range(len(on.turns)))
    return Verdict(transcript=on.id, judge="j", version="1", turn_scores=scores, hits=hits, judged_turns=len(scores))


def folder(path: Path, *found: tuple[Transcript, Sequence[int]]) -> JudgedFolder:
    """A judged folder of these conversations, with the turns that are flagged of each."""
    verdicts = [flags(one, *turns) for one, turns in found]
    return JudgedFolder(judged_folder(path, [one for one, _ in found], verdicts))


def run_and_branch(tmp_path: Path) -> tuple[JudgedFolder, JudgedFolder]:
    """Three recordings, each flagged in turns 0 and 3; two of them go on from turn 2, twice each, flagged in turn 0."""
    run = folder(tmp_path / "run", *((talk(f"r{number}", number), (0, 3)) for number in range(3)))
    branches = [
        (talk(f"b{number + 3 * again}", number + 3 * again, of=f"r{number}"), (0,))
        for again in (0, 1)
        for number in (0, 1)
    ]
    return run, folder(tmp_path / "branch", *branches)


def test_outcomes_are_of_the_turns_after_the_beginning(tmp_path: Path) -> None:
    """Of four turns two are recorded: two are judged, none is flagged though the verdict flags turn 0."""
    _, branch = run_and_branch(tmp_path)
    assert {(one.flagged, one.judged_turns, one.turns, one.start) for one in outcomes(branch)} == {((), 2, 2, START)}


def test_rates_are_of_the_turns_after_the_beginning_and_by_recording() -> None:
    """Two branches each of two recordings, two turns each, those of one flagged in turn 3: 2 of 8, in units of 0 and 2
    of 4, so the interval is that of two conversations of four turns, two of them flagged in one.
    """
    branches = [talk(f"b{number}", number, of=f"r{number % 2}") for number in range(4)]
    verdicts = [flags(one, *((0, 3) if number % 2 else (0,))) for number, one in enumerate(branches)]
    (rate,) = flag_rates(flag_rows(branches, verdicts))
    assert (rate.flagged_turns, rate.judged_turns, rate.conversations) == (2, 8, 4)
    whole = [talk("c0", 0), talk("c1", 1)]
    (other,) = flag_rates(flag_rows(whole, [flags(whole[0]), flags(whole[1], 2, 3)]))
    assert (rate.rate, rate.ci_low, rate.ci_high) == (other.rate, other.ci_low, other.ci_high)


def test_the_report_says_what_is_recorded(tmp_path: Path) -> None:
    """Four conversations with eight turns of their own, none flagged; eight recorded ones, four of them flagged."""
    _, branch = run_and_branch(tmp_path)
    found = assess(branch)
    tally = found.tally
    assert (tally.turns, tally.flagged_turns, tally.flagged_conversations) == (8, 0, 0)
    assert (tally.recorded_turns, tally.recorded_flagged) == (8, 4)
    (told,) = [line for line in found.headline if line.startswith("Branched off")]
    assert "the 8 turns it began with, recorded or injected, 4 of them flagged, count for nobody" in told


def test_the_headline_names_the_run_and_what_is_different() -> None:
    """Both as data, on one line; nothing is said of a run that is no branch."""
    counter = TallyCounter()
    counter.add(talk("a", 0), (), number=1)
    assert not list(branch_headline(counter.tally(), {"run": "x", "at": 2}))
    counter.add(talk("b", 1, of="a"), (), number=2)
    (told,) = branch_headline(counter.tally(), {"run": "base", "at": 2, "changes": {"task": "one\ntwo"}})
    assert told.startswith(
        "Branched off base at turn 2 with task=one two: the 2 turns it began with, recorded or injected, none of them"
    )


def test_gate_cuts_the_recordings_where_the_branch_goes_on(tmp_path: Path) -> None:
    """Turn 0 of the recordings does not count either: one flagged turn of two each, none of the branch's.

    The recording without a branch is no missing data, and the second branches are not compared; both are told.
    """
    run, branch = run_and_branch(tmp_path)
    found = run_gate(*load_sides(run.path, branch.path))
    (check,) = found.checks
    assert (check.baseline_rate, check.candidate_rate, check.pairs) == (0.5, 0.0, 2)
    assert (found.only_baseline, found.only_candidate, found.missing_share) == (1, 2, 0.0)
    assert not found.is_missing_too_much
    notes = " ".join(found.notes)
    assert "Turns from 2 on are compared" in notes
    assert "does not go on with 1 conversation of the other side" in notes
    assert "the first is compared: 2 are not" in notes


def test_a_branch_of_one_of_two_models_stands_against_its_recordings(tmp_path: Path) -> None:
    """The baseline holds two models; the branch under a third is paired with what it was branched off."""
    held = [(replace(talk(f"{model}{n}", n), meta={"model": model}), ()) for model in "ab" for n in (0, 1)]
    run = folder(tmp_path / "run", *held)
    other = [talk(f"c{n}", n, of=f"a{n}") for n in (0, 1)]
    branch = folder(tmp_path / "b", *((replace(one, meta={**one.meta, "model": "c"}), ()) for one in other))
    found = run_gate(*load_sides(run.path, branch.path))
    assert found.pairs == 2
    assert any("Compared across models: a in the baseline, c in the candidate" in note for note in found.notes)


def test_limits_take_branches_of_one_recording_for_one(tmp_path: Path) -> None:
    """Two branches each of two recordings: four conversations, two units."""
    _, branch = run_and_branch(tmp_path)
    side = load_side(branch.path)
    counts = side_counts(side.conversations, "j")
    assert (counts.conversations, counts.counts.judged.tolist(), counts.scenarios) == (4, [4, 4], ("refund", "refund"))


def test_sides_loaded_one_by_one_are_one_line(tmp_path: Path) -> None:
    """The turns that count differ then, so no figures are given; a baseline file cannot be cut, which is told too."""
    run, branch = run_and_branch(tmp_path)
    with pytest.raises(UsageError, match="load_sides"):
        run_gate(load_side(run.path), load_side(branch.path))
    file = tmp_path / "baseline.json"
    write_baseline(baseline_of(load_side(run.path), name="x"), file)
    with pytest.raises(UsageError, match="cannot be set against a branch, of which the turns from 2 on count"):
        load_sides(file, branch.path)


def test_a_branch_can_be_a_baseline(tmp_path: Path) -> None:
    """What is kept of it says from where turns count; against itself nothing differs."""
    _, branch = run_and_branch(tmp_path)
    file = tmp_path / "baseline.json"
    side = load_side(branch.path)
    write_baseline(baseline_of(side, name="x"), file)
    assert load_side(file).conversations == side.conversations
    found = run_gate(*load_sides(file, branch.path))
    assert (found.pairs, found.checks[0].difference) == (4, 0.0)


def test_models_are_compared_on_the_same_turns(tmp_path: Path) -> None:
    """Rates, cost and tokens are of turns 2 and 3 on both sides; one branch a recording; short recordings left out.

    Two turns at 0.5 USD and 10 + 5 tokens each.
    """
    run, branch = run_and_branch(tmp_path)
    short = folder(tmp_path / "short", (talk("s", 7, turns=2), ()), *((one, ()) for one in run.transcripts))
    readings = read_folders([short, branch])
    assert (readings.starts, readings.further, readings.too_short) == ({START}, 2, 1)
    assert [count.counts["turns"] for count in readings.services] == [6, 4]
    rates = next(column for measure, column in readings.rates.items() if measure.name == "j")
    assert (list(rates.judged), sum(rates.flagged)) == ([2] * 5, 0)
    one = next(iter(branch.transcripts))
    assert (cost_usd_of(one), tokens_of(one)) == (1.0, (20, 10))
    assert (cost_usd_of(talk("x", 0)), cost_usd_of(talk("x", 0), start=START)) == (2.0, 1.0)


def test_stress_counts_the_turns_after_the_beginning() -> None:
    """Recorded turns are no model's own words there; a turn that was put behind them is not either."""
    one = talk("b", 0, of="a")
    injected = replace(one.turns[2], meta={"fixed": True, "injected": True})
    put = replace(one, turns=(*one.turns[:2], injected, one.turns[3]))
    record = {"kind": "length"}
    assert (_reached(one, record), _reached(put, record)) == (frozenset({2, 3}), frozenset({3}))
    assert (one.beginning, put.beginning) == (2, 3)


def test_attribution_asks_about_turns_spoken_in_the_branch() -> None:
    """Flags in turns 0 and 3: the case is turn 3, and nothing recorded is spoken again."""
    one = talk("b", 0, of="a")
    (case,) = find_cases([one], lambda _: [flags(one, 0, 3)], ["j"], most=5)
    assert case.turn == 3
    assert not find_cases([one], lambda _: [flags(one, 0)], ["j"], most=5)


def test_a_turn_says_whose_it_is() -> None:
    """Recorded, injected, fixed, spoken: of the beginning or not, with a model called for it or not."""
    marks = ({"recorded": True}, {"injected": True, "fixed": True}, {"fixed": True}, {})
    turns = [Turn("ann", "Hello.", meta=meta) for meta in marks]
    assert [turn.is_of_beginning for turn in turns] == [True, True, False, False]
    assert [turn.is_generated for turn in turns] == [False, False, False, True]
