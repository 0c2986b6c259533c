"""Judges that ask a model, through the real protocol: every bad answer of a server on loopback ends as specified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from llm_parts import answer, finds_on_server, flagged
from openai_server import Answer, Call, OpenAIServer, fails, is_cut_off, openai_server, rate_limited, refuses, says

from analysis.judge_models import JudgeModels, open_jury
from analysis.judged_folder import JudgedFolder
from judges.catalogue import make_judge
from judges.panel import judge_transcripts
from judges.verdict import Verdict
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS
from simstress.cli.app import run_app

pytestmark = [
    pytest.mark.filterwarnings("ignore:Item .* on TypedDict class:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*coroutine .*acompletion:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .*acompletion:RuntimeWarning"),
]
"""The OpenAI library's types warn once, at the first call of a process; litellm leaves a call unawaited that is
interrupted before it began."""
ROLES = {"customer": "customer", "support": "support agent"}
CHAT = transcript(
    ("customer", "My flight was cancelled. I want my money back."),
    ("support", "I'm sorry to hear that. What is the booking reference?"),
    ("customer", "How can I help you today? Is there anything else I can do for you?"),
    ("support", "I asked for the reference."),
    id="chat",
    roles=ROLES,
)
FLIP = {2: flagged("How can I help you today?")}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-0123456789")


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    """One server for the module; each test says what it plays."""
    with openai_server() as running:
        yield running


def verdict_of(server: OpenAIServer, *first: Answer, finds: Any = None, models: Sequence[str] = ("m",)) -> Verdict:
    """The verdict on CHAT when the server gives `first` and then finds `finds`."""
    server.calls.clear()
    server._choose = finds_on_server(finds, first=first)
    named = JudgeModels(tuple(f"openai/{model}" for model in models), api_base=server.base_url, max_attempts=2)
    (verdict,) = judge_transcripts([CHAT], [make_judge("role_flip:llm", jury=open_jury(named))])
    return verdict


def test_a_flagged_turn_is_a_hit_with_its_quote(server: OpenAIServer) -> None:
    """Score, kind, place of the quote, reason; the version names prompt and model; 11 + 7 tokens, no price known."""
    verdict = verdict_of(server, finds=FLIP)
    (hit,) = verdict.hits
    assert (hit.turn, hit.score, hit.kind, hit.quote, hit.start) == (2, 0.9, "flip", "How can I help you today?", 0)
    assert verdict.turn_scores == (0, 0, 0.9, 0)
    assert (verdict.judge, verdict.version) == ("role_flip:llm", "2.1/openai/m")
    assert verdict.meta["calls"] == verdict.meta["calls_without_cost"] == 1
    assert (verdict.meta["prompt_tokens"], verdict.meta["completion_tokens"]) == (11, 7)


def test_broken_json_is_mended_at_the_second_try(server: OpenAIServer) -> None:
    """The second call shows the first answer and what is wrong with it; both are counted."""
    verdict = verdict_of(server, says('{"turns": [{"turn": 0'), finds=FLIP)
    assert verdict.flagged_turns == (2,)
    assert verdict.meta["calls"] == len(server.calls) == 2
    shown, fault = server.calls[1].body["messages"][-2:]
    assert shown == {"role": "assistant", "content": '{"turns": [{"turn": 0'}
    assert "not one JSON object" in fault["content"]


def test_broken_twice_is_unjudged(server: OpenAIServer) -> None:
    """Two tries, no third; the reason says what could not be read."""
    verdict = verdict_of(server, says("no idea {"), says("still { none }"))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "malformed_reply"
    assert verdict.turn_scores == (None,) * 4
    assert len(server.calls) == 2


def test_an_answer_cut_off_at_the_token_limit_says_so(server: OpenAIServer) -> None:
    """The detail names the cause that the user can mend."""
    verdict = verdict_of(server, is_cut_off('{"turns": ['), is_cut_off('{"turns": ['))
    assert verdict.unjudged is not None
    assert "cut off at the token limit" in verdict.unjudged.detail


def test_a_quote_that_does_not_occur_makes_no_hit(server: OpenAIServer) -> None:
    """The flag rests on nothing: the turn is None, neither clean nor flagged; the quote is counted."""
    verdict = verdict_of(server, finds={2: flagged("How may I serve you")})
    assert verdict.hits == ()
    assert verdict.turn_scores == (0, 0, None, 0)
    assert verdict.meta["unsupported_quotes"] == 1


def test_a_quote_of_another_turn_is_no_evidence(server: OpenAIServer) -> None:
    """The words occur, but somebody else said them."""
    verdict = verdict_of(server, finds={2: flagged("What is the booking reference?")})
    assert (verdict.hits, verdict.turn_scores[2]) == ((), None)


@pytest.mark.parametrize("words", [refuses("I can't do that."), says("I'm sorry, but I can't help with that.")])
def test_a_refusal_is_refused(server: OpenAIServer, words: Answer) -> None:
    """In the field that the API has for it, or in plain words; it is not asked again, and its tokens count."""
    verdict = verdict_of(server, words)
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "refused"
    assert (verdict.meta["prompt_tokens"], verdict.meta["completion_tokens"]) == (11, 7)
    assert len(server.calls) == 1


def test_a_rate_limit_is_waited_out(server: OpenAIServer) -> None:
    """429 and then fine: a verdict."""
    verdict = verdict_of(server, rate_limited(retry_after="0"), finds=FLIP)
    assert verdict.flagged_turns == (2,)
    assert len(server.calls) == 2


def test_a_server_that_fails_for_ever_is_a_backend_error(server: OpenAIServer) -> None:
    """500 at every attempt: unjudged, with the server's words and how often it was tried."""
    verdict = verdict_of(server, *[fails(500)] * 5)
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == "backend_error"
    assert "after 2 attempts" in verdict.unjudged.detail
    assert len(server.calls) == 2


