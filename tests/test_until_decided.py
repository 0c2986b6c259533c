"""run --until-decided: it stops when all is settled, says so, and comes to the same whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import scenario

from analysis.sequential.run import Sequel, run_until_decided
from analysis.sequential.watch import Watch
from analysis.simulation import judge_tools, start_run
from sims.errors import ProviderAway
from sims.grid import Grid
from sims.manifest import RunSettings, UntilDecided
from sims.run_folder import RunFolder
from sims.runner import hold_cells
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

Says = Callable[..., tuple[int, str, str]]
ACTOR = "offline/actor"
CLEAN, SOME, BROKEN = (f"offline/script?file={name}.json" for name in ("clean", "some", "broken"))
SCENARIO = """\
schema: simstress/scenario@1
id: {id}
task: Settle a refund request for a cancelled flight.
agents:
  - {{name: customer, role: customer, goal: Get the money back.}}
  - {{name: support, role: support agent, goal: Help within policy.}}
stop: {{max_turns: 6}}
judges: [truncation]
"""
EXPECTS = "expect: {truncation: {max_rate: 0.4}}\n"


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Run a command in a folder with two scenarios, and scripts with an unfilled slot in 0, 2 and all of 6 turns.

    truncation flags such slots; at most 40 % of the turns of refund.yaml may be, plain.yaml expects nothing.
    """
    monkeypatch.chdir(tmp_path)
    Path("refund.yaml").write_text(SCENARIO.format(id="refund") + EXPECTS)
    Path("plain.yaml").write_text(SCENARIO.format(id="plain"))
    for name, slots in (("clean", 0), ("some", 1), ("broken", 3)):
        lines = [f"This is {'[Your Name]' if turn < slots else 'Robin'} speaking, day {turn}." for turn in range(3)]
        Path(f"{name}.json").write_text(json.dumps({"customer": lines, "support": lines}))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return code, *capsys.readouterr()

    return run


def begun(path: Path, *models: str, most: int = 200) -> RunFolder:
    """A run that goes on until its one expectation a model is settled, in batches of 4; nothing is held yet."""
    of = scenario(judges=("role_flip",), expect={"role_flip": {"max_rate": 0.3}})
    return start_run(
        Grid((of,), models, repeats=most), path, settings=RunSettings(), until_decided=UntilDecided(batch=4)
    )


def decided(folder: RunFolder, *, max_connections: int = 4) -> Sequel:
    """What the run comes to."""
    tools = judge_tools(folder.read_manifest())
    with folder.locked():
        return run_until_decided(folder, tools=tools, max_connections=max_connections)


def standings(out: str) -> list[dict[str, Any]]:
    """The records of the expectations, behind that of the summary."""
    return [json.loads(line) for line in out.splitlines()][1:]


def test_it_stops_when_all_is_settled(says: Says) -> None:
    """Clean conversations meet 40 % after ln(20/.7) / -ln .6 = 6.6, so 7, in the second batch of 4: 8 of 200."""
    code, out, err = says("run", "refund.yaml", "--model", CLEAN, "--until-decided", "--batch", "4", "--out", "r")
    assert code == 0
    assert "Saved 192 of at most 200 conversations." in out
    assert "1 of 1 expectations settled" in err
    manifest = RunFolder("r").read_manifest()
    assert manifest.until_decided
    assert (manifest.until_decided.batch, manifest.repeats, manifest.status) == (4, 200, "complete")
    (settled,) = manifest.until_decided.settled
    assert (settled.decision, settled.conversations, settled.max_rate) == ("MET", 7, 0.4)
    assert manifest.totals
    assert manifest.totals.conversations == len(list(TranscriptFiles(["r/transcripts.jsonl"]))) == 8


def test_the_open_go_on_without_the_settled(says: Says) -> None:
    """Of three models one is MET after 7, one FAILED: 2.5^n / 8 + ... is 76 > 60 after 7, one, at 33 %, stays open."""
    given = ("--models", f"{CLEAN},{BROKEN},{SOME}", "--until-decided", "--batch", "4", "--max", "10", "--json")
    code, out, err = says("run", "refund.yaml", *given, "--out", "r")
    found = [(one["decision"], one["settled_after"], one["conversations"]) for one in standings(out)]
    assert found == [("MET", 7, 8), ("FAILED", 7, 8), ("UNDECIDED", None, 10)]
    assert [one["rate"] for one in standings(out)] == [0.0, 1.0, pytest.approx(1 / 3, abs=1e-5)]
    assert (code, "2 of 3 expectations settled" in err) == (1, True)


