"""Recorded conversations that go on from a turn with something changed."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from builders import scenario, transcript

from analysis.branch_changes import Changes, parse_changes
from analysis.branching import BranchPlan, start_branch
from analysis.gate.gate import run_gate
from analysis.gate.sides import load_sides
from analysis.simulation import hold_run, judge_run, start_run
from judges.folds import fold_of
from sims.backends.catalogue import open_backend
from sims.beginnings import BEGINNINGS_FILE, cells_to_hold, count_cells
from sims.conversation import as_recorded, hold_conversation
from sims.errors import SimstressError, UsageError
from sims.estimate import REPLY_TOKENS, estimated
from sims.grid import Grid
from sims.manifest import RunSettings
from sims.run_folder import RunFolder
from sims.scenario import Scenario
from sims.stressors.arms import arm_name
from sims.transcript import Transcript, Turn, Usage

ACTOR, FLIPPING = "offline/actor", "offline/actor?role_flip=0.5"
AT = 3


def talk(**more: object) -> Scenario:
    """A scenario of ten turns that nobody ends before."""
    return scenario(**{"stop": {"max_turns": 10}, "judges": ("role_flip",), **more})


def held(path: Path, *scenarios: Scenario, models: tuple[str, ...] = (ACTOR,), **grid: object) -> Path:
    """A run of these scenarios, three times each."""
    of = Grid(scenarios or (talk(),), models=models, **{"repeats": 3, "seed": 1, **grid})  # type: ignore[arg-type]
    folder = start_run(of, path, settings=RunSettings(abort_on=("camel_markers",)))
    hold_run(folder)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one model."""
    return held(tmp_path_factory.mktemp("run") / "run")


def wanted(*changes: str, at: int = AT, **more: object) -> BranchPlan:
    """What is asked of a branch, its changes as on the command line."""
    return BranchPlan(at, parse_changes(changes), **more)  # type: ignore[arg-type]


def branched(source: Path, out: Path, *changes: str, at: int = AT, **more: object) -> Mapping[str, Transcript]:
    """The conversations of a branch, by id."""
    found = start_branch(source, out, wanted(*changes, at=at, **more))
    hold_run(found.folder)
    told = {one.id: one for one in found.folder.transcripts}
    assert len(told) == found.conversations == count_cells(found.folder)
    return told


def recorded(source: Path) -> dict[str, Transcript]:
    """The conversations of a run, by id."""
    return {one.id: one for one in RunFolder(source).transcripts}


def words(of: Transcript) -> list[str]:
    """What was said."""
    return [turn.text for turn in of.turns]


def test_without_changes_a_seeded_model_says_the_same_again(run: Path, tmp_path: Path) -> None:
    """The control: same ids, same words to the end, and the meta says where it comes from."""
    before, after = recorded(run), branched(run, tmp_path / "b")
    assert {key: words(one) for key, one in after.items()} == {key: words(one) for key, one in before.items()}
    assert all(one.meta["branch"] == {"of": key, "at": AT} for key, one in after.items())
    assert all((one.branched_of, one.beginning) == (key, AT) for key, one in after.items())


def test_another_seed_goes_on_otherwise(run: Path, tmp_path: Path) -> None:
    """The beginning is the recording's, the rest is not."""
    before, after = recorded(run), branched(run, tmp_path / "b", seed=2)
    for key, one in after.items():
        assert words(one)[:AT] == words(before[key])[:AT]
    assert any(words(one) != words(before[key]) for key, one in after.items())


def test_what_was_recorded_costs_nothing(run: Path, tmp_path: Path) -> None:
    """Turns before TURN have neither tokens nor cost, and are no turn whose cost is unknown; later ones have both."""
    folder = RunFolder(tmp_path / "b")
    for one in branched(run, folder.path).values():
        assert all(turn.usage is None and turn.cost_usd is None and turn.meta["recorded"] for turn in one.turns[:AT])
        assert all(turn.usage is not None and turn.is_generated for turn in one.turns[AT:])
    totals, of_run = folder.read_manifest().totals, RunFolder(run).read_manifest().totals
    assert totals is not None
    assert of_run is not None
    assert totals.turns_without_cost == 0
    assert totals.completion_tokens < of_run.completion_tokens


