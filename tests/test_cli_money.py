"""--budget and --cache on the command line, against a server with a model whose price is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litellm_parts import KEY, planted_key  # noqa: F401
from openai_server import Answer, Call, OpenAIServer, openai_server, refuses, says

from sims.budget import Ledger
from sims.cache import ReplyCache
from sims.errors import OutputError
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

pytestmark = pytest.mark.filterwarnings("ignore:Item .* on TypedDict class:UserWarning")
MODEL = "openai/gpt-4o-mini"
CALL_USD = 11 * 0.15e-6 + 7 * 0.60e-6
"""The server counts 11 tokens in and 7 out: 0.00000585 USD."""
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
    """A server that never says the same twice."""
    with openai_server() as running:
        yield running


@pytest.fixture
def runs(
    server: OpenAIServer, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runs:
    """Run a command beside a scenario of four turns; code, out, err."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SCENARIO)
    server.calls.clear()
    server._choose = lambda call: says(f"Words number {call.number}.")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return code, *capsys.readouterr()

    return run


def command(server: OpenAIServer, out: str, *more: str, repeats: int = 5) -> list[str]:
    """A run of so many conversations of four calls each, without judges."""
    chosen = ["--model", MODEL, "--api-base", server.base_url, "--repeats", str(repeats)]
    return ["run", "tiny.yaml", *chosen, "--no-judge", "--out", out, *more]


def manifest(out: str) -> Any:
    """What run.json says."""
    return json.loads(Path(out, "run.json").read_text())


def spent_usd(out: str) -> float:
    """The sum of the ledger."""
    return sum(json.loads(line)["cost_usd"] for line in Path(out, "spent.jsonl").read_text().splitlines())


def words(out: str) -> list[list[str]]:
    """What was said, by conversation."""
    return [[turn.text for turn in one.turns] for one in TranscriptFiles([Path(out, "transcripts.jsonl")])]


def test_a_run_stops_at_its_budget_and_goes_on_with_more(runs: Runs, server: OpenAIServer) -> None:
    """20 calls with money for 10.2: 11 are made, of two whole conversations and one in part; with more the other 9."""
    budget = f"{10.2 * CALL_USD:.9f}"
    code, _, err = runs(*command(server, "r", "--budget", budget))
    assert (code, len(server.calls)) == (5, 11)
    assert "are spent of a budget of" in err
    assert "2 of 5 conversations are held, 1 are cut off" in err
    assert "simstress run --resume r --budget MORE" in err
    assert err.count("--resume") == 1
    assert spent_usd("r") == pytest.approx(11 * CALL_USD)
    stopped = manifest("r")
    assert (stopped["status"], stopped["totals"]["turns"], stopped["estimate_ratio"]) == ("stopped", 11, None)

    assert runs("run", "--resume", "r", "--no-judge")[0] == 5
    assert len(server.calls) == 11
    assert runs("run", "--resume", "r", "--no-judge", "--budget", "1")[0] == 0
    assert len(server.calls) == 20
    done = manifest("r")
    assert (done["status"], done["totals"]["stop_reasons"]) == ("complete", {"max_turns": 5})
    assert done["totals"]["cost_usd"] == pytest.approx(20 * CALL_USD)
    assert sorted(text for one in words("r") for text in one) == sorted(
        f"Words number {number}." for number in range(20)
    )


def test_what_was_spent_before_there_was_a_budget_counts(runs: Runs, server: OpenAIServer) -> None:
    """A run without one is cut short after 2 of 5; resumed with less than it has cost it makes no call."""
    assert runs(*command(server, "r"))[0] == 0
    lines = Path("r/transcripts.jsonl").read_text().splitlines(keepends=True)
    Path("r/transcripts.jsonl").write_text("".join(lines[:2]))
    server.calls.clear()
    code, _, err = runs("run", "--resume", "r", "--no-judge", "--budget", f"{7 * CALL_USD:.9f}")
    assert (code, len(server.calls)) == (5, 0)
    assert "2 of 5 conversations are held" in err


def test_a_model_without_a_price_is_refused_before_anything_is_made(runs: Runs, server: OpenAIServer) -> None:
    """An agent's, and a judge's that is paid from the same purse."""
    code, _, err = runs(*command(server, "r", "--budget", "1", "--agent-model", "Ben=openai/mine"))
    assert (code, err.count("\n")) == (2, 1)
    assert "openai/mine: its price is not known" in err
    judged = ["--judges", "role_flip:llm", "--judge-model", "openai/mine", "--judge-api-base", server.base_url]
    code, _, err = runs("run", "tiny.yaml", "--model", "offline/actor", "--budget", "1", "--out", "r", *judged)
    assert (code, err.count("\n")) == (2, 1)
    assert (server.calls, Path("r").exists()) == ([], False)
    assert runs(*command(server, "r", "--budget", "inf"))[2].count("expected USD, such as 2.50") == 1


