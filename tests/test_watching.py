"""Judges that watch conversations while they are held, and what is told of those they stop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import scenario, transcript

from analysis.branch_changes import parse_changes
from analysis.branching import BranchPlan, start_branch
from analysis.judge_tools import PLAIN
from analysis.judged_folder import JudgedFolder
from analysis.providers.compare import compare_providers
from analysis.report.aborted import AbortedCounter, turns_to_come
from analysis.report.aborted_wording import aborted_headline
from analysis.simulation import hold_run, simulate
from analysis.watching import check_watching, watch_of
from judges.catalogue import make_judge
from judges.verdict import Hit, Verdict, verdict_on
from sims.errors import UsageError
from sims.grid import Grid
from sims.manifest import RunSettings
from sims.run_folder import RunFolder
from sims.transcript import Transcript
from simstress.cli.app import run_app

FLIPPING = "offline/actor?role_flip=0.15"


def held(path: Path, *, model: str = FLIPPING, repeats: int = 12, connections: int = 5, **settings: Any) -> Path:
    """A judged run of one scenario that is compared with nobody, which takes long."""
    grid = Grid((scenario(stop={"max_turns": 12, "done": "[DONE]"}),), models=(model,), repeats=repeats, seed=1)
    chosen = RunSettings(judges=("role_flip",), **settings)
    return simulate(grid, path, settings=chosen, max_connections=connections).path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Conversations without a fault, to learn from."""
    return held(tmp_path_factory.mktemp("good") / "run", model="offline/actor", repeats=30)