def test_the_stop_rule_counts_the_tokens_of_recorded_turns(tmp_path: Path) -> None:
    """At most 100 completion tokens: the control ends where the recordings do, and so does a branch of it."""
    source = held(tmp_path / "run", talk(stop={"max_turns": 30, "max_tokens": 100}))
    before = {key: words(one) for key, one in recorded(source).items()}
    assert all(one.stop_reason == "max_tokens" for one in recorded(source).values())
    for folder, of, at in ((tmp_path / "a", source, 2), (tmp_path / "b", tmp_path / "a", AT)):
        after = branched(of, folder, at=at)
        assert {key: words(one) for key, one in after.items()} == before
        assert {one.stop_reason for one in after.values()} == {"max_tokens"}


def test_a_recorded_turn_tells_nothing_of_the_calls_made_for_it() -> None:
    """What was paid, saved or not taken is the recording's; the tokens and what was planted are kept."""
    paid = {"picker_cost_usd": 1.0, "picker_tokens": [1, 2], "saved_usd": 3.0, "not_taken": ["seed"], "planted": ["x"]}
    turn = as_recorded(Turn("customer", "Hello.", usage=Usage(4, 5), cost_usd=1.0, attempts=2, cached=True, meta=paid))
    assert turn == Turn("customer", "Hello.", meta={"planted": ["x"], "recorded": True, "recorded_tokens": 5})
    assert as_recorded(turn) == turn


def test_a_cell_goes_on_from_its_beginning_whoever_holds_it(run: Path, tmp_path: Path) -> None:
    """Held without a runner, it has the recorded turns too."""
    folder = start_branch(run, tmp_path / "b", wanted()).folder
    cell = next(iter(cells_to_hold(folder)))
    done = asyncio.run(hold_conversation(cell, {ACTOR: open_backend(ACTOR)}))
    assert words(done) == words(recorded(run)[cell.id])
    assert (done.beginning, done.branched_of) == (AT, cell.id)


def test_what_it_takes_is_estimated_from_the_turn_on(run: Path) -> None:
    """Ten turns of which three are recorded, in one of three conversations: seven calls of thirty."""
    grid = RunFolder(run).read_manifest().grid
    whole = estimated(grid, price=lambda model: (1.0, 1.0))
    part = estimated(grid, price=lambda model: (1.0, 1.0), start=AT, held={f"refund:{ACTOR}:r1"})
    assert (whole.calls, part.calls) == (30, 7)
    assert part.completion_tokens == 7 * REPLY_TOKENS


def test_another_model_goes_on(run: Path, tmp_path: Path) -> None:
    """It speaks from TURN on, gives the conversations its name, and stays in the folds of the recordings."""
    before, after = recorded(run), branched(run, tmp_path / "b", f"model={FLIPPING}")
    for key, one in before.items():
        other = after[key.replace(ACTOR, FLIPPING)]
        assert words(other)[:AT] == words(one)[:AT]
        assert {who.model for who in other.participants} == {FLIPPING}
        assert (other.repeat, other.seed, fold_of(other)) == (one.repeat, one.seed, fold_of(one))
    planted = [turn for one in after.values() for turn in one.turns if turn.meta.get("planted")]
    assert planted
    assert all(turn.is_generated for turn in planted)


def test_another_model_for_one_side(run: Path, tmp_path: Path) -> None:
    """Only the customer is another: the ids stay, and all that is planted is the customer's."""
    after = branched(run, tmp_path / "b", f"customer.model={FLIPPING}")
    assert after.keys() == recorded(run).keys()
    planted = {turn.speaker for one in after.values() for turn in one.turns if turn.meta.get("planted")}
    assert planted == {"customer"}


