"""simstress stress, and what the other verbs make of its folder."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import scenario

from analysis.judged_folder import JudgedFolder
from analysis.stress.control import to_learn_from, undisturbed
from analysis.stress.run import stress_test
from sims.errors import UsageError
from sims.grid import Grid
from sims.scenario import Stressor
from sims.stressors.choosing import KINDS, stressors_for
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

Says = Callable[..., tuple[str, str]]
MODEL = "offline/actor?sensitivity=0.8"
TALK = {
    "schema": "simstress/scenario@1",
    "id": "talk",
    "agents": [{"name": "Ana", "role": "guest"}, {"name": "Ben", "role": "host"}],
    "task": "Plan a walk.",
    "stop": {"max_turns": 8},
}
COMMON = ("--model", MODEL, "--judges", "role_flip", "--repeats", "6", "--kinds", "role_pressure")


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Run a command in an empty folder; it must end with the code given, 0; gives stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        ended = run_app(arguments)
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return out, err

    return run


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged stress test: refund-dispute under role pressure at .5 and 1, six places."""
    place = tmp_path_factory.mktemp("stress")
    with contextlib.chdir(place):
        assert run_app(["stress", "refund-dispute", *COMMON, "--doses", "1,0.5", "--out", "s"]) == 0
    return place / "s"


def held(path: Path) -> list[Transcript]:
    """The transcripts of a run."""
    return list(TranscriptFiles([path / "transcripts.jsonl"]))


def test_every_place_is_held_undisturbed_and_once_an_arm(stressed: Path) -> None:
    """6 places x (control + 2 doses) = 18 conversations; an arm has the seed of its twin and names it."""
    conversations = held(stressed)
    assert len(conversations) == 18
    by_id = {one.id: one for one in conversations}
    arms = [one for one in conversations if one.is_arm]
    assert {one.stressors[0]["dose"] for one in arms} == {0.5, 1.0}
    assert len(list(undisturbed(conversations))) == 6
    for one in arms:
        twin = by_id[one.meta["twin"]]
        assert (twin.seed, twin.stressors) == (one.seed, ())
        assert twin.turns[0] == one.turns[0]


def test_what_it_finds_is_in_the_summary_and_on_the_page(stressed: Path) -> None:
    """The summary's "stress" has a response of three points; its rates are of the control; the page has the section."""
    summary = json.loads((stressed / "summary.json").read_text())
    (response,) = summary["stress"]["responses"]
    assert [point["arm"]["dose"] for point in response["points"]] == [0.0, 0.5, 1.0]
    assert response["points"][2]["rate"] > response["points"][0]["rate"]
    (rate,) = summary["rates"]
    assert (rate["conversations"], summary["conversations"]) == (6, 18)
    page = (stressed / "report.html").read_text()
    assert "Under stress" in page
    assert "Of the control alone: 6 conversations without stress." in page


def test_the_same_whatever_the_concurrency(says: Says, stressed: Path) -> None:
    """One conversation at a time, or ten: the same bytes in every file but run.json; the plan is told beforehand."""
    _, err = says("stress", "refund-dispute", *COMMON, "--doses", "0.5,1", "--max-connections", "1", "--out", "s")
    assert "18 conversations in 3 arms of 6: the control, and role pressure at doses 0.5, 1" in err
    for name in ("transcripts.jsonl", "verdicts.jsonl", "summary.json", "report.html"):
        assert Path("s", name).read_bytes() == (stressed / name).read_bytes(), name


