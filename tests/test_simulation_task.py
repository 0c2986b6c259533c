"""The audit of simulations: whose conversation it is, what turns teach, and what cannot be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import transcript

from analysis.datatypes.simulations.audit import SimulationsAudit, audit_simulations
from analysis.datatypes.simulations.conversations import MOST_CONVERSATIONS, Conversation, read_sample
from analysis.datatypes.simulations.task import ANOTHER, BACK, MOST_TURNS, Untaught, simulation_tasks
from analysis.datatypes.simulations.telling import tell_simulations
from analysis.second_order.task import Task
from analysis.statistics.clusters import Estimate
from sims.errors import UsageError
from sims.seeds import generator
from sims.transcript import Kind, Transcript
from sims.transcript_file import TRANSCRIPTS
from simstress.cli.app import run_app

ASKS = list("abcdefghijklmnop")
GIVES = list("ijklmnopqrstuvwx")
ROLES = {"anna": "customer", "bert": "support agent"}


def service(count: int, *, kind: Kind, seed: int = 0, asks: list[str] = ASKS, turns: int = 8) -> Iterator[Transcript]:
    """Conversations of a customer and an agent, each with words of its own."""
    rng = generator("service", seed)
    for number in range(count):
        lines = [
            (("anna", "bert")[turn % 2], " ".join(rng.choices((asks, GIVES)[turn % 2], k=8))) for turn in range(turns)
        ]
        yield transcript(*lines, id=f"{kind}-{seed}-{number}", roles=ROLES, kind=kind)


def trio(count: int, *, kind: Kind, seed: int = 0) -> Iterator[Transcript]:
    """Three speakers in a row, so that it is always somebody else than the one before."""
    for number in range(count):
        lines = [(f"p{turn % 3}", f"we could look at point {turn} of {number}") for turn in range(9)]
        yield transcript(*lines, id=f"{kind}-{seed}-{number}", kind=kind)


def written(folder: Path, name: str, conversations: Iterator[Transcript]) -> Path:
    """A file of them."""
    path = folder / name
    path.write_text("".join(TRANSCRIPTS.dump(one) + "\n" for one in conversations), encoding="utf-8")
    return path


def used(folder: Path, conversations: Iterator[Transcript], *, kind: Kind = "llm") -> tuple[Conversation, ...]:
    """The conversations as the audit reads them."""
    return read_sample([written(folder, f"{kind}.jsonl", conversations)], kind=kind).conversations


def audited(folder: Path, llm: Iterator[Transcript], human: Iterator[Transcript]) -> SimulationsAudit:
    """The audit of both."""
    return audit_simulations([written(folder, "llm.jsonl", llm)], [written(folder, "human.jsonl", human)])


def test_people_are_not_told_from_people(tmp_path: Path) -> None:
    """Two halves of one kind: the interval holds .5, and the headline does not say that they are alike."""
    audit = audited(tmp_path, service(40, kind="llm", seed=1), service(40, kind="human", seed=2))
    assert audit.apart.auc is not None
    assert audit.apart.auc.p is not None
    assert audit.apart.auc.p > 0.05
    assert "That is not the same as alike" in tell_simulations(audit).headline


def test_other_words_are_told_apart(tmp_path: Path) -> None:
    """A simulated customer who says "kindly" all the time is found, by that word."""
    kindly = [*ASKS, *["kindly"] * 6]
    audit = audited(tmp_path, service(40, kind="llm", asks=kindly), service(40, kind="human", seed=3))
    assert audit.apart.auc is not None
    assert audit.apart.auc.low is not None
    assert audit.apart.auc.low > 0.5
    assert (audit.apart.telltales[0].word, audit.apart.telltales[0].human) == ("kindly", 0)
    assert audit.apart.telltales[0].delta > 0.9


def test_length_does_not_tell_them_apart(tmp_path: Path) -> None:
    """Conversations twice as long are cut to the length of the others: what is said is the same."""
    audit = audited(tmp_path, service(40, kind="llm", turns=16), service(40, kind="human", seed=4))
    assert audit.apart.words == 64
    assert audit.apart.auc is not None
    assert audit.apart.auc.p is not None
    assert audit.apart.auc.p > 0.05


def test_few_or_short_conversations_tell_nothing(tmp_path: Path) -> None:
    """Fewer than twenty on a side, or of hardly a word: cannot tell, and no figure."""
    for llm in (service(19, kind="llm"), service(40, kind="llm", turns=2)):
        audit = audited(tmp_path, llm, service(40, kind="human", seed=5))
        assert audit.apart.auc is None
        assert tell_simulations(audit).headline.startswith("Cannot tell")


def test_few_clusters_tell_nothing(tmp_path: Path) -> None:
    """Thirty conversations of one to four scenarios cannot be dealt into five folds: cannot tell, and the count."""
    for clusters in (1, 4):
        llm = (replace(one, meta={"task": n % clusters}) for n, one in enumerate(service(30, kind="llm")))
        human = written(tmp_path, "h.jsonl", service(30, kind="human", seed=5))
        path = written(tmp_path, "l.jsonl", llm)
        audit = audit_simulations([path], [human], cluster_column="task")
        assert audit.apart.auc is None
        told = f"there are 30 in {clusters} cluster"
        assert told in tell_simulations(audit).headline


def test_the_same_conversations_on_both_sides(tmp_path: Path) -> None:
    """They are counted and warned of, tell nothing apart, and have no gap, whatever they are called."""
    llm, human = service(40, kind="llm", seed=1), service(40, kind="human", seed=1)
    audit = audited(tmp_path, llm, human)
    assert audit.apart.same == 40
    assert (
        "40 conversations with LLMs say word for word what one of people's does" in tell_simulations(audit).warnings[0]
    )
    below = replace(audit, apart=replace(audit.apart, auc=Estimate(0.3, 0.2, 0.4, 80, 80, 1.0)))
    assert "does worse than guessing" in tell_simulations(below).warnings[1]


def test_a_cluster_is_the_same_on_both_sides(tmp_path: Path) -> None:
    """A task that people and LLMs were given is one cluster; conversations without one stay apart."""
    samples = []
    for kind in ("llm", "human"):
        lines = [transcript(("anna", "hello"), id="0", roles=ROLES, kind=kind, meta={"task": 7})]
        path = written(tmp_path, f"{kind}.jsonl", iter([*lines, transcript(("anna", "hi"), id="1", roles=ROLES)]))
        samples.append(read_sample([path], kind=kind, cluster_column="task").conversations)
    (ours, theirs) = ({one.cluster for one in sample} for sample in samples)
    assert ours & theirs == {"task 7"}


def test_what_fails_or_is_silent_is_counted(tmp_path: Path) -> None:
    """Left out, and said; a conversation marked as of the other side is kept, and warned of."""
    broken = transcript(("anna", "hello there"), id="x", roles=ROLES, stop_reason="backend_error")
    silent = transcript(("anna", "..."), id="y", roles=ROLES)
    stray = next(service(1, kind="human", seed=77))
    audit = audited(
        tmp_path, iter([broken, silent, stray, *service(30, kind="llm")]), service(30, kind="human", seed=6)
    )
    assert (audit.llm.read, audit.llm.used, audit.llm.failed, audit.llm.silent, audit.llm.other_kind) == (
        33,
        31,
        1,
        1,
        1,
    )
    told = tell_simulations(audit)
    assert "2 left out (1 failed, 1 without words)" in dict(told.facts)["LLM"]
    assert "marked as of the other kind" in told.warnings[0]


def test_a_large_file_is_sampled_the_same_way(tmp_path: Path) -> None:
    """At most 500 conversations are held, the same ones in whatever order the file has them."""
    all_of_them = [transcript(("anna", f"hello {n}"), id=f"c{n}", roles=ROLES) for n in range(600)]
    first, second = (used(tmp_path, iter(ordered)) for ordered in (all_of_them, all_of_them[::-1]))
    assert len(first) == MOST_CONVERSATIONS
    assert first == second


def test_a_cluster_is_a_key_of_meta(tmp_path: Path) -> None:
    """Conversations of one task are one cluster; one without the key is its own."""
    conversations = [
        transcript(("anna", "hello"), id=str(n), roles=ROLES, meta={"task": n // 2} if n < 4 else {}) for n in range(6)
    ]
    path = written(tmp_path, "llm.jsonl", iter(conversations))
    sample = read_sample([path], kind="llm", cluster_column="task")
    assert len({one.cluster for one in sample.conversations}) == 4
    bad = written(tmp_path, "bad.jsonl", iter([transcript(("anna", "hello"), roles=ROLES, meta={"task": [1]})]))
    with pytest.raises(UsageError, match="'task' in its meta holds no single value"):
        read_sample([bad], kind="llm", cluster_column="task")
    with pytest.raises(UsageError, match="no conversation has 'tsk' in its meta; did you mean 'task'"):
        read_sample([path], kind="llm", cluster_column="tsk")


def test_roles_are_learnt_by_side(tmp_path: Path) -> None:
    """A turn is the seeker's or the helper's, whatever the speakers' names; thirty turns of a conversation at most."""
    llm, human = (
        used(tmp_path, service(25, kind="llm", turns=40)),
        used(tmp_path, service(30, kind="human"), kind="human"),
    )
    task, following = simulation_tasks(llm, human)
    assert isinstance(task, Task)
    assert {example.label for example in task.human} == {"seeker", "helper"}
    assert (len(task.llm), len(task.human)) == (25 * MOST_TURNS, 30 * 8)
    assert isinstance(following, Untaught)
    assert "always the other's turn" in following.reason