def test_another_prompt(run: Path, tmp_path: Path) -> None:
    """Persona, goal, role, private facts and task are those given; the scenario is another by its hash."""
    texts = {"persona": "Calm.", "goal": "A voucher.", "role": "traveller", "private": "No insurance."}
    folder = RunFolder(tmp_path / "b")
    after = branched(run, folder.path, *(f"customer.{key}={text}" for key, text in texts.items()), "task=Talk it over.")
    for key, one in after.items():
        customer = one.participant("customer")
        assert {name: getattr(customer, name) for name in texts} == texts
        assert one.scenario is not None
        assert one.scenario.task == "Talk it over."
        assert one.scenario != recorded(run)[key].scenario
    (told,) = folder.read_manifest().scenarios
    assert told.agent("customer").goal == "A voucher."


def test_words_put_into_a_mouth(run: Path, tmp_path: Path) -> None:
    """Turn TURN has those words, marked, answering the turn before; the model speaks behind it."""
    for one in branched(run, tmp_path / "b", "support.say=customer, please hold.").values():
        assert (one.turns[AT].speaker, one.turns[AT].text) == ("support", "customer, please hold.")
        assert one.turns[AT].meta == {"fixed": True, "injected": True}
        assert one.beginning == AT + 1
        assert (one.turns[AT].reply_to, one.turns[AT].to) == (AT - 1, ("customer",))
        assert len(one.turns) > AT + 1


def test_several_repeats_of_one_conversation(run: Path, tmp_path: Path) -> None:
    """Three of one recording, of three repeats in the run: repeats 1, 4 and 7, all from it, no two alike."""
    name = f"refund:{ACTOR}:r1"
    after = branched(run, tmp_path / "b", conversations=(name,), repeats=3, seed=5)
    assert [one.repeat for one in after.values()] == [1, 4, 7]
    assert {one.meta["branch"]["of"] for one in after.values()} == {name}
    assert len({tuple(words(one)[:AT]) for one in after.values()}) == 1
    assert len({tuple(words(one)) for one in after.values()}) == 3


def test_a_branch_of_a_branch(run: Path, tmp_path: Path) -> None:
    """It begins with the branch's turns, and tells on the story of the first recording."""
    first = branched(run, tmp_path / "a", conversations=(f"refund:{ACTOR}:r1",), repeats=2, seed=5)
    second = branched(tmp_path / "a", tmp_path / "b", at=AT + 2)
    assert {key: words(one) for key, one in second.items()} == {key: words(one) for key, one in first.items()}


def test_a_killed_branch_is_resumed_without_the_run(run: Path, tmp_path: Path) -> None:
    """The run gone and half of the branch torn off: the same bytes."""
    source, out = tmp_path / "source", tmp_path / "b"
    shutil.copytree(run, source)
    branched(source, out, seed=3)
    whole = (out / "transcripts.jsonl").read_bytes()
    shutil.rmtree(source)
    (out / "transcripts.jsonl").write_bytes(whole[: len(whole) // 2])
    hold_run(RunFolder(out))
    assert (out / "transcripts.jsonl").read_bytes() == whole


def test_a_branch_without_its_beginnings_is_one_line(run: Path, tmp_path: Path) -> None:
    """Resumed without beginnings.jsonl it says what is gone and what to do."""
    branched(run, tmp_path / "b")
    (tmp_path / "b" / BEGINNINGS_FILE).unlink()
    with pytest.raises(UsageError, match="branch again"):
        hold_run(RunFolder(tmp_path / "b"))


@pytest.mark.parametrize("meta", [{}, {"branch": "x"}, {"branch": {"of": "x", "at": -1}}])
def test_a_beginning_that_does_not_say_of_what_is_one_line(meta: dict[str, object], run: Path, tmp_path: Path) -> None:
    """Meta that is gone or no such thing: the file, the conversation and what to do."""
    branched(run, tmp_path / "b")
    file = tmp_path / "b" / BEGINNINGS_FILE
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(line | {"meta": meta}) + "\n" for line in lines))
    with pytest.raises(UsageError, match=r"beginnings\.jsonl: 'refund.*branch again"):
        hold_run(RunFolder(tmp_path / "b"))