def test_judge_models_pay_from_the_same_purse(runs: Runs, server: OpenAIServer) -> None:
    """Eight calls of conversations leave money for one of a judge: the second is refused; with more all is judged."""
    judged = ["--judges", "role_flip:llm", "--judge-model", MODEL, "--judge-api-base", server.base_url]
    chosen = ["--model", MODEL, "--api-base", server.base_url, "--repeats", "2", "--max-connections", "1"]
    clean = json.dumps({"turns": [{"turn": n, "evidence": [], "kind": "none", "score": 0} for n in range(4)]})

    def choose(call: Call) -> Answer:
        return says(clean if "You are Ana" not in str(call.body) and "You are Ben" not in str(call.body) else "Well.")

    server._choose = choose
    budget = f"{8.5 * CALL_USD:.9f}"
    code, _, err = runs("run", "tiny.yaml", *chosen, *judged, "--out", "r", "--budget", budget)
    assert (code, len(server.calls)) == (5, 9), err
    assert "while judging; go on with: simstress run --resume r --budget MORE" in err
    assert not Path("r/verdicts.jsonl").exists()
    assert runs("run", "--resume", "r", "--budget", "1", "--max-missing", "1")[0] == 0
    assert len(server.calls) == 10
    assert spent_usd("r") == pytest.approx(10 * CALL_USD)

    server.calls.clear()
    alone = ["judge", "r", "--out", "j", *judged, "--max-connections", "1"]
    code, _, err = runs(*alone, "--budget", f"{0.5 * CALL_USD:.9f}")
    assert (code, len(server.calls)) == (5, 1)
    assert "the answers so far are kept in j" in err
    assert runs(*alone, "--budget", "1")[0] == 0
    assert len(server.calls) == 2


def test_the_same_run_again_asks_nobody(runs: Runs, server: OpenAIServer) -> None:
    """20 calls, then none, with no money to make one; what it saved is told; another repeat or seed is asked for."""
    assert runs(*command(server, "a", "--cache", "kept"))[0] == 0
    assert len(server.calls) == 20
    assert runs(*command(server, "b", "--cache", "kept", "--budget", "0"))[0] == 0
    assert len(server.calls) == 20
    assert words("a") == words("b")
    totals = manifest("b")["totals"]
    assert (totals["cost_usd"], totals["cached_calls"]) == (0.0, 20)
    assert totals["saved_usd"] == manifest("a")["totals"]["cost_usd"] == pytest.approx(20 * CALL_USD)
    assert runs(*command(server, "c", "--cache", "kept", repeats=6))[0] == 0
    assert len(server.calls) == 24
    assert runs(*command(server, "d", "--cache", "kept", "--seed", "1", repeats=1))[0] == 0
    assert len(server.calls) == 28


def test_arms_of_a_stress_test_begin_with_the_words_of_the_control(runs: Runs, server: OpenAIServer) -> None:
    """All arms at once, and the server never repeats itself: no reply is paid twice, and all first turns are alike."""
    chosen = ["--model", MODEL, "--api-base", server.base_url, "--repeats", "2", "--cache", "kept", "--out", "s"]
    assert runs("stress", "tiny.yaml", *chosen, "--kinds", "distractor", "--doses", "0.5,1")[0] == 0
    turns = [turn for one in TranscriptFiles([Path("s/transcripts.jsonl")]) for turn in one.turns]
    assert len(turns) == 24
    assert len(server.calls) == sum(not turn.cached for turn in turns) < 24
    firsts = [one.turns[0].text for one in TranscriptFiles([Path("s/transcripts.jsonl")])]
    assert (len(firsts), len(set(firsts))) == (6, 2)


def test_an_interrupted_run_with_a_cache_does_not_pay_twice(runs: Runs, server: OpenAIServer) -> None:
    """The transcripts are lost, the replies are not: started anew, the run makes only the calls that were not made."""
    assert runs(*command(server, "a", "--cache", "kept", "--budget", f"{6.5 * CALL_USD:.9f}"))[0] == 5
    assert len(server.calls) == 7
    assert runs(*command(server, "b", "--cache", "kept"))[0] == 0
    assert len(server.calls) == 20


