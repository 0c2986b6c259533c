"""`simstress run` through litellm against a server that speaks the OpenAI chat API, well and badly.

One run of one conversation a case. The fault comes with the third turn, after two good ones: once, or every time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai_server import (
    Answer,
    Call,
    fails,
    hangs,
    hangs_up,
    has_no_choice,
    is_broken_json,
    is_cut_off,
    is_filtered,
    openai_server,
    rate_limited,
    refuses,
    says,
)

from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles

KEY = "sk-secret-that-must-never-be-written"
ATTEMPTS = 2


@dataclass(frozen=True)
class Case:
    """What the server does at the third turn, and how the conversation must end."""

    answer: Callable[[], Answer]
    stop_reason: str
    turns: int
    attempts: int
    error: str = ""
    is_once: bool = False


CASES: Mapping[str, Case] = {
    "normal": Case(lambda: says("Fine."), "agent_done", 4, 1),
    "rate-limited-once": Case(lambda: rate_limited(retry_after="1"), "agent_done", 4, 2, is_once=True),
    "server-error-once": Case(lambda: fails(500), "agent_done", 4, 2, is_once=True),
    "rate-limited": Case(lambda: rate_limited(retry_after="0"), "backend_error", 2, 2, "RateLimited"),
    "server-error": Case(lambda: fails(500), "backend_error", 2, 2, "ServerFault"),
    "hang": Case(hangs, "backend_error", 2, 2, "CallTimedOut"),
    "dropped": Case(hangs_up, "backend_error", 2, 2, "ConnectionLost"),
    "broken-json": Case(is_broken_json, "backend_error", 2, 2, "MalformedReply"),
    "empty-choices": Case(has_no_choice, "backend_error", 2, 2, "MalformedReply"),
    "no-such-model": Case(lambda: fails(404), "backend_error", 2, 1, "CallRejected"),
    "refusal": Case(lambda: refuses("I cannot help with that."), "refused", 2, 1, "I cannot help with that."),
    "filtered": Case(is_filtered, "refused", 2, 1, "content filter"),
    "empty": Case(lambda: says(""), "empty_reply", 2, 1),
    "length": Case(lambda: is_cut_off("And then I went"), "max_tokens", 3, 1),
}


class Server:
    """Answers by the case that the system prompt names; counts the calls for the third turn."""

    def __init__(self) -> None:
        self.third_turn_calls: Counter[str] = Counter()

    def __call__(self, call: Call) -> Answer:
        """One answer."""
        system, *said = call.body["messages"]
        said = [message for message in said if not message["content"].startswith("(The conversation begins")]
        name = next(name for name in CASES if f"The case is {name}." in system["content"])
        if len(said) == 3:
            return says("Goodbye. [DONE]")
        if len(said) == 2:
            self.third_turn_calls[name] += 1
            if not (CASES[name].is_once and self.third_turn_calls[name] > 1):
                return CASES[name].answer()
        return says("A good turn.")


def scenario_file(folder: Path, name: str) -> Path:
    """A scenario whose task tells the server what to do."""
    data = {
        "schema": "simstress/scenario@1",
        "id": name,
        "task": f"The case is {name}.",
        "agents": [{"name": "customer", "role": "customer"}, {"name": "support", "role": "support agent"}],
        "opening": {"speaker": "customer", "text": "Hello."},
        "stop": {"max_turns": 8, "done": "[DONE]"},
        "reference": "service",
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(data))
    return path


@dataclass(frozen=True)
class Outcome:
    """What the run left behind."""

    code: int
    stderr: str
    transcripts: Mapping[str, Transcript]
    calls: Mapping[str, int]
    files: Mapping[str, str]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One run of all cases, in a process of its own."""
    folder = tmp_path_factory.mktemp("protocol")
    files = [str(scenario_file(folder, name)) for name in CASES]
    server = Server()
    with openai_server(choose=server) as address:
        options = ["--api-base", address.base_url, "--timeout-s", "1", "--max-attempts", str(ATTEMPTS)]
        done = subprocess.run(
            [sys.executable, "-m", "simstress", "run", *files, "--model", "openai/test", *options, "--out", "run"],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "OPENAI_API_KEY": KEY},
            check=False,
            timeout=240,
        )
    assert "Traceback" not in done.stderr, done.stderr
    transcripts = {
        one.scenario.id: one for one in TranscriptFiles([folder / "run" / "transcripts.jsonl"]) if one.scenario
    }
    texts = {path.name: path.read_text() for path in (folder / "run").iterdir()}
    return Outcome(done.returncode, done.stdout + done.stderr, transcripts, server.third_turn_calls, texts)


def test_every_conversation_ends_as_a_transcript(outcome: Outcome) -> None:
    """One a case, in the order of the grid; none is lost."""
    assert list(outcome.transcripts) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_stop_reason_is_right_and_the_good_turns_are_kept(outcome: Outcome, name: str) -> None:
    """The first turns stay, the reason and the error's words are those of the case, calls are as many as allowed."""
    case, transcript = CASES[name], outcome.transcripts[name]
    assert transcript.stop_reason == case.stop_reason, transcript.error
    assert len(transcript.turns) == case.turns
    assert [turn.text for turn in transcript.turns[:2]] == ["Hello.", "A good turn."]
    assert case.error in (transcript.error or "")
    assert outcome.calls[name] == case.attempts


def test_what_the_provider_counted_is_recorded(outcome: Outcome) -> None:
    """Tokens as the server said (11 in, 7 out), time as measured, no cost for a model without a price."""
    turn = outcome.transcripts["normal"].turns[1]
    assert turn.usage is not None
    assert (turn.usage.prompt_tokens, turn.usage.completion_tokens, turn.cost_usd) == (11, 7, None)
    assert turn.latency_s is not None
    assert turn.latency_s > 0
    assert outcome.transcripts["rate-limited-once"].turns[2].attempts == 2


def test_too_much_missing_is_an_exit_code_of_its_own(outcome: Outcome) -> None:
    """10 of 14 conversations failed, more than the 5 % allowed: exit code 4, and it is said."""
    assert outcome.code == 4, outcome.stderr
    assert "10 of 14 conversations failed" in outcome.stderr


def test_no_key_reaches_a_file_or_a_message(outcome: Outcome) -> None:
    """The key that litellm used stands nowhere."""
    assert KEY not in outcome.stderr
    for name, text in outcome.files.items():
        assert KEY not in text, name