def test_nobody_watches_a_branch(run: Path, tmp_path: Path) -> None:
    """What the run was stopped for does not stop its branch."""
    branched(run, tmp_path / "b")
    assert RunFolder(run).read_manifest().settings.abort_on
    assert not RunFolder(tmp_path / "b").read_manifest().settings.abort_on


def test_a_stressed_conversation_goes_on_under_its_stressor(tmp_path: Path) -> None:
    """Arms of a stress test keep their ids, and without changes their words."""
    from sims.scenario import Stressor

    stressor = Stressor(kind="typos", dose=0.5)
    source = held(tmp_path / "run", stress=(stressor,), repeats=1)
    before, after = recorded(source), branched(source, tmp_path / "b")
    assert any(key.endswith(arm_name(stressor)) for key in after)
    with pytest.raises(UsageError, match="--repeats: a stress test takes"):
        start_branch(source, tmp_path / "c", wanted(repeats=2))
    assert {key: words(one) for key, one in after.items()} == {key: words(one) for key, one in before.items()}


def test_gate_takes_a_branch_for_the_candidate(run: Path, tmp_path: Path) -> None:
    """All are paired, though the model is another, and the gate says so."""
    judge_run(RunFolder(run))
    branched(run, tmp_path / "b", f"model={FLIPPING}")
    judge_run(RunFolder(tmp_path / "b"))
    found = run_gate(*load_sides(run, tmp_path / "b"))
    assert (found.pairs, found.only_baseline, found.only_candidate) == (3, 0, 0)
    assert any("across models" in note for note in found.notes)


def test_those_that_cannot_go_on_are_counted(tmp_path: Path) -> None:
    """Of a scenario of ten turns and one of four, from turn 4 on: the short ones have come to their end there."""
    short = talk(id="short", stop={"max_turns": 4})
    source = held(tmp_path / "run", talk(), short)
    found = start_branch(source, tmp_path / "b", wanted(at=4))
    assert (found.conversations, found.left_out) == (3, {"have come to their end there": 3})
    found = start_branch(source, tmp_path / "c", wanted(at=6))
    assert (found.conversations, found.left_out) == (3, {"are shorter than that": 3})


def test_a_change_of_an_agent_leaves_out_scenarios_without_it(tmp_path: Path) -> None:
    """A change of the barista goes on with the conversations that have one."""
    names = [{"name": "barista", "role": "barista"}, {"name": "guest", "role": "guest"}]
    source = held(tmp_path / "run", talk(), talk(id="cafe", agents=names))
    found = start_branch(source, tmp_path / "b", wanted("barista.goal=Sell cake."))
    assert (found.conversations, found.left_out) == (3, {"have no barista": 3})
    refund, cafe = found.folder.read_manifest().scenarios
    assert (refund, cafe.agent("barista").goal) == (talk(), "Sell cake.")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (wanted(at=50), "can go on from turn 50: 3 are shorter"),
        (wanted("customer.say=Hello."), "3 do not have customer speak that turn"),
        (wanted("custmer.goal=x"), "did you mean 'customer'"),
        (wanted(conversations=("refund:offline/actor:r7",)), "no such conversation"),
        (wanted(of_model="offline/actr"), "did you mean 'offline/actor'"),
        (wanted("model=offline/nosuch"), "offline/nosuch"),
    ],
)
def test_what_cannot_be_branched(asked: BranchPlan, message: str, run: Path, tmp_path: Path) -> None:
    """One error that says why, and no folder."""
    with pytest.raises(SimstressError, match=message):
        start_branch(run, tmp_path / "b", asked)
    assert not (tmp_path / "b").exists()