def test_peers_have_no_roles(tmp_path: Path) -> None:
    """Speakers who differ by name only cannot be told apart by role; that is said, not guessed."""
    same = {"p0": "member", "p1": "member", "p2": "member"}
    llm = used(
        tmp_path, (transcript(*[(f"p{n % 3}", "a word") for n in range(6)], id=str(i), roles=same) for i in range(30))
    )
    role, _ = simulation_tasks(llm, llm)
    assert isinstance(role, Untaught)
    assert "peers have none" in role.reason


def test_the_next_speaker_of_three(tmp_path: Path) -> None:
    """Seven turns of nine have two before them; round the table it is always somebody else, which teaches nothing."""
    llm, human = used(tmp_path, trio(12, kind="llm")), used(tmp_path, trio(12, kind="human"), kind="human")
    _, following = simulation_tasks(llm, human)
    assert isinstance(following, Untaught)
    assert following.reason == f"all 84 human examples have the label {ANOTHER!r}; expected two or more"
    back = [transcript(*[(name, f"{name} says {i}") for name in "abacbcab"], id=str(i)) for i in range(12)]
    _, following = simulation_tasks(used(tmp_path, iter(back)), used(tmp_path, iter(back), kind="human"))
    assert isinstance(following, Task)
    assert [example.label for example in following.human[:6]] == [BACK, ANOTHER, ANOTHER, BACK, ANOTHER, ANOTHER]