def test_a_model_that_takes_no_temperature_is_asked_without(server: OpenAIServer) -> None:
    """Told by the server, or known to litellm beforehand (o3-mini): an answer, and the meta says so."""
    told = fails(400, "Unsupported value: 'temperature' does not support 0.0 with this model.")
    for first, model, calls in (((told,), "m", 2), ((), "o3-mini", 1)):
        verdict = verdict_of(server, *first, finds=FLIP, models=(model,))
        assert verdict.flagged_turns == (2,)
        assert "temperature" in verdict.meta["settings_not_taken"]
        assert len(server.calls) == calls
        assert "temperature" not in server.calls[-1].body


def test_an_injected_verdict_does_not_stand_for_an_answer(server: OpenAIServer) -> None:
    """A model that is talked into leaving turns out, or into a bare "clean", is not believed: malformed, not clean."""
    lazy = json.dumps({"turns": [{"turn": 0, "evidence": [], "kind": "none", "score": 0}]})
    for obeyed in (lazy, '{"verdict": "clean"}', '{"turns": []}'):
        verdict = verdict_of(server, says(obeyed), says(obeyed))
        assert verdict.unjudged is not None
        assert verdict.unjudged.reason == "malformed_reply"
        assert verdict.judged_turns == 0


def by_model(call: Call) -> Answer:
    """Models "a" and "b" find the flip, "c" does not."""
    return says(answer(call.body["messages"], FLIP if call.body["model"] in ("a", "b") else None))


def test_models_that_differ_decide_by_majority(server: OpenAIServer) -> None:
    """Two of three flag turn 2: a hit, the mean of 0.9, 0.9 and 0 is 0.6, and 1 of 4 turns is disputed."""
    server._choose = by_model
    models = JudgeModels(("openai/a", "openai/b", "openai/c"), api_base=server.base_url)
    (verdict,) = judge_transcripts([CHAT], [make_judge("role_flip:llm", jury=open_jury(models))])
    assert verdict.turn_scores == (0, 0, 0.6, 0)
    assert verdict.flagged_turns == (2,)
    assert verdict.meta["disagreement"] == 0.25
    assert verdict.meta["flags_by_model"]["openai/c"] == [0, 0, 0, 0]
    assert verdict.version == "2.1/openai/a+openai/b+openai/c"


