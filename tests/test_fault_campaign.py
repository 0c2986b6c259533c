"""Three calls in ten fail in every way a provider knows: each conversation is there once, with its right reason."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from nursery import Nursery, kill_while_it_writes, nursery
from openai_server import (
    Answer,
    Call,
    fails,
    hangs,
    hangs_up,
    is_broken_json,
    is_cut_off,
    openai_server,
    rate_limited,
    refuses,
    says,
)

from sims.cell import Cell
from sims.run_folder import RunFolder
from sims.seeds import derive_seed, generator
from sims.transcript import Transcript

FAULTS = {
    "429": rate_limited(),
    "500": fails(500),
    "hang": hangs(),
    "drop": hangs_up(),
    "broken JSON": is_broken_json(),
    "empty": says(""),
    "refusal": refuses("I cannot help with that."),
    "truncation": is_cut_off("and then I"),
}
REASONS = {"empty": "empty_reply", "refusal": "refused", "truncation": "max_tokens", "well": "max_turns"}
"""The right reason by what the server did to the last call; everything else is a call that failed in passing."""
ATTEMPTS, MAX_TURNS = 3, 6
SCENARIO = f"""
schema: simstress/scenario@1
id: faults
agents: [{{name: customer, role: customer}}, {{name: support, role: support agent}}]
stop: {{max_turns: {MAX_TURNS}}}
"""


class Faulty:
    """Answers `share` of the calls badly, by the luck of the seed and the attempt; remembers what it did, by seed."""

    def __init__(self, share: float = 0.3) -> None:
        self.share = share
        self.did: defaultdict[int, list[str]] = defaultdict(list)
        self.order: list[int] = []

    def __call__(self, call: Call) -> Answer:
        """What becomes of a call."""
        seed = call.body["seed"]
        draws = generator("fault", seed, len(self.did[seed]))
        kind = draws.choice(list(FAULTS)) if draws.random() < self.share else "well"
        self.did[seed].append(kind)
        self.order.append(seed)
        return FAULTS.get(kind) or says(f"These are the words of {seed}.")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where commands come from; they have a key, and it is no secret."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "k")
        with nursery(tmp_path_factory.mktemp("commands") / "told.txt", with_litellm=True) as found:
            yield found


def run_command(out: Path, address: str, *, repeats: int) -> list[str]:
    """A run against the server, without judging."""
    scenario = out.parent / "faults.yaml"
    scenario.write_text(SCENARIO)
    calls = ["--api-base", address, "--timeout-s", "2", "--max-attempts", str(ATTEMPTS), "--max-connections", "40"]
    grid = ["--model", "openai/test", "--repeats", str(repeats)]
    return ["run", str(scenario), *grid, *calls, "--out", str(out), "--no-judge", "--max-missing", "1"]


def has_said(commands: Nursery, words: str) -> bool:
    """Whether the words stand on stderr."""
    return commands.told.exists() and words in commands.told.read_text()


def wait_for(happens: Callable[[], bool]) -> None:
    """Return when it has happened."""
    until_s = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def seeds_of(cell: Cell) -> list[int]:
    """The seeds of the calls of a conversation, by turn; the agents speak by turns."""
    names = [agent.name for agent in cell.scenario.agents]
    return [derive_seed(cell.seed, place, names[place % 2]) for place in range(MAX_TURNS)]


def last_fates(server: Faulty, cells: dict[str, Cell]) -> dict[str, str]:
    """What the server did to the last call of each conversation, by its id."""
    owners = {seed: identity for identity, cell in cells.items() for seed in seeds_of(cell)}
    nth: Counter[int] = Counter()
    fates = {}
    for seed in server.order:
        fates[owners[seed]] = server.did[seed][nth[seed]]
        nth[seed] += 1
    return fates


def check_all_are_there_once(folder: RunFolder, server: Faulty) -> list[Transcript]:
    """The transcripts, in the order of the grid: one a cell, its reason as the server's last deed would have it."""
    cells = {cell.id: cell for cell in folder.read_manifest().grid}
    held = list(folder.transcripts)
    assert [one.id for one in held] == list(cells)
    fates = last_fates(server, cells)
    assert {one.id: one.stop_reason for one in held} == {
        identity: REASONS.get(fate, "backend_error") for identity, fate in fates.items()
    }
    return held