def test_nothing_to_read(tmp_path: Path) -> None:
    """Only failures: one line that says so."""
    path = written(tmp_path, "llm.jsonl", iter([transcript(("anna", "!"), roles=ROLES)]))
    with pytest.raises(UsageError, match="no conversation is left of 1"):
        read_sample([path], kind="llm")


def test_the_verb_writes_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sections of --retrain, learnt or not, stand in the summary and on the terminal."""
    paths = [
        written(tmp_path, "llm.jsonl", service(25, kind="llm")),
        written(tmp_path, "h.jsonl", service(25, kind="human")),
    ]
    command = ["audit", "simulations", str(paths[0]), "--human", str(paths[1]), "--retrain", "--seeds", "2"]
    assert run_app([*command, "--out", str(tmp_path / "audit")]) == 0
    shown = capsys.readouterr().out
    assert "Second order: whose turn it is, by role" in shown
    assert "Second order: who speaks next" in shown
    roles, speakers = json.loads((tmp_path / "audit" / "summary.json").read_text(encoding="utf-8"))["second_order"]
    assert roles["human"]["accuracy"]["n"] == 200
    assert speakers["reason"].startswith("no conversation of the LLM has 3 speakers")


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "the file is empty"), ('{"a": 1}\n', "not a transcript"), ("[1\n", "llm.jsonl:1")],
)
def test_a_bad_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str) -> None:
    """What cannot be read ends with exit code 2 and one line."""
    path = tmp_path / "llm.jsonl"
    path.write_text(content, encoding="utf-8")
    human = written(tmp_path, "h.jsonl", service(2, kind="human"))
    assert run_app(["audit", "simulations", str(path), "--human", str(human), "--out", str(tmp_path / "audit")]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told


@pytest.mark.campaign
def test_real_service_talk_is_told_apart(data: Path) -> None:
    """tau-bench against the people of SGD by the first words of 174 and 500 conversations: AUC above .9."""
    audit = audit_simulations(
        [data / "llm_taubench.jsonl"], [data / "human_service_sgd.jsonl.gz"], cluster_column="task_id"
    )
    assert audit.apart.auc is not None
    assert audit.apart.auc.value is not None
    assert audit.apart.auc.value > 0.9
    assert audit.llm.clusters < audit.llm.used