def test_words_that_end_the_conversation_are_named(tmp_path: Path) -> None:
    """With its end mark in them nothing could go on behind them."""
    source = held(tmp_path / "run", talk(stop={"max_turns": 10, "done": "[DONE]"}))
    with pytest.raises(UsageError, match=r"3 would end with these words, which hold the mark '\[DONE\]'"):
        start_branch(source, tmp_path / "b", wanted("support.say=Bye. [DONE]"))


def test_conversations_of_several_models_are_not_thrown_together(tmp_path: Path) -> None:
    """With another model both would have one name; chosen by model they go on."""
    source = held(tmp_path / "run", models=(ACTOR, FLIPPING))
    with pytest.raises(UsageError, match="--of-model"):
        start_branch(source, tmp_path / "a", wanted("model=offline/actor?digression=0.1"))
    chosen = wanted("model=offline/actor?digression=0.1", of_model=FLIPPING)
    assert start_branch(source, tmp_path / "b", chosen).conversations == 3


def test_every_agent_with_a_model_of_its_own(tmp_path: Path) -> None:
    """There is no model of the run to be replaced."""
    agents = [{"name": name, "role": name, "model": ACTOR} for name in ("a", "b")]
    source = held(tmp_path / "run", talk(agents=agents), models=())
    with pytest.raises(UsageError, match=r"NAME\.model"):
        start_branch(source, tmp_path / "b", wanted(f"model={FLIPPING}"))


def test_another_model_for_each_side(run: Path, tmp_path: Path) -> None:
    """Every agent has a model of its own then, which is what the choice is called; the beginnings stay."""
    after = branched(run, tmp_path / "b", f"customer.model={FLIPPING}", "support.model=offline/actor?digression=0.1")
    assert {one.meta["model"] for one in after.values()} == {"own-models"}
    before = recorded(run)
    for key, one in after.items():
        assert words(one)[:AT] == words(before[key.replace("own-models", ACTOR)])[:AT]


def test_a_run_that_is_not_at_its_end(tmp_path: Path) -> None:
    """It is to be resumed first."""
    start_run(Grid((talk(),), models=(ACTOR,)), tmp_path / "run", settings=RunSettings())
    with pytest.raises(UsageError, match="--resume"):
        start_branch(tmp_path / "run", tmp_path / "b", wanted())


def test_a_transcript_from_elsewhere(run: Path, tmp_path: Path) -> None:
    """A run folder into which another dialogue was put: it belongs to no scenario, so it cannot go on."""
    source = tmp_path / "run"
    shutil.copytree(run, source)
    other = transcript(("a", "Hello."), ("b", "Hi."), id="imported")
    with RunFolder(source).appending() as writer:
        writer.write(replace(other, source="elsewhere"))
    with pytest.raises(UsageError, match="cannot be branched"):
        start_branch(source, tmp_path / "b", wanted())


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("model",), "KEY=VALUE"),
        (("=x",), "KEY=VALUE"),
        (("modle=x",), "did you mean 'model'"),
        (("customer.gaol=x",), "did you mean 'customer.goal'"),
        ((".goal=x",), "unknown key"),
        (("task=a", "task=b"), "given twice"),
        (("a.say=x", "b.say=y"), "one speaker"),
    ],
)
def test_changes_that_cannot_be_read(texts: tuple[str, ...], message: str) -> None:
    """Each is one error that says what was allowed."""
    with pytest.raises(UsageError, match=message):
        parse_changes(texts)


def test_a_value_may_hold_signs() -> None:
    """Only the first = parts key and value, and a name may have a point."""
    changes = parse_changes(["dr.who.goal=x=y", "task=a.b=c"])
    assert changes == Changes({"dr.who.goal": "x=y", "task": "a.b=c"})
    assert changes.agents == ("dr.who",)