@pytest.mark.parametrize("repeats", [24, pytest.param(500, marks=pytest.mark.campaign)])
def test_every_conversation_is_there_once_with_the_right_reason(
    repeats: int, tmp_path: Path, commands: Nursery
) -> None:
    """Reason, turns and attempts of each agree with what the server did; --retry-errors then mends what can be mended.

    A turn takes as many attempts as the server had calls for it, or more where a slow machine let one time out before
    the server saw it; a conversation that a failed call ended had its last one tried three times.
    """
    server, out = Faulty(), tmp_path / "run"
    with openai_server(choose=server) as loopback:
        assert commands.finish(*run_command(out, loopback.base_url, repeats=repeats)) == 0, commands.told.read_text()
        folder = RunFolder(out)
        cells = {cell.id: cell for cell in folder.read_manifest().grid}
        held = check_all_are_there_once(folder, server)
        for one in held:
            seeds = seeds_of(cells[one.id])
            calls = [len(server.did[seed]) for seed in seeds]
            assert all(seen <= (turn.attempts or 0) <= ATTEMPTS for seen, turn in zip(calls, one.turns, strict=False))
            assert one.stop_reason != "backend_error" or f"(after {ATTEMPTS} attempts)" in (one.error or "")
            assert (one.error is None) == (one.stop_reason in {"max_turns", "max_tokens"})
        failed = sum(one.stop_reason == "backend_error" for one in held)
        assert folder.read_manifest().status == ("errors" if failed else "complete")
        assert has_said(commands, f"simstress run --resume {out} --retry-errors") == bool(failed)
        server.share = 0.0
        assert commands.finish("run", "--resume", str(out), "--no-judge", "--max-missing", "1", "--retry-errors") == 0
        assert len(check_all_are_there_once(folder, server)) == repeats
        assert folder.read_manifest().status == "complete"


@pytest.mark.parametrize(("kills", "repeats"), [(3, 16), pytest.param(100, 500, marks=pytest.mark.campaign)])
def test_killed_at_random_until_done(kills: int, repeats: int, tmp_path: Path, commands: Nursery) -> None:
    """The same server, and kill -9 at random moments: resume until done comes to one transcript a cell."""
    server, out, draws = Faulty(), tmp_path / "run", generator("server kills", kills)
    with openai_server(choose=server) as loopback:
        for _ in range(kills):
            is_there = (out / "run.json").exists()
            begin = ["run", "--resume", str(out), "--no-judge"]
            child = commands.begin(*(begin if is_there else run_command(out, loopback.base_url, repeats=repeats)))
            most_bytes = 1_000 * repeats // kills
            assert kill_while_it_writes(child, out / "transcripts.jsonl", draws, most_bytes=most_bytes) == -9
        assert commands.finish("run", "--resume", str(out), "--no-judge", "--max-missing", "1") == 0
        check_all_are_there_once(RunFolder(out), server)
        assert json.loads((out / "run.json").read_bytes())["status"] in {"complete", "errors"}


INTERRUPTED, NOW = (signal.SIGINT, "the 4 in flight have 10 s to end; Ctrl-C again"), (signal.SIGINT, "stopping now")


@pytest.mark.parametrize("signals", [(INTERRUPTED, NOW), ((signal.SIGTERM, "stopping now"),)])
def test_stopped_while_the_server_hangs(
    signals: tuple[tuple[signal.Signals, str], ...], tmp_path: Path, commands: Nursery
) -> None:
    """Ctrl-C twice, or SIGTERM: it is said what happens, the exit code is 130, each turn that was made is kept, and
    resuming asks for none of them again.
    """
    is_hanging, out = True, tmp_path / "run"

    def choose(call: Call) -> Answer:
        return hangs() if is_hanging and len(call.body["messages"]) > 3 else says("Well said.")

    with openai_server(choose=choose) as loopback:
        commands.told.unlink(missing_ok=True)
        child = commands.begin(*run_command(out, loopback.base_url, repeats=4), "--timeout-s", "60")
        wait_for(lambda: sum(len(call.body["messages"]) > 3 for call in loopback.calls) == 4)
        for number, saying in signals:
            child.send(number)
            wait_for(partial(has_said, commands, saying))
        assert child.wait() == 130
        assert f"go on with: simstress run --resume {out}" in commands.told.read_text()
        assert [(one.stop_reason, len(one.turns)) for one in RunFolder(out).transcripts] == [("cancelled", 2)] * 4
        assert RunFolder(out).read_manifest().status == "stopped"
        is_hanging = False
        loopback.calls.clear()
        assert commands.finish("run", "--resume", str(out), "--no-judge") == 0
        assert len(loopback.calls) == 4 * (MAX_TURNS - 2)
    assert [one.stop_reason for one in RunFolder(out).transcripts] == ["max_turns"] * 4