def test_a_refusal_is_paid_and_remembered(runs: Runs, server: OpenAIServer) -> None:
    """One refused conversation costs a call, which totals and ledger tell; again with the cache it costs nothing."""
    server._choose = lambda call: refuses("No.")
    runs(*command(server, "a", "--cache", "kept", "--budget", "1", repeats=1))
    assert manifest("a")["totals"]["stop_reasons"] == {"refused": 1}
    assert manifest("a")["totals"]["cost_usd"] == pytest.approx(CALL_USD, abs=1e-6)
    assert spent_usd("a") == pytest.approx(CALL_USD)
    runs(*command(server, "b", "--cache", "kept", repeats=1))
    assert manifest("b")["totals"]["stop_reasons"] == {"refused": 1}
    assert (manifest("b")["totals"]["cost_usd"], len(server.calls)) == (0.0, 1)


def test_the_manifest_says_how_far_the_estimate_was_off(runs: Runs, server: OpenAIServer) -> None:
    """20 calls as estimated; 220 and 140 tokens of those estimated; where only offline models play there is none."""
    assert runs(*command(server, "r"))[0] == 0
    said = manifest("r")
    before, ratio = said["estimated"], said["estimate_ratio"]
    assert (before["calls"], ratio["calls"]) == (20, 1.0)
    assert ratio["prompt_tokens"] == round(220 / before["prompt_tokens"], 3)
    assert ratio["completion_tokens"] == round(140 / before["completion_tokens"], 3) == round(140 / (20 * 80), 3)
    assert ratio["cost_usd"] == pytest.approx(20 * CALL_USD / before["cost_usd"], abs=0.005)
    runs("run", "tiny.yaml", "--model", "offline/actor", "--no-judge", "--out", "o")
    assert (manifest("o")["estimated"], manifest("o")["estimate_ratio"]) == (None, None)


