"""The turn graph and its measures, on conversations small enough to count by hand."""

from __future__ import annotations

import time
from pathlib import Path

import networkx as nx
import pytest
from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.transcript import Participant, Transcript, Turn
from sims.transcript_file import TRANSCRIPTS
from sims.turn_graph import build_turn_graph, dominance, measures, weighted_reciprocity

DATA = Path(__file__).parents[2] / "shared" / "data"


def with_replies(*turns: tuple[str, int | None]) -> Transcript:
    """A conversation of (speaker, reply_to) turns, each of one word."""
    names = dict.fromkeys(speaker for speaker, _ in turns)
    said = tuple(Turn(speaker, "word", reply_to=reply_to) for speaker, reply_to in turns)
    return Transcript("t", "test", "llm", tuple(Participant(name, name) for name in names), said)


def test_an_inferred_reply_answers_the_turn_before_the_floor_was_taken() -> None:
    """A A B B A: turn 2 answers 1, turn 4 answers 3; 1 and 3 continue a floor and answer nothing."""
    graph = build_turn_graph(transcript(("A", "x"), ("A", "x"), ("B", "x"), ("B", "x"), ("A", "x")))
    assert list(graph.turns.edges(data="inferred")) == [(2, 1, True), (4, 3, True)]
    assert list(graph.speakers.edges(data="weight")) == [("A", "B", 1), ("B", "A", 1)]
    assert [node["floor"] for _, node in graph.turns.nodes(data=True)] == [0, 0, 1, 1, 2]


def test_a_recorded_reply_is_taken_as_it_is() -> None:
    """C answers turn 0, not the turn before it, and B's second turn in a row answers turn 0 too."""
    graph = build_turn_graph(with_replies(("A", None), ("B", 0), ("B", 0), ("C", 0)))
    assert list(graph.turns.edges(data="inferred")) == [(1, 0, False), (2, 0, False), (3, 0, False)]
    assert dict(measures(graph).answers) == {("B", "A"): 2, ("C", "A"): 1}


def test_answers_to_oneself_are_no_edge_between_speakers() -> None:
    """A answers A: an edge between turns, none between speakers."""
    graph = build_turn_graph(with_replies(("A", None), ("A", 0)))
    assert list(graph.turns.edges) == [(1, 0)]
    assert not graph.speakers.edges


def test_shares_and_dominance_count_the_silent() -> None:
    """Turns 3:1:0 of three. H = -(.75 ln .75 + .25 ln .25) = 0.562335; 1 - H / ln 3 = 0.488140."""
    talk = transcript(("A", "one two"), ("B", "one"), ("A", "one"), ("A", "one"), roles={"C": "silent"})
    found = measures(build_turn_graph(talk))
    assert found.turn_shares == {"A": 0.75, "B": 0.25, "C": 0.0}
    assert found.word_shares == {"A": 0.8, "B": 0.2, "C": 0.0}
    assert found.turn_dominance == pytest.approx(0.488140, abs=1e-6)


def test_reciprocity_by_hand() -> None:
    """Edges B->A twice, A->B once, C->A once: 2 of 3 edges have a reverse; min(2,1)+min(1,2) of weight 4 return."""
    graph = build_turn_graph(with_replies(("A", None), ("B", 0), ("A", 1), ("B", 2), ("C", 0)))
    found = measures(graph)
    assert dict(found.answers) == {("B", "A"): 2, ("A", "B"): 1, ("C", "A"): 1}
    assert found.reciprocity == pytest.approx(2 / 3)
    assert found.weighted_reciprocity == pytest.approx(2 / 4)