def test_a_run_that_was_cut_comes_to_the_same(says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut within a line of a later batch and resumed, at three concurrencies: same bytes, same decisions."""
    monkeypatch.setattr("analysis.sequential.watch.LEAST_TO_LEARN_FROM", 8)
    models = (ACTOR, "offline/actor?role_flip=0.25")
    folders = [begun(tmp_path / name / "r", *models, most=24) for name in ("a", "b")]
    first, second = (decided(folder, max_connections=count) for folder, count in zip(folders, (1, 7), strict=True))
    whole = folders[0].transcript_file.read_bytes()
    assert (first, whole) == (second, folders[1].transcript_file.read_bytes())
    lines = whole.splitlines(keepends=True)
    folders[1].transcript_file.write_bytes(b"".join(lines[3:0:-1] + lines[9:12]) + lines[13][:99])
    assert decided(folders[1], max_connections=3) == first
    assert folders[1].transcript_file.read_bytes() == whole
    assert folders[1].manifest_file.read_bytes() == folders[0].manifest_file.read_bytes()


def test_an_interrupt_stops_between_batches(says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes when all of a batch are in flight ends the run with that batch on disk; it can be resumed."""
    monkeypatch.setattr("analysis.sequential.watch.LEAST_TO_LEARN_FROM", 4)
    folder = begun(tmp_path / "r", ACTOR, most=8)

    async def interrupted(*arguments: Any, **more: Any) -> bool:
        await hold_cells(*arguments, **more)
        return True

    with monkeypatch.context() as patch:
        patch.setattr("analysis.sequential.run.hold_cells", interrupted)
        with pytest.raises(KeyboardInterrupt):
            decided(folder)
    assert (len(folder.recover()), folder.read_manifest().status) == (4, "stopped")
    assert decided(folder).held == 8


@pytest.mark.parametrize(
    ("stop", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "stopped; what was said so far is kept, go on with: simstress run --resume r"),
        (ProviderAway("away"), 4, "away: 4 conversations are held so far; go on with: simstress run --resume r"),
    ],
)
def test_a_stop_while_judging_leaves_a_stopped_run(
    says: Says, monkeypatch: pytest.MonkeyPatch, stop: BaseException, code: int, told: str
) -> None:
    """Judging the first batch of 4 is stopped: run.json counts them, and does not take --max for the goal."""

    def stopped(*_: object) -> None:
        raise stop

    given = ("run", "refund.yaml", "--model", CLEAN, "--until-decided", "--batch", "4", "--out", "r")
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "add", stopped)
        ended, _, err = says(*given)
    assert (ended, told in err, "/200" in err) == (code, True, False)
    manifest = RunFolder("r").read_manifest()
    assert manifest.totals
    assert (manifest.status, manifest.totals.conversations) == ("stopped", 4)
    assert says("run", "--resume", "r")[0] == 0


def test_max_can_be_raised_afterwards(says: Says) -> None:
    """Three decide nothing; resumed up to 20 the run is that which began with 20; lowering is refused."""
    given = ("run", "refund.yaml", "--model", CLEAN, "--until-decided", "--batch", "4")
    assert says(*given, "--max", "20", "--out", "a/r")[0] == 0
    code, out, err = says(*given, "--max", "3", "--out", "b/r")
    assert (code, "7 clean conversations of full length to be met, --max 3 is too few" in err) == (3, True)
    assert "simstress run --resume b/r --max 7" in out
    assert says("run", "--resume", "b/r", "--max", "2")[0] == 2
    assert says("run", "--resume", "b/r", "--max", "20")[0] == 0
    assert Path("a/r/run.json").read_bytes() == Path("b/r/run.json").read_bytes()
    assert Path("a/r/verdicts.jsonl").read_bytes() == Path("b/r/verdicts.jsonl").read_bytes()


def test_conversations_that_fail_are_missing_and_given_up(says: Says) -> None:
    """A script without lines fails each time: after ten in a row it ends with 4; mended, --retry-errors settles it."""
    Path("lines.json").write_text('{"customer": ["Hello."]}')
    model = "offline/script?file=lines.json"
    given = ("--until-decided", "--batch", "5", "--json", "--out", "r")
    code, out, err = says("run", "refund.yaml", "--model", model, *given)
    (one,) = standings(out)
    assert (code, one["decision"], one["conversations"], one["missing"]) == (4, "UNDECIDED", 0, 10)
    assert (one["rate"], one["worst_low"], one["worst_high"]) == (None, 0.0, 1.0)
    assert "10 of 10 conversations have no verdict of truncation" in err
    assert "0 of 1 expectations settled; no more conversations for 1 without verdicts" in err
    Path("lines.json").write_text(Path("clean.json").read_text())
    code, out, _ = says("run", "--resume", "r", "--retry-errors", "--json")
    (one,) = standings(out)
    assert (code, one["decision"], one["settled_after"], one["missing"]) == (0, "MET", 7, 0)