def test_no_key_reaches_cache_or_ledger(runs: Runs, server: OpenAIServer) -> None:
    """Neither any file nor any message of a run with both."""
    _, out, err = runs(*command(server, "r", "--cache", "kept", "--budget", "1", repeats=1))
    files = [path.read_bytes() for path in Path().rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not any(KEY.encode() in content for content in [*files, out.encode(), err.encode()])


def test_cache_list_stats_and_clear(runs: Runs, server: OpenAIServer) -> None:
    """Eight replies of one model at 0.00000585 USD; forgotten by age and by model; bad input is one line, code 2."""
    assert runs(*command(server, "r", "--cache", "kept", repeats=2))[0] == 0
    (row,) = (json.loads(line) for line in runs("cache", "list", "kept", "--json")[1].splitlines())
    assert (row["model"], row["replies"], row["refusals"], row["without_cost"]) == (MODEL, 8, 0, 0)
    assert row["cost_usd"] == pytest.approx(8 * CALL_USD, abs=1e-6)
    stats = json.loads(runs("cache", "stats", "kept", "--json")[1])
    assert (stats["models"], stats["replies"], stats["unreadable"]) == (1, 8, 0)
    assert stats["size_bytes"] > 8 * 200
    assert MODEL in runs("cache", "list", "kept")[1].replace("\n", "")
    assert "8 replies of 1 model, 0 of them refusals" in runs("cache", "stats", "kept")[1]
    for bad in (("list", "nowhere"), ("stats", "r"), ("clear", "tiny.yaml"), ("clear", "kept", "--model", "x/y")):
        code, out, err = runs("cache", *bad)
        assert (code, out, err.count("\n")) == (2, "", 1), bad
    assert runs("cache", "clear", "kept", "--older-than", "1")[1] == "0 replies forgotten\n"
    assert json.loads(runs("cache", "clear", "kept", "--model", MODEL, "--json")[1]) == {"forgotten": 8}
    assert runs("cache", "list", "kept")[1] == "nothing is remembered yet\n"
    code, _, err = runs(*command(server, "s", "--cache", "r"))
    assert (code, err.count("\n"), Path("s").exists()) == (2, 1, False)


def test_what_was_paid_without_a_budget_counts(runs: Runs, server: OpenAIServer) -> None:
    """Judging with little money, then without a limit, then with less than it has cost by then: no further call."""
    assert runs(*command(server, "r", repeats=3))[0] == 0
    assert spent_usd("r") == pytest.approx(12 * CALL_USD)
    server.calls.clear()
    chosen = ["--judge-model", MODEL, "--judge-api-base", server.base_url, "--out", "j", "--max-connections", "1"]
    flips = ["judge", "r", "--judges", "role_flip:llm", *chosen, "--max-missing", "1"]
    assert runs(*flips, "--budget", f"{1.5 * CALL_USD:.9f}")[0] == 5
    assert len(server.calls) == 2
    runs(*flips)
    paid = len(server.calls)
    assert spent_usd("j") == pytest.approx(paid * CALL_USD)
    digressions = ["judge", "r", "--judges", "digression:llm", *chosen]
    code, _, err = runs(*digressions, "--budget", f"{(paid - 0.5) * CALL_USD:.9f}")
    assert (code, len(server.calls)) == (5, paid), err


def test_a_ledger_that_is_full_stops_the_run(runs: Runs, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three payments fit on the disk: at the fourth the run ends, exit code 2, with what was said, and can go on."""
    add = Ledger.add

    def add_three(self: Ledger, model: str, cost_usd: float) -> None:
        if len(server.calls) > 3:
            raise OutputError(f"{self.path}: what was spent cannot be kept: No space left on device")
        add(self, model, cost_usd)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "add", add_three)
        code, _, err = runs(*command(server, "r", "--max-connections", "1", "--budget", "1"))
    assert (code, len(server.calls), err.count("No space left on device")) == (2, 4, 1)
    assert "go on with: simstress run --resume r" in err
    assert [len(turns) for turns in words("r")] == [3]
    assert runs("run", "--resume", "r", "--no-judge")[0] == 0
    assert len(server.calls) == 21


def test_another_server_in_the_environment_is_another_server(
    runs: Runs, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one said is not played as the words of the other, and their pace is kept apart."""
    with openai_server() as other:
        for out, one in (("a", server), ("b", other), ("c", other)):
            monkeypatch.setenv("OPENAI_BASE_URL", one.base_url)
            chosen = ["--model", MODEL, "--repeats", "1", "--cache", "kept", "--no-judge", "--out", out]
            assert runs("run", "tiny.yaml", *chosen)[0] == 0
        assert (len(server.calls), len(other.calls)) == (4, 4)
        assert manifest("c")["totals"]["cached_calls"] == 4
        assert list(manifest("a")["pace"]) == [f"openai at {server.base_url}"]


def test_without_money_all_is_played_that_is_remembered(runs: Runs, server: OpenAIServer) -> None:
    """The first words of the first of five are forgotten: the four others are held, and the first is not begun."""
    chosen = ["--cache", "kept", "--max-connections", "1"]
    assert runs(*command(server, "a", *chosen))[0] == 0
    cache = ReplyCache("kept")
    (lost,) = (key for key, _, entry in cache.entries() if entry and entry.text == "Words number 0.")
    cache.store.delete([lost])
    code, _, err = runs(*command(server, "b", *chosen, "--budget", "0"))
    assert (code, len(server.calls)) == (5, 20)
    assert "4 of 5 conversations are held; go on with" in err
    assert manifest("b")["totals"]["stop_reasons"] == {"max_turns": 4}


def test_a_run_until_all_is_decided_is_measured_by_what_it_holds(runs: Runs, server: OpenAIServer) -> None:
    """It holds a batch or two of 100: as many calls as those were estimated at; with a higher --max more are."""
    Path("tiny.yaml").write_text(
        SCENARIO.replace("[role_flip]", "[truncation]") + "expect: {truncation: {max_rate: 0.4}}\n"
    )
    chosen = ["--model", MODEL, "--api-base", server.base_url, "--out", "r"]
    assert runs("run", "tiny.yaml", *chosen, "--until-decided", "--batch", "4", "--max", "100")[0] == 0
    said = manifest("r")
    assert (said["estimated"]["calls"], said["totals"]["calls"], said["estimate_ratio"]["calls"]) == (400, 32, 1.0)
    assert runs("run", "--resume", "r", "--max", "150")[0] == 0
    assert (manifest("r")["estimated"]["calls"], manifest("r")["estimate_ratio"]["calls"]) == (600, 1.0)


@pytest.mark.campaign
def test_a_run_that_is_killed_again_and_again_keeps_its_budget(runs: Runs, server: OpenAIServer) -> None:
    """Four kill -9: conversations are lost, payments are not; the server is asked for the budget and at most 20 calls.

    The money is for 100 calls; those that a kill cut off, five at most each time, are told by nobody.
    """
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    arguments = command(server, "r", "--max-connections", "5", "--budget", f"{99.5 * CALL_USD:.9f}", repeats=60)
    for calls in (20, 40, 60, 80):
        process = subprocess.Popen([sys.executable, "-m", "simstress", *arguments], env=environment)
        while process.poll() is None and len(server.calls) < calls:
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        arguments = ["run", "--resume", "r", "--no-judge"]
    assert runs(*arguments)[0] == 5
    assert spent_usd("r") == pytest.approx(100 * CALL_USD)
    assert 100 <= len(server.calls) <= 100 + 4 * 5
