"""A provider that answers nobody stops the run: one line says so, nothing is lost, and --resume goes on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litellm_parts import KEY, planted_key  # noqa: F401
from openai_server import Answer, Call, OpenAIServer, fails, openai_server, rate_limited, says

from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

pytestmark = pytest.mark.filterwarnings("ignore:Item .* on TypedDict class:UserWarning")
MODEL = "openai/gpt-4o-mini"
SCENARIO = """
schema: simstress/scenario@1
id: tiny
task: Settle a refund.
agents:
  - {name: Ana, role: customer}
  - {name: Ben, role: support agent}
stop: {max_turns: 4}
judges: [role_flip]
"""
Runs = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    """A server that each test tells what to do."""
    with openai_server() as running:
        yield running


@pytest.fixture
def runs(
    server: OpenAIServer, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runs:
    """Run a command beside a scenario of four turns; code, out, err."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SCENARIO)
    answer(server)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return code, *capsys.readouterr()

    return run


def answer(server: OpenAIServer, first: int = 10**6, then: Answer | None = None) -> None:
    """The server answers so many calls, and does something else with all others."""
    server.calls.clear()
    server._choose = lambda call: says(f"Words {call.number}.") if then is None or call.number < first else then


def command(server: OpenAIServer, *more: str) -> list[str]:
    """A run of 30 conversations of four calls each, without judges."""
    chosen = ["--model", MODEL, "--api-base", server.base_url, "--repeats", "30"]
    return ["run", "tiny.yaml", *chosen, "--no-judge", "--out", "r", *more]


def ends() -> Counter[str | None]:
    """The stop reasons of the run."""
    return Counter(one.stop_reason for one in TranscriptFiles([Path("r/transcripts.jsonl")]))


def status() -> str:
    """What run.json says of it."""
    return str(json.loads(Path("r/run.json").read_text())["status"])


def test_a_provider_that_wants_an_hour_stops_the_run_which_goes_on_later(runs: Runs, server: OpenAIServer) -> None:
    """Nine answers one after another: two conversations whole, one with a turn, nobody else begins; no turn is lost."""
    answer(server, 9, rate_limited(retry_after="3600"))
    code, _, err = runs(*command(server, "--max-connections", "1"))
    assert (code, len(server.calls), status(), ends()) == (4, 10, "stopped", {"max_turns": 2, "cancelled": 1})
    told = err.splitlines()[-1]
    assert re.search(r"asks us to wait 3600 s, until \d\d:\d\d, and we wait 120 s at most: 2 of 30", told)
    assert told.endswith("conversations are held, 1 are cut off; go on with: simstress run --resume r")
    assert err.count("--resume") == 1
    answer(server)
    assert runs("run", "--resume", "r", "--no-judge")[0] == 0
    assert (len(server.calls), status(), ends()) == (120 - 9, "complete", {"max_turns": 30})


@pytest.mark.parametrize(
    "answered", [fails(401, "bad key"), fails(429, "You exceeded your current quota", code="insufficient_quota")]
)
def test_a_key_that_nobody_takes_is_tried_five_times(runs: Runs, server: OpenAIServer, answered: Answer) -> None:
    """Four conversations fail, the fifth call stops the run; with a better key all 30 are held."""
    answer(server, 0, answered)
    code, _, err = runs(*command(server, "--max-connections", "1"))
    assert (code, len(server.calls), status(), ends()) == (4, 5, "stopped", {"backend_error": 4})
    assert "rejected 5 calls in a row, the last with: openai/gpt-4o-mini: " in err
    assert err.rstrip().endswith("4 failed; go on with: simstress run --resume r --retry-errors")
    answer(server)
    assert runs("run", "--resume", "r", "--retry-errors", "--no-judge")[0] == 0
    assert (status(), ends()) == ("complete", {"max_turns": 30})


def test_judging_stops_too_and_goes_on(runs: Runs, server: OpenAIServer) -> None:
    """The judge model's provider wants an hour after one answer: that is kept, the other is asked for later."""
    clean = json.dumps({"turns": [{"turn": n, "evidence": [], "kind": "none", "score": 0} for n in range(4)]})
    judged = ["--judges", "role_flip:llm", "--judge-model", MODEL, "--judge-api-base", server.base_url]

    def choose(call: Call) -> Answer:
        return says(clean) if call.number < 1 else rate_limited(retry_after="3600")

    server._choose = choose
    code, _, err = runs(
        "run",
        "tiny.yaml",
        "--model",
        "offline/actor",
        "--repeats",
        "2",
        "--out",
        "r",
        *judged,
        "--max-connections",
        "1",
    )
    assert (code, len(server.calls)) == (4, 2)
    assert err.rstrip().endswith("at most: while judging; go on with: simstress run --resume r")
    code, _, err = runs("judge", "r", "--out", "j", *judged, "--max-connections", "1")
    assert (code, len(server.calls)) == (4, 3)
    assert err.rstrip().endswith("the answers so far are kept in j; judge again later, nothing is asked twice")
    server._choose = lambda call: says(clean)
    assert runs("run", "--resume", "r", "--max-missing", "1")[0] == 0
    assert len(server.calls) == 4