def test_a_stress_test_that_was_cut_off_goes_on(says: Says, stressed: Path) -> None:
    """With most of its transcripts gone, --resume holds them again and ends with the same bytes; with --json stdout
    holds a record a dose and nothing else."""
    shutil.copytree(stressed, "s")
    file = Path("s/transcripts.jsonl")
    whole = file.read_bytes()
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    out, _ = says("stress", "--resume", "s", "--json")
    assert file.read_bytes() == whole
    records = [json.loads(line) for line in out.splitlines()]
    assert [(one["judge"], one["kind"], one["dose"]) for one in records] == [
        ("role_flip", "role_pressure", dose) for dose in (0.0, 0.5, 1.0)
    ]
    _, err = says("stress", "--resume", "s", "--kinds", "typos", code=2)
    assert "--kinds" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kinds", "typo"), "did you mean 'typos'?"),
        (("--kinds", "typos,typos"), "the stressor typos is given twice"),
        (("--kinds", " , "), "names no kind"),
        ((), "no scenario declares a stressor"),
        (("--kinds", "typos", "--doses", "0,1"), "dose 0 is the control"),
        (("--kinds", "typos", "--doses", "1.5"), "dose 1.5: doses are above 0"),
        (("--kinds", "typos", "--doses", "nan"), "dose nan: doses are above 0"),
        (("--kinds", "typos", "--doses", "0.5,0.50"), "dose 0.5 is given twice"),
        (("--kinds", "typos", "--doses", "much"), "expected numbers above 0"),
        (("--kinds", "typos", "--doses", ""), "names no dose"),
    ],
)
def test_what_cannot_be_asked_is_one_line(says: Says, options: tuple[str, ...], words: str) -> None:
    """Exit code 2, one line, no folder written."""
    _, err = says("stress", "coffee-order", "--model", "offline/actor", *options, code=2)
    assert words in err
    assert len(err.splitlines()) == 1
    assert list(Path().iterdir()) == []


def test_plan_has_a_row_an_arm(says: Says) -> None:
    """The control and two doses, before anything is spent."""
    options = ["--model", "offline/actor", "--kinds", "typos", "--doses", "0.5,1", "--json"]
    out, _ = says("plan", "coffee-order", *options)
    rows = [json.loads(line)["scenario"] for line in out.splitlines()]
    assert rows == ["coffee-order", "coffee-order+typos=0.5", "coffee-order+typos=1"]


def test_plan_says_what_is_left_out_and_what_it_takes(says: Says) -> None:
    """Of all kinds those that a script cannot have; with 2 repeats of 2 scenarios 4 pairs, which can find nothing."""
    many = ("plan", "refund-dispute", "bus-survey", "--model", "offline/actor", "--kinds", "all", "--repeats", "2")
    _, err = says(*many)
    assert "left out: scenario 'bus-survey': the stressor typos does not fit" in err
    assert "persona_strip changes the same at doses 0.5 and 1 for support (refund-dispute)" in err
    assert "nothing can be found with 4 conversations an arm" in err
    _, err = says("plan", "refund-dispute", "--model", "offline/actor", "--kinds", "temperature", code=0)
    assert err == ""
    warm = ("--kinds", "temperature", "--temperature", "1", "--temperature", "2")
    _, err = says("plan", "refund-dispute", "--model", "offline/actor", *warm)
    assert "stress test: temperature changes nothing at 2" in err
    hot = ("--kinds", "temperature", "--temperature", "2")
    _, err = says("plan", "refund-dispute", "--model", "offline/actor", *hot, code=2)
    assert "no stressor is left" in err


def test_the_plan_line_tells_each_kind_with_its_own_doses(says: Says) -> None:
    """The declared .3 is of typos alone; role pressure declared without a dose is left out, and that is said."""
    declared = [{"kind": "typos", "dose": 0.3}, {"kind": "role_pressure", "at": 4}]
    Path("own.json").write_text(json.dumps(TALK | {"stop": {"max_turns": 14}, "stressors": declared}))
    options = ("--model", "offline/actor", "--repeats", "1", "--judges", "formality")
    _, err = says("stress", "own.json", *options)
    assert "the control, and typos at doses 0.25, 0.3, 0.5, 1; role pressure at doses 0.25, 0.5, 1\n" in err
    assert "role_pressure as declared (once) by talk is left out: it has no dose" in err
    _, err = says("stress", "own.json", *options, "--doses", "1")
    assert "the control, and typos, role pressure each at dose 1\n" in err