def test_floor_changes_runs_and_distances_by_hand() -> None:
    """A A B C: runs 2, 1, 1; 2 changes at 3 places; turn 3 answers turn 0, 3 back, and turn 2 turn 1, 1 back."""
    found = measures(build_turn_graph(with_replies(("A", None), ("A", None), ("B", 1), ("C", 0))))
    assert found.run_lengths == (2, 1, 1)
    assert (found.floor_changes, found.floor_change_rate) == (2, pytest.approx(2 / 3))
    assert (found.mean_run, found.longest_run) == (pytest.approx(4 / 3), 2)
    assert (found.recorded_replies, found.mean_reply_distance) == (2, 2.0)


def test_what_is_not_defined_is_none() -> None:
    """An empty conversation and one of a single wordless turn have no shares, rates or reciprocity."""
    cast = (Participant("A", "a"), Participant("B", "b"))
    empty = measures(build_turn_graph(Transcript("t", "test", "llm", cast, ())))
    assert (empty.turns, empty.turn_shares, empty.turn_dominance, empty.mean_run, empty.longest_run) == (0, *[None] * 4)
    one = measures(build_turn_graph(Transcript("t", "test", "llm", cast, (Turn("A", "..."),))))
    assert (one.turn_dominance, one.word_dominance, one.word_shares) == (1.0, None, None)
    assert (one.reciprocity, one.weighted_reciprocity, one.floor_change_rate, one.mean_reply_distance) == (None,) * 4


def test_dominance_of_an_even_spread_is_zero() -> None:
    """Not a rounding error below it."""
    assert [dominance([7] * cast) for cast in (2, 3, 7)] == pytest.approx([0, 0, 0], abs=1e-12)


def test_weighted_reciprocity_of_nobody_is_missing() -> None:
    """No edge, no figure."""
    assert weighted_reciprocity(nx.DiGraph()) is None


turns = st.lists(st.tuples(st.sampled_from("ABC"), st.text(max_size=8)), max_size=30)


@given(turns)
@settings(max_examples=150, deadline=None)
def test_every_figure_keeps_its_range(lines: list[tuple[str, str]]) -> None:
    """Shares add up to 1, rates lie in [0, 1], floors cover the turns, replies point back to somebody else."""
    graph = build_turn_graph(transcript(*lines))
    found = measures(graph)
    for shares in (found.turn_shares, found.word_shares):
        assert shares is None or sum(shares.values()) == pytest.approx(1)
    rates = [found.turn_dominance, found.word_dominance, found.reciprocity, found.weighted_reciprocity]
    assert all(rate is None or 0 <= rate <= 1 for rate in [*rates, found.floor_change_rate])
    assert sum(found.run_lengths) == len(lines) == found.turns
    assert len(graph.turns.edges) == found.floor_changes
    assert all(lines[reply][0] != lines[target][0] and target < reply for reply, target in graph.turns.edges)


def test_a_hundred_thousand_turns_take_seconds() -> None:
    """Nothing grows faster than the conversation: ten times the turns, not more than thirty times the time."""

    def seconds(count: int) -> float:
        talk = transcript(*[("ABC"[i % 3], f"turn number {i} says {i % 7} things") for i in range(count)])
        start = time.process_time()
        measures(build_turn_graph(talk))
        return time.process_time() - start

    small = max(seconds(10_000), 0.05)
    assert seconds(100_000) < 30 * small


@pytest.mark.skipif(not DATA.exists(), reason="the real dialogues are not here")
def test_real_conversations_have_sensible_figures() -> None:
    """Telephone: two alternate, both answer each other, loops are rare. Agents with an orchestrator loop far more."""
    phone = [measures(build_turn_graph(one)) for one in TRANSCRIPTS.read(DATA / "human_switchboard.jsonl.gz")]
    agents = [measures(build_turn_graph(one)) for one in TRANSCRIPTS.read(DATA / "llm_whoandwhen.jsonl.gz")]
    assert all(found.reciprocity == 1 for found in phone)
    assert all((found.turn_dominance or 0) < 0.5 for found in phone)
    assert sum(bool(found.loops) for found in phone) / len(phone) < 0.01
    assert sum(bool(found.loops) for found in agents) / len(agents) > 0.1