def test_judge_models_are_asked_once(says: Says) -> None:
    """8 conversations are 8 questions; neither the report nor a resumed run asks them again."""
    answer = {"turns": [{"turn": turn, "evidence": [], "kind": "none", "score": 0} for turn in range(6)]}
    Path("answers.json").write_text(json.dumps({"role_flip": [json.dumps(answer)]}))
    text = SCENARIO.format(id="refund") + EXPECTS
    Path("refund.yaml").write_text(
        text.replace("truncation]", '"role_flip:llm"]').replace("truncation", "role_flip:llm")
    )
    given = ("--judge-model", "offline/script?file=answers.json", "--until-decided", "--batch", "4", "--out", "r")
    assert says("run", "refund.yaml", "--model", CLEAN, *given)[0] == 0
    asked = Path("r/llm_answers.jsonl").read_text()
    assert len(asked.splitlines()) == 8
    Path("answers.json").write_text('["nobody asks for this"]')
    assert says("run", "--resume", "r")[0] == 0
    assert Path("r/llm_answers.jsonl").read_text() == asked


def test_other_commands_read_such_a_run(says: Says) -> None:
    """report, judge, compare and replay take it as it is, though its grid is larger than what was held."""
    says("run", "refund.yaml", "--model", CLEAN, "--until-decided", "--batch", "4", "--out", "r")
    assert says("report", "r")[0] == 0
    assert says("judge", "r", "--judges", "truncation", "--out", "j")[0] == 0
    assert says("compare", "r", "j", "--json")[0] == 0
    assert (
        says("run", "refund.yaml", "--model", "replay?run=r", "--repeats", "8", "--no-judge", "--out", "again")[0] == 0
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plain.yaml", "--until-decided"), "nothing to decide: none of plain expects"),
        (
            ("refund.yaml", "--until-decided", "--judges", "repetition"),
            "truncation is not among the judges of this run",
        ),
        (("refund.yaml", "--until-decided", "--no-judge"), "has to judge as it goes"),
        (("refund.yaml", "--until-decided", "--repeats", "5"), "for a limit give --max 5"),
        (("refund.yaml", "--max", "5"), "--max belongs to --until-decided"),
        (("refund.yaml", "--batch", "5"), "--batch belongs to --until-decided"),
        (("refund.yaml", "--models", " , "), "names no model"),
        (("refund.yaml", "--models", CLEAN), "clean.json is given twice"),
    ],
)
def test_what_cannot_be_decided_is_refused_before_anything_is_made(
    says: Says, arguments: tuple[str, ...], message: str
) -> None:
    """One line that says what to do, exit code 2, and no folder."""
    code, out, err = says("run", *arguments, "--model", CLEAN, "--out", "r")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
    assert not Path("r").exists()


def test_what_cannot_be_decided_is_said_beforehand(says: Says) -> None:
    """A scenario without an expectation is not held; a limit of 0 is never met for certain: exit code 3."""
    Path("never.yaml").write_text(SCENARIO.format(id="never") + EXPECTS.replace("0.4", "0"))
    given = ("--model", CLEAN, "--until-decided", "--max", "3", "--json", "--out", "r")
    code, out, err = says("run", "plain.yaml", "never.yaml", *given)
    assert (code, standings(out)[0]["conversations"]) == (3, 3)
    assert "plain: no rate is expected of it" in err
    assert "never: truncation of at most 0.0% can fail, but no number of conversations meets it" in err


def test_the_command_line_outdoes_the_models_of_the_environment(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIMSTRESS_MODELS stands for --models; --model on the command line takes its place."""
    monkeypatch.setenv("SIMSTRESS_MODELS", f"{CLEAN}, {BROKEN}")
    says("run", "refund.yaml", "--no-judge", "--out", "a")
    says("run", "refund.yaml", "--no-judge", "--out", "b", "--model", CLEAN)
    assert [RunFolder(name).read_manifest().models for name in ("a", "b")] == [[CLEAN, BROKEN], [CLEAN]]
    assert len(says("plan", "refund.yaml", "--json")[1].splitlines()) == 2