def test_plan_without_kinds_plans_an_ordinary_run_and_says_so(says: Says) -> None:
    """Left out: no arms; with --doses the declared kinds; the help tells both."""
    Path("own.json").write_text(json.dumps(TALK | {"stressors": [{"kind": "typos", "dose": 0.3}]}))
    plan = ("plan", "own.json", "--model", "offline/actor", "--json")
    arms = [
        [json.loads(line)["scenario"] for line in says(*plan, *more)[0].splitlines()] for more in ([], ["--doses", "1"])
    ]
    assert arms == [["talk"], ["talk", "talk+typos=1"]]
    told = " ".join(says("plan", "--help")[0].replace("│", " ").split())
    assert "Left out: an ordinary run, unless --doses is given" in told
    assert "left out: those the scenarios declare" not in told


def test_without_repeats_an_arm_has_twenty_or_what_the_scenario_says(says: Says) -> None:
    """refund-dispute says nothing: 20 in each of 2 arms; a file that says 3 has 3."""
    options = ("--model", "offline/actor", "--kinds", "typos", "--doses", "1", "--json")
    out, _ = says("plan", "refund-dispute", *options)
    assert [json.loads(line)["conversations"] for line in out.splitlines()] == [20, 20]
    Path("own.json").write_text(json.dumps(TALK | {"repeats": 3}))
    out, _ = says("plan", "own.json", *options)
    assert [json.loads(line)["conversations"] for line in out.splitlines()] == [3, 3]


def test_a_stress_test_that_nobody_could_judge_ends_with_4(says: Says) -> None:
    """Two turns are too few for the judge: no rate at all, so nothing is said."""
    Path("own.json").write_text(json.dumps(TALK | {"stop": {"max_turns": 4}}))
    options = ("--model", "offline/actor", "--kinds", "typos", "--doses", "1", "--repeats", "2")
    _, err = says("stress", "own.json", *options, "--judges", "role_flip", code=4)
    assert "so the stress test says nothing" in err


def test_a_run_of_a_scenario_with_stressors_says_so(says: Says) -> None:
    """In the headline, on the terminal and in summary.json; a stress test and an ordinary run do not."""
    Path("own.json").write_text(json.dumps(TALK | {"stressors": [{"kind": "typos", "dose": 0.3}], "repeats": 2}))
    out, _ = says("run", "own.json", "--model", "offline/actor", "--out", "r", "--judges", "formality")
    words = "All 2 conversations were under stress that the scenario declares (typos, dose 0.3), with no undisturbed"
    assert words in " ".join(out.split())
    assert any(sentence.startswith(words) for sentence in json.loads(Path("r/summary.json").read_text())["headline"])
    shutil.copytree("r", "q")
    _, err = says("compare", "r", "q")
    assert "r: the conversations of 1 scenario were under stress that the scenario declares (typos); they count" in err
    out, _ = says("run", "coffee-order", "--model", "offline/actor", "--judges", "formality")
    assert "the scenario declares" not in out


def test_what_was_planted_stands_beside_what_is_flagged(says: Says, stressed: Path) -> None:
    """Found and false flags together are the flags of the rate, arm by arm; terminal and page have the table."""
    shutil.copytree(stressed, "s")
    summary = json.loads(Path("s/summary.json").read_text())
    points = {point["arm"]["dose"]: point for point in summary["stress"]["responses"][0]["points"]}
    rows = summary["stress_recorded"]["planted"]
    assert [row["arm"]["dose"] for row in rows] == [0.0, 0.5, 1.0]
    for row in rows:
        point = points[row["arm"]["dose"]]
        assert (row["turns"], row["found"] + row["false"]) == (point["judged_turns"], point["flagged_turns"])
    assert rows[0]["planted"] < rows[1]["planted"] < rows[2]["planted"]
    out, _ = says("judge", "s", "--judges", "role_flip")
    assert "Planted by the actor, and what judges flagged" in out
    assert "What the actor planted, and what judges made of it" in Path("s/report.html").read_text()


