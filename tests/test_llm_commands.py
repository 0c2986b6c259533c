"""--judge-model, --votes, --judge-api-base, --embeddings: on the command line, with scripted models and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from llm_parts import finds_on_server
from openai_server import openai_server

from sims.transcript_file import TRANSCRIPTS
from simstress.cli.app import run_app

pytestmark = pytest.mark.filterwarnings("ignore:Item .* on TypedDict class:UserWarning")
"""The OpenAI library's types warn once, at the first call of a process."""
Runs = Callable[..., tuple[int, str, str]]
LINES = (("customer", "Where is my refund?"), ("support", "On its way."), ("customer", "Thanks."))


@pytest.fixture
def runs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run a command in a folder with two conversations (in.jsonl) and a script of clean answers; code, out, err."""
    monkeypatch.chdir(tmp_path)
    chats = [transcript(*LINES, id=f"c{n}", roles={"customer": "customer", "support": "agent"}) for n in range(2)]
    Path("in.jsonl").write_text("".join(TRANSCRIPTS.dump(chat) + "\n" for chat in chats))
    turns = [{"turn": n, "evidence": [], "kind": "none", "score": 0} for n in range(100)]
    Path("answers.json").write_text(json.dumps({"role_flip": [json.dumps({"turns": turns})]}))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return code, *capsys.readouterr()

    return run


def read(path: str) -> Any:
    """A file of JSON."""
    return json.loads(Path(path).read_text())


SCRIPT = "offline/script?file=answers.json"


def test_both_tiers_in_one_go(runs: Runs) -> None:
    """Verdicts of the offline judge and of the one that asks, two conversations each; what was asked is recorded."""
    code, out, _ = runs(
        "judge", "in.jsonl", "--judges", "role_flip,role_flip:llm", "--judge-model", SCRIPT, "--out", "j"
    )
    assert code == 0
    verdicts = [json.loads(line) for line in Path("j/verdicts.jsonl").read_text().splitlines()]
    assert [verdict["judge"] for verdict in verdicts] == ["role_flip", "role_flip:llm"] * 2
    assert verdicts[1]["version"] == f"2.1/{SCRIPT}"
    assert verdicts[1]["turn_scores"] == [0, 0, 0]
    sources = read("j/judged.json")
    assert (sources["judge_models"], sources["votes"]) == ([SCRIPT], 1)
    assert sources["judging"]["calls"] == 2
    assert "role_flip:llm" in read("j/summary.json")["uncalibrated"]
    assert "role_flip:llm beside role_flip" in out


def test_a_run_is_judged_by_models_and_resumed_for_nothing(runs: Runs) -> None:
    """run.json holds what was asked and what it cost; going on with the run asks nobody again."""
    run = ("run", "coffee-order", "-m", "offline/actor", "--repeats", "2", "--out", "r")
    assert runs(*run, "--judges", "role_flip:llm", "--judge-model", SCRIPT, "--votes", "3")[0] == 0
    manifest, verdicts = read("r/run.json"), Path("r/verdicts.jsonl").read_bytes()
    assert manifest["settings"]["judge_models"] == [SCRIPT]
    assert manifest["settings"]["votes"] == 3
    assert (manifest["judging"]["calls"], manifest["judging"]["calls_paid_now"]) == (6, 6)
    Path("answers.json").write_text('["nobody asks for this"]')
    assert runs("run", "--resume", "r")[0] == 0
    assert read("r/run.json")["judging"]["calls_paid_now"] == 0
    assert Path("r/verdicts.jsonl").read_bytes() == verdicts


def test_a_resumed_run_asks_first_whether_its_judge_models_are_there(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is gone when the run is resumed: told at once; without judging it is not needed."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    run = ("run", "coffee-order", "-m", "offline/actor", "--repeats", "1", "--out", "r")
    with openai_server(choose=finds_on_server()) as server:
        options = ("--judges", "role_flip:llm", "--judge-model", "openai/a", "--judge-api-base", server.base_url)
        assert runs(*run, *options)[0] == 0
    monkeypatch.delenv("OPENAI_API_KEY")
    code, _, err = runs("run", "--resume", "r")
    assert (code, "OPENAI_API_KEY" in err) == (2, True)
    assert runs("run", "--resume", "r", "--no-judge")[0] == 0


def test_a_turn_that_is_not_shown_whole_is_told(runs: Runs) -> None:
    """One of two turns is too long: None, and the count stands in the summary and on the terminal."""
    long = transcript(
        ("customer", "x " * 5_000), ("support", "Fine."), id="long", roles={"customer": "c", "support": "s"}
    )
    Path("in.jsonl").write_text(TRANSCRIPTS.dump(long) + "\n")
    code, out, _ = runs("judge", "in.jsonl", "--judges", "role_flip:llm", "--judge-model", SCRIPT, "--out", "j")
    assert code == 0
    assert json.loads(Path("j/verdicts.jsonl").read_text())["turn_scores"] == [None, 0]
    assert read("j/summary.json")["turns_cut"] == {"role_flip:llm": 1}
    assert "role_flip:llm: 1 turns are too long to be shown whole" in out


def test_damaged_answers_are_told(runs: Runs) -> None:
    """A line that is no answer: judging goes on, says so and counts it."""
    Path("j").mkdir()
    Path("j/llm_answers.jsonl").write_text("{}\n")
    code, _, err = runs("judge", "in.jsonl", "--judges", "role_flip:llm", "--judge-model", SCRIPT, "--out", "j")
    assert (code, "llm_answers.jsonl: 1 damaged lines were passed over" in err) == (0, True)
    assert read("j/judged.json")["judging"]["unreadable_answers"] == 1


def test_money_is_not_lost_where_a_judge_crashes(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both conversations were answered and counting them failed: two calls stand in the totals."""
    monkeypatch.setattr("judges.llm.judge.verdict_from", lambda *_, **__: 1 / 0)
    code, _, _ = runs("judge", "in.jsonl", "--judges", "role_flip:llm", "--judge-model", SCRIPT, "--out", "j")
    assert code == 4
    assert read("j/judged.json")["judging"]["calls"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--judges", "role_flip:llm"), "role_flip:llm asks a model; name one with --judge-model"),
        (("--judge-model", SCRIPT), "none of the judges asks a model; choose one, for example --judges role_flip,"),
        (
            ("--judges", "role_flip:llm", "--judge-model", SCRIPT, "--judge-model", f" {SCRIPT}"),
            "is given 2 times; to ask it so often, use --votes 2",
        ),
        (("--judges", "role_flip:lm"), "did you mean 'role_flip:llm'?"),
        (("--judges", "role_flip:llm", "--judge-model", "gpt-4o"), "names no provider"),
        (("--judges", "role_flip:llm", "--judge-model", "openai/gpt-4o"), "set OPENAI_API_KEY"),
        (("--judges", "role_flip:llm", "--judge-model", "offline/actor"), "answers no questions"),
        (("--judges", "role_flip:llm", "--judge-model", SCRIPT, "--votes", "0"), "greater than or equal to 1"),
        (
            ("--judges", "role_flip:llm", "--judge-model", SCRIPT, "--judge-api-base", "x"),
            "--judge-api-base 'x': expected http://HOST",
        ),
        (("--embeddings", "no-such-model"), "no such model"),
    ],
)
@pytest.mark.parametrize(
    "verb", [("judge", "in.jsonl", "--out", "o"), ("run", "coffee-order", "-m", "offline/actor", "--out", "o")]
)
def test_bad_input_is_told_before_anything_is_spent(
    runs: Runs, verb: tuple[str, ...], arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, exit code 2, nothing written."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out, err = runs(*verb, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.strip().count("\n") == 0
    assert not Path("o").exists()


def test_the_same_bytes_whatever_the_concurrency(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection or fifty, through a server, two models and two votes: the same verdicts."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with openai_server(choose=finds_on_server()) as server:
        for connections in ("1", "50"):
            code, _, _ = runs(
                *("judge", "in.jsonl", "--judges", "digression:llm,metaphor:llm", "--out", f"o{connections}"),
                *("--judge-model", "openai/a", "--judge-model", "openai/b", "--votes", "2"),
                *("--judge-api-base", server.base_url, "--max-connections", connections),
            )
            assert code == 0
        assert len(server.calls) == 2 * (2 * 2 * 2 * 2)
    assert Path("o1/verdicts.jsonl").read_bytes() == Path("o50/verdicts.jsonl").read_bytes()