@dataclass(frozen=True)
class Folder:
    """A file of ten conversations, and the command that judges them."""

    path: Path
    base: str

    def command(self, *more: str, models: Sequence[str] = ("openai/a",)) -> list[str]:
        """Judging into the folder `out`."""
        chosen = [part for model in models for part in ("--judge-model", model)]
        command = ["judge", str(self.path / "in.jsonl"), "--out", str(self.path / "out"), *chosen]
        return [*command, "--judges", "role_flip:llm", "--judge-api-base", self.base, *more]

    def judge(self, *more: str, models: Sequence[str] = ("openai/a",)) -> int:
        """The exit code of doing so."""
        return run_app(self.command(*more, models=models))

    def read(self, name: str) -> Any:
        """A file of JSON in the output."""
        return json.loads((self.path / "out" / name).read_text())


@pytest.fixture
def folder(tmp_path: Path, server: OpenAIServer) -> Folder:
    """Ten conversations, and a server on which "a" and "b" flag turn 2 and "c" nothing."""
    lines = [TRANSCRIPTS.dump(_named(CHAT, f"c{number}")) for number in range(10)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    server.calls.clear()
    server._choose = by_model
    return Folder(tmp_path, server.base_url)


def _named(one: Transcript, identity: str) -> Transcript:
    return transcript(*[(turn.speaker, turn.text) for turn in one.turns], id=identity, roles=ROLES)


def test_judging_again_asks_nobody(folder: Folder, server: OpenAIServer) -> None:
    """Ten calls, then none: the same bytes, and judged.json tells both what it came to and what was paid now."""
    assert folder.judge() == 0
    first = (folder.path / "out" / "verdicts.jsonl").read_bytes()
    assert (len(server.calls), folder.read("judged.json")["judging"]["calls_paid_now"]) == (10, 10)
    assert folder.judge("--max-connections", "1") == 0
    assert (folder.path / "out" / "verdicts.jsonl").read_bytes() == first
    assert len(server.calls) == 10
    assert folder.read("judged.json")["judging"] == {
        "calls": 10,
        "calls_paid_now": 0,
        "attempts": 10,
        "prompt_tokens": 110,
        "completion_tokens": 70,
        "cost_usd": 0.0,
        "calls_without_cost": 10,
        "spent_usd": 0.0,
        "unreadable_answers": 0,
    }


def test_an_interrupt_keeps_what_was_paid(folder: Folder, server: OpenAIServer) -> None:
    """Interrupted at the fifth call: exit code 130, no verdicts, four answers kept; then only six are asked for."""

    def choose(call: Call) -> Answer:
        if call.number == 4:
            os.kill(os.getpid(), signal.SIGINT)
            return says("late", wait_s=0.5)
        return by_model(call)

    server._choose = choose
    assert folder.judge("--max-connections", "1") == 130
    assert not (folder.path / "out" / "verdicts.jsonl").exists()
    kept = (folder.path / "out" / "llm_answers.jsonl").read_text().count("\n")
    assert kept == 4
    server.calls.clear()
    server._choose = by_model
    assert folder.judge() == 0
    assert len(server.calls) == 6


def test_a_kill_keeps_what_was_paid(folder: Folder, server: OpenAIServer) -> None:
    """kill -9 after three answers: what is on disk is not asked for again, everything else is."""
    server._choose = lambda call: says(answer(call.body["messages"], FLIP), wait_s=0.1)
    kept = folder.path / "out" / "llm_answers.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "simstress", *folder.command("--max-connections", "1")], stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not (kept.exists() and kept.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    there = kept.read_bytes().count(b"\n")
    server.calls.clear()
    assert folder.judge() == 0
    assert len(server.calls) == 10 - there
    assert folder.read("judged.json")["judging"]["calls"] == 10


def test_two_models_have_an_alpha(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """a flags 1 turn of 4 in each of 10, c none. Of 80 ratings 10 are flags; 10 of 40 turns differ.

    Do = 10/40; De = 2 * 10 * 70 / (80 * 79); alpha = 1 - 0.25 / 0.221519 = -0.128571.
    """
    assert folder.judge(models=("openai/a", "openai/c")) == 0
    (found,) = folder.read("summary.json")["model_agreement"]
    assert (found["turns"], found["differing_turns"]) == (40, 10)
    assert found["alpha"] == pytest.approx(-0.128571)
    assert "2 models differ on 10 of 40 turns; alpha -0.13" in capsys.readouterr().out


def test_the_offline_judge_is_a_second_opinion(folder: Folder) -> None:
    """A model that was talked into "clean" stands beside an offline judge that was not: the summary tells where."""
    assert folder.judge("--judges", "role_flip,role_flip:llm", models=("openai/c",)) == 0
    (found,) = folder.read("summary.json")["second_opinions"]
    assert (found["judge"], found["offline"]) == ("role_flip:llm", "role_flip")
    assert found["only_offline"] + found["both"] >= 10 or found["turns"] == 0


def test_failed_judging_ends_with_code_4(
    folder: Folder, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every answer unreadable: the verdicts say so, and nothing should rest on them."""
    server._choose = lambda call: says("I like turtles.")
    assert folder.judge() == 4
    assert "10 of 10 conversations made a judge fail" in capsys.readouterr().err
    assert folder.read("summary.json")["unjudged"] == [
        {"judge": "role_flip:llm", "reason": "malformed_reply", "conversations": 10}
    ]


def test_no_key_reaches_a_file(folder: Folder) -> None:
    """The planted key stands in no file of the output."""
    assert folder.judge() == 0
    for path in (folder.path / "out").iterdir():
        assert "sk-planted" not in path.read_text(errors="replace")


def test_two_processes_do_not_share_a_folder(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """While one judges, a second gets one line and exit code 2, before anybody is paid."""
    (folder.path / "out").mkdir()
    with JudgedFolder(folder.path / "out").locked():
        assert folder.judge() == 2
    assert "another process is running here" in capsys.readouterr().err
    assert not (folder.path / "out" / "judged.json").exists()
    assert folder.judge() == 0


def test_an_interrupted_judging_leaves_the_folder_as_it_was(folder: Folder, server: OpenAIServer) -> None:
    """Judged by "a", then interrupted with "c": judged.json still tells of "a", as the verdicts do."""
    assert folder.judge() == 0
    before = {name: (folder.path / "out" / name).read_bytes() for name in ("judged.json", "verdicts.jsonl")}

    def choose(call: Call) -> Answer:
        os.kill(os.getpid(), signal.SIGINT)
        return says("late", wait_s=0.5)

    server._choose = choose
    assert folder.judge("--max-connections", "1", models=("openai/c",)) == 130
    assert {name: (folder.path / "out" / name).read_bytes() for name in before} == before


def test_a_model_that_never_answers_is_told(
    folder: Folder, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of three decide, so there are verdicts; the third refused ten times: its record, a line, exit code 4."""
    server._choose = lambda call: refuses("no") if call.body["model"] == "c" else by_model(call)
    models = ("openai/a", "openai/b", "openai/c")
    assert folder.judge(models=models) == 4
    out, err = capsys.readouterr()
    assert "role_flip:llm: openai/c answered 0 of 10 times (refused 10)" in out
    assert "10 of 10 conversations got no answer from openai/c for role_flip:llm" in err
    records = folder.read("summary.json")["judge_models"]
    assert [(one["model"], one["answered"], one["failed"]) for one in records] == [
        ("openai/a", 10, {}),
        ("openai/b", 10, {}),
        ("openai/c", 0, {"refused": 10}),
    ]
    assert folder.read("judged.json")["judging"]["calls"] == 30
    server.calls.clear()
    assert folder.judge("--max-missing", "1", models=models) == 0
    assert server.calls == []


def test_another_server_is_asked_anew(folder: Folder, server: OpenAIServer) -> None:
    """The same model's name on another server is another model."""
    assert folder.judge() == 0
    with openai_server(choose=by_model) as other:
        assert Folder(folder.path, other.base_url).judge() == 0
        assert len(other.calls) == 10
    assert len(server.calls) == 10


def test_attempts_are_counted(server: OpenAIServer) -> None:
    """A call that failed for good after two attempts is one call of two, and its price is not known."""
    meta = verdict_of(server, *[fails(500)] * 5).meta
    assert (meta["calls"], meta["attempts"], meta["calls_without_cost"]) == (1, 2, 1)