def test_kinds_come_from_the_scenarios_and_all_is_all() -> None:
    """Without kinds those declared, each once; doses rise; "all" is every kind that fits."""
    declaring = scenario(stressors=[{"kind": "typos", "at": 3}, {"kind": "silence"}])
    chosen = stressors_for((declaring, declaring), doses=(1.0, 0.5))
    assert [(one.kind, one.dose) for one in chosen] == [
        ("typos", 0.5),
        ("typos", 1.0),
        ("silence", 0.5),
        ("silence", 1.0),
    ]
    with_persona = scenario(agents=[{"name": name, "role": "guest", "persona": "Calm."} for name in ("Ana", "Ben")])
    assert {one.kind for one in stressors_for((with_persona,), ["all"])} == set(KINDS)


def test_a_scenarios_own_declaration_says_how() -> None:
    """`from`, `at` and `text` of the declaration hold in the arm, its dose does not; the control has no stressor."""
    own = {"kind": "distractor", "from": "support", "at": 4, "text": "Look, a bird.", "dose": 0.1}
    grid = Grid((scenario(stressors=[own]),), models=("m",), stress=(Stressor(kind="distractor", dose=1.0),))
    control, arm = (cell.scenario.stressors for cell in grid)
    assert control == ()
    assert arm[0].record == own | {"dose": 1.0}


def test_a_kind_declared_twice_is_told_before_anything_is_held() -> None:
    """A stress test takes one at a time."""
    twice = scenario(stressors=[{"kind": "silence", "at": 2}, {"kind": "silence", "at": 4}])
    with pytest.raises(UsageError, match="declares the stressor silence 2 times"):
        Grid((twice,), models=("m",), stress=stressors_for((twice,)))


def test_judges_learn_from_the_control_where_there_is_one(stressed: Path) -> None:
    """Of 18 conversations the six undisturbed; where only arms are there, those."""
    conversations = held(stressed)
    assert [one.id for one in to_learn_from(conversations)] == [one.id for one in undisturbed(conversations)]
    arms = [one for one in conversations if one.is_arm]
    assert list(to_learn_from(arms)) == arms


def test_gate_and_compare_take_the_control_and_say_so(says: Says, stressed: Path) -> None:
    """Against an ordinary run of the same seed: six pairs, word for word the same; one line on stderr."""
    says("run", "refund-dispute", "--model", MODEL, "--judges", "role_flip", "--repeats", "6", "--out", "plain")
    out, err = says("gate", str(stressed), "plain", "--no-limits", "--margin", "0.9")
    assert "All 6 pairs are word for word the same" in " ".join(out.split())
    assert "of it only the control counts here" in err
    out, err = says("compare", str(stressed), "plain", "--json")
    shifts: list[dict[str, Any]] = [record for record in map(json.loads, out.splitlines()) if "effect" in record]
    assert {shift["n"] for shift in shifts} == {6}
    assert all(abs(shift["effect"] or 0.0) < 1e-9 for shift in shifts)
    assert "of it only the control counts here" in err


def test_a_run_shows_the_stress_test_that_lies_in_it(says: Says, stressed: Path) -> None:
    """demo holds one in its folder; the report of the run has its section and keeps its own rates."""
    says("run", "coffee-order", "--model", "offline/actor", "--repeats", "2", "--out", "r")
    _, err = says("stress", "--resume", "r", code=2)
    assert "r: a run without a stress test; go on with: simstress run --resume r" in err
    before = json.loads(Path("r/summary.json").read_text())
    assert before["stress"] is None
    shutil.copytree(stressed, "r/stress")
    says("report", "r")
    page = Path("r/report.html").read_text()
    assert "A stress test of its own, in <code>stress</code>" in page
    assert "Of the control alone" not in page


def test_from_python(tmp_path: Path) -> None:
    """stress_test holds, judges and finds; a grid without stressors is told what it lacks."""
    of = scenario(judges=["role_flip"])
    grid = Grid((of,), models=(MODEL,), repeats=3, stress=stressors_for((of,), ["role_pressure"], (1.0,)))
    found = stress_test(grid, tmp_path / "s")
    assert (found.models, found.kinds) == ((MODEL,), ("role_pressure",))
    assert len(JudgedFolder(tmp_path / "s").verdict_file.read_text().splitlines()) == 6
    with pytest.raises(UsageError, match="the grid has no stressors"):
        stress_test(Grid((of,), models=(MODEL,)), tmp_path / "t")