@pytest.fixture(scope="module")
def watched(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with flips that role_flip watched."""
    folder = tmp_path_factory.mktemp("watched") / "run"
    return held(folder, abort_on=("role_flip",), learn_from=str(good))


def stopped(folder: Path) -> list[Transcript]:
    """The conversations that were stopped."""
    return [one for one in RunFolder(folder).transcripts if one.stop_reason == "aborted"]


def test_a_conversation_ends_with_the_turn_that_is_flagged(watched: Path) -> None:
    """What was seen is of the last turn, quotes it, and names judge and version."""
    found = stopped(watched)
    assert found
    for one in found:
        seen = one.meta["aborted"]
        assert (seen["judge"], seen["turn"], seen["version"]) == ("role_flip", len(one.turns) - 1, "2")
        assert seen["quote"] in one.turns[-1].text
        assert 0 < seen["score"] <= 1


def test_up_to_there_it_is_the_conversation_that_nobody_watched(watched: Path, tmp_path: Path) -> None:
    """Watching changes no word: every turn of the watched run stands in the unwatched one, at its place."""
    whole = {one.id: one for one in RunFolder(held(tmp_path / "whole")).transcripts}
    for one in RunFolder(watched).transcripts:
        assert one.turns == whole[one.id].turns[: len(one.turns)]
    assert all(len(one.turns) < len(whole[one.id].turns) for one in stopped(watched))


def test_played_on_it_is_the_conversation_that_nobody_watched(watched: Path, tmp_path: Path) -> None:
    """Branched off where it was stopped, without a change: the words of the unwatched run to the end."""
    whole = {one.id: one for one in RunFolder(held(tmp_path / "whole")).transcripts}
    cut = stopped(watched)[0]
    plan = BranchPlan(len(cut.turns), parse_changes(()), conversations=(cut.id,))
    folder = start_branch(watched, tmp_path / "on", plan).folder
    hold_run(folder)
    (one,) = folder.transcripts
    assert [turn.text for turn in one.turns] == [turn.text for turn in whole[cut.id].turns]


def test_most_of_what_is_stopped_was_planted(watched: Path) -> None:
    """The actor wrote down where it flipped: at least three stops of four are at such a turn."""
    found = stopped(watched)
    planted = sum("role_flip" in one.turns[-1].meta.get("planted", ()) for one in found)
    assert planted >= 0.75 * len(found)


def test_the_bytes_do_not_depend_on_concurrency(watched: Path, good: Path, tmp_path: Path) -> None:
    """One connection or five: the same transcripts, verdicts and so the same stops."""
    alone = held(tmp_path / "run", connections=1, abort_on=("role_flip",), learn_from=str(good))
    for name in ("transcripts.jsonl", "verdicts.jsonl"):
        assert (alone / name).read_bytes() == (watched / name).read_bytes()


def test_a_resumed_run_is_watched_too(watched: Path, good: Path, tmp_path: Path) -> None:
    """Half of the run taken away and resumed: the same bytes."""
    folder = held(tmp_path / "run", abort_on=("role_flip",), learn_from=str(good))
    lines = (folder / "transcripts.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "transcripts.jsonl").write_bytes(b"".join(lines[:5]))
    assert run_app(["run", "--resume", str(folder), "--no-judge"]) == 0
    assert (folder / "transcripts.jsonl").read_bytes() == (watched / "transcripts.jsonl").read_bytes()


def test_a_stopped_conversation_is_not_missing(watched: Path) -> None:
    """It is counted by its stop reason and not among the failed."""
    totals = RunFolder(watched).read_manifest().totals
    assert totals is not None
    assert totals.failed_conversations == 0
    assert totals.stop_reasons["aborted"] == len(stopped(watched))


def test_a_turn_that_is_flagged_earlier_does_not_stop() -> None:
    """Only the last turn counts: the flip of a seeker stops at once, and not when somebody has spoken after it."""
    flip = ("customer", "Here is my reply. As an AI language model, I cannot book flights.")
    lines = [("customer", "My flight was cancelled, I want a refund."), ("agent", "I see. Which flight is it?"), flip]
    watch = watch_of(("role_flip",), PLAIN)
    assert watch is not None
    cut = transcript(*lines, roles={"customer": "customer", "agent": "support agent"})
    seen = watch(cut)
    assert seen is not None
    assert seen["turn"] == 2
    assert watch(replace(cut, turns=cut.turns[:2])) is None
    after = transcript(*lines, ("agent", "Okay."), roles={"customer": "customer", "agent": "support agent"})
    assert watch(after) is None


def test_nobody_named_means_nobody_watches() -> None:
    """No judge, no watch."""
    assert watch_of((), PLAIN) is None


@pytest.mark.parametrize(("name", "why"), [("role_flip:llm", "asks a model"), ("ending", "how a conversation ended")])
def test_judges_that_cannot_watch(name: str, why: str) -> None:
    """One that asks a model, and the one of endings, are refused."""
    with pytest.raises(UsageError, match=why):
        check_watching([name])


def flagged(one: Transcript, *turns: int) -> list[Verdict]:
    """A verdict of role_flip that flags those turns."""
    hits = [Hit(turn, 1.0, "flip", one.turns[turn].text, 0, len(one.turns[turn].text), "r") for turn in turns]
    return [verdict_on(one, judge="role_flip", version="2", turn_scores=[0.5] * len(one.turns), hits=hits)]


def conversation(number: int, turns: int, *, stop: bool = False, cost_usd: float | None = 0.5) -> Transcript:
    """A conversation of that many turns at that price each, stopped at its last turn or not."""
    one = transcript(
        *[("a", "x y"), ("b", "y z")] * turns, id=str(number), stop_reason="aborted" if stop else "agent_done"
    )
    meta = {"aborted": {"judge": "role_flip", "turn": turns - 1}} if stop else {}
    return replace(one, turns=tuple(replace(turn, cost_usd=cost_usd) for turn in one.turns[:turns]), meta=meta)


def counted(*found: tuple[Transcript, Sequence[int]]) -> AbortedCounter:
    """A counter that has heard of those, with the turns that the final verdict flags."""
    counter = AbortedCounter()
    for one, turns in found:
        counter.add(one, flagged(one, *turns))
    return counter


def test_what_is_told_of_those_stopped() -> None:
    """Two of four stopped at turns 1 and 3: share 1/2; confirmed at one; one let pass; 6 and 8 turns were to come.

    Kaplan-Meier with 2+ and 4+ censored, ends at 6 and 8: alive beyond 2 and 4 is 1, beyond 6 is 1/2. Beyond 2 come
    4 + 2 * 1/2 = 5 turns, beyond 4 come 2 + 1 = 3: 8 turns in all at 50 cents each, 4 dollars.
    """
    counter = counted(
        (conversation(1, 2, stop=True), [1]),
        (conversation(2, 4, stop=True), [0]),
        (conversation(3, 6), [3]),
        (conversation(4, 8), []),
    )
    (one,) = counter.found()
    assert (one.judge, one.count, one.conversations, one.share.value, one.median_turn) == ("role_flip", 2, 4, 0.5, 2)
    assert (one.confirmed, one.let_pass) == (1, 1)
    assert one.turns_saved == pytest.approx(8)
    assert one.saved_usd == pytest.approx(4)
    told = " ".join(aborted_headline([one]))
    assert "2 of 4 conversations were stopped by role flip" in told
    assert "about 8 turns were not spoken, about $4" in told
    assert "flags 1 of these 2 turns, and turns in 1 conversation that it let pass" in told
    assert "do not compare" in told


def test_what_is_not_known_is_not_told() -> None:
    """A price missing: no money. No conversation at its end: no turns. Failed ones are not among those watched."""
    (one,) = counted((conversation(1, 2, stop=True, cost_usd=None), []), (conversation(2, 4), [])).found()
    assert (one.turns_saved, one.saved_usd) == (2, None)
    failed = replace(conversation(3, 4), stop_reason="backend_error")
    (alone,) = counted((conversation(1, 2, stop=True), []), (failed, [])).found()
    assert (alone.conversations, alone.turns_saved) == (1, None)
    assert counted((conversation(2, 4), [1])).found() == ()


@pytest.mark.parametrize("seen", [None, "x", {}, {"judge": "j"}, {"judge": "j", "turn": 9}, {"judge": 1, "turn": 0}])
def test_what_is_no_record_of_a_stop_stops_nothing(seen: object) -> None:
    """A transcript from elsewhere may hold anything under "aborted"."""
    odd = replace(conversation(1, 2, stop=True), meta={"aborted": seen})
    assert counted((odd, [])).found() == ()


def test_turns_beyond_the_longest_are_not_made_up() -> None:
    """Cut behind the longest that came to its end: none to come, as far as is known."""
    assert turns_to_come([7, 2], [4]) == [0.0, 2.0]


def test_the_report_and_the_summary_tell(watched: Path) -> None:
    """summary.json has the counts, and the page their words and the stop reason's."""
    assert run_app(["run", "--resume", str(watched)]) == 0
    (told,) = json.loads((watched / "summary.json").read_text())["aborted"]
    assert (told["judge"], told["count"]) == ("role_flip", len(stopped(watched)))
    page = (watched / "report.html").read_text()
    assert "stopped by role flip" in page
    assert "stopped by a judge that watched" in page
    assert f"Stopped by role flip, which watched, at turn {len(stopped(watched)[0].turns) - 1}:" in page


def test_the_ending_of_a_stopped_conversation_is_not_judged() -> None:
    """It has none of its own: no turn has a score."""
    verdict = make_judge("ending").judge(conversation(1, 4, stop=True))
    assert (verdict.judged_turns, verdict.hits) == (0, ())


def test_the_gate_refuses_and_a_comparison_warns(watched: Path, good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rates of conversations cut at their first flag are set against no others."""
    for pair in ([good, watched], [watched, good]):
        assert run_app(["gate", *map(str, pair)]) == 2
        assert "stopped conversations at their first flag" in capsys.readouterr().err
    found = compare_providers([JudgedFolder(good), JudgedFolder(watched)])
    assert any("stopped by a judge that watched" in note for note in found.notes)


def test_the_command_says_what_the_watch_can_see(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without anything to learn from it says so; with --learn-from it need not."""
    what = [
        "run",
        "coffee-order",
        "--model",
        "offline/actor",
        "--repeats",
        "2",
        "--no-judge",
        "--abort-on",
        "role_flip",
    ]
    assert run_app([*what, "--out", str(tmp_path / "a")]) == 0
    assert "nothing to learn from yet" in capsys.readouterr().err
    assert run_app([*what, "--out", str(tmp_path / "b"), "--learn-from", str(tmp_path / "a")]) == 0
    told = capsys.readouterr().err
    assert "ends at the first turn that role flip flags" in told
    assert "nothing to learn from" not in told
    assert JudgedFolder(tmp_path / "b").manifest["settings"]["abort_on"] == ["role_flip"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--abort-on", "role_flop"], "role_flip"),
        (["--abort-on", ","], "names no judge"),
        (["--abort-on", "digression:llm"], "only offline judges watch"),
        (["--abort-on", "role_flip", "--until-decided"], "leave one of them out"),
    ],
)
def test_what_cannot_be_is_one_line(
    more: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line, and no folder."""
    out = tmp_path / "run"
    assert run_app(["run", "coffee-order", "--model", "offline/actor", "--out", str(out), *more]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not out.exists()
