"""Who answers whom: the graph over the turns of a conversation, its speaker projection, and their measures.

An edge runs from the reply to the turn it answers, as `reply_to` does in transcripts and in ConvoKit. Where
`reply_to` is not recorded it is inferred: a turn that takes the floor answers the last earlier turn by someone
else; a turn that continues its speaker's floor answers nothing of its own. Blind spot: an inferred reply is a guess
from order alone; in a meeting of many it is often wrong, and its distance is always one turn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

import networkx as nx

from sims.exchange_loops import Loop, find_loops
from sims.transcript import Transcript, Turn
from sims.words import WORD


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive turns of one speaker: the floor from `first` on, for `turns` turns."""

    speaker: str
    first: int
    turns: int


@dataclass(frozen=True, slots=True, eq=False)
class TurnGraph:
    """A conversation as two graphs and a list of floors.

    `turns`: a node per turn index with `speaker`, `words`, `floor` (index into `runs`) and `to`; an edge per reply,
    from the reply to the turn it answers, with `inferred` (bool).
    `speakers`: a node per participant, the silent included, with `role`, `turns` and `words`; an edge A -> B where
    turns of A answer turns of B, `weight` counting them. Answers to oneself are left out.
    """

    transcript: Transcript
    turns: nx.DiGraph[int]
    speakers: nx.DiGraph[str]
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class GraphMeasures:
    """The figures of one turn graph. None means that the figure is not defined there, never 0.

    `turn_shares`, `word_shares`: by participant, the silent included, shares in [0, 1] that add up to 1; None for a
    conversation without turns, or without words.
    `turn_dominance`, `word_dominance`: see `dominance`.
    `reciprocity`: share of the edges of `speakers` whose reverse is there too, in [0, 1]
    (`networkx.overall_reciprocity`); None without answers. Blind spot: 1 for two speakers of three turns or more.
    `weighted_reciprocity`: see there.
    `answers`: how many turns of the first answer turns of the second; pairs without any are left out.
    `floor_changes`: how often the speaker changes; `floor_change_rate`: per place where it could, in [0, 1],
    None below two turns. 1 is strict alternation.
    `run_lengths`: turns of each floor, in order; `longest_run` and `mean_run` in turns, None without turns.
    `recorded_replies`: turns whose `reply_to` was recorded, not inferred; `mean_reply_distance`: over those, how many
    turns back the answered turn is (1: the one before); None where none was recorded.
    `loops`: see `sims.exchange_loops`.
    """

    turns: int
    words: int
    turn_shares: Mapping[str, float] | None
    word_shares: Mapping[str, float] | None
    turn_dominance: float | None
    word_dominance: float | None
    reciprocity: float | None
    weighted_reciprocity: float | None
    answers: Mapping[tuple[str, str], int]
    floor_changes: int
    floor_change_rate: float | None
    run_lengths: tuple[int, ...]
    mean_run: float | None
    longest_run: int | None
    recorded_replies: int
    mean_reply_distance: float | None
    loops: tuple[Loop, ...]


def build_turn_graph(transcript: Transcript) -> TurnGraph:
    """The turn graph of a conversation, in time linear in its turns.

    >>> from sims.transcript import Participant
    >>> cast = (Participant("A", "caller"), Participant("B", "clerk"))
    >>> said = (Turn("A", "Hello."), Turn("A", "Anyone there?"), Turn("B", "Good morning."))
    >>> graph = build_turn_graph(Transcript("t", "doc", "human", cast, said))
    >>> list(graph.turns.edges), list(graph.speakers.edges(data="weight"))
    ([(2, 1)], [('B', 'A', 1)])
    """
    runs = tuple(_runs(transcript.turns))
    turns = _turn_graph(transcript.turns, runs)
    return TurnGraph(transcript, turns, _speaker_projection(transcript, turns), runs)


def measures(graph: TurnGraph) -> GraphMeasures:
    """The figures of a turn graph; each is explained at `GraphMeasures`."""
    spoken = {name: node["turns"] for name, node in graph.speakers.nodes(data=True)}
    worded = {name: node["words"] for name, node in graph.speakers.nodes(data=True)}
    lengths = tuple(run.turns for run in graph.runs)
    count, changes = len(graph.turns), max(len(lengths) - 1, 0)
    distances = [reply - target for reply, target, edge in graph.turns.edges(data=True) if not edge["inferred"]]
    return GraphMeasures(
        turns=count,
        words=sum(worded.values()),
        turn_shares=_shares(spoken),
        word_shares=_shares(worded),
        turn_dominance=dominance(spoken.values()),
        word_dominance=dominance(worded.values()),
        reciprocity=nx.overall_reciprocity(graph.speakers) if graph.speakers.size() else None,
        weighted_reciprocity=weighted_reciprocity(graph.speakers),
        answers=MappingProxyType(_answers(graph.speakers)),
        floor_changes=changes,
        floor_change_rate=changes / (count - 1) if count > 1 else None,
        run_lengths=lengths,
        mean_run=count / len(lengths) if lengths else None,
        longest_run=max(lengths, default=None),
        recorded_replies=len(distances),
        mean_reply_distance=sum(distances) / len(distances) if distances else None,
        loops=find_loops(graph.transcript.turns),
    )


def dominance(counts: Iterable[int]) -> float | None:
    """How unequally the talk is spread, in [0, 1]: 0 all alike, 1 one speaks alone.

    1 - H / ln n, with H the Shannon entropy of the shares and n the participants, the silent included: one less
    Pielou's evenness (Pielou 1966, J. Theor. Biol. 13:131). None with fewer than two participants or nothing said.

    >>> dominance([5, 5]), dominance([7, 0]), dominance([3])
    (0.0, 1.0, None)
    """
    counted = list(counts)
    total = sum(counted)
    if len(counted) < 2 or not total:
        return None
    entropy = -math.fsum(count / total * math.log(count / total) for count in counted if count)
    return min(1.0, max(0.0, 1 - entropy / math.log(len(counted))))


def weighted_reciprocity(speakers: nx.DiGraph[str]) -> float | None:
    """The share of answers that are returned, in [0, 1]: sum of min(w(a,b), w(b,a)) over sum of w(a,b).

    After Squartini et al. 2013 (Sci. Rep. 3:2729). None without answers.
    """
    answers = _answers(speakers)
    total = sum(answers.values())
    return sum(min(count, answers.get((b, a), 0)) for (a, b), count in answers.items()) / total if total else None


def count_words(text: str) -> int:
    """The words and numbers in a text; punctuation is none."""
    return sum(1 for _ in WORD.finditer(text))


def _runs(turns: Iterable[Turn]) -> Iterator[Run]:
    first = 0
    for speaker, group in groupby(turns, key=lambda turn: turn.speaker):
        length = sum(1 for _ in group)
        yield Run(speaker, first, length)
        first += length


def _turn_graph(turns: tuple[Turn, ...], runs: tuple[Run, ...]) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    for floor, run in enumerate(runs):
        for index in range(run.first, run.first + run.turns):
            turn = turns[index]
            graph.add_node(index, speaker=turn.speaker, words=count_words(turn.text), floor=floor, to=turn.to)
            if turn.reply_to is not None:
                graph.add_edge(index, turn.reply_to, inferred=False)
            elif index == run.first > 0:
                graph.add_edge(index, index - 1, inferred=True)
    return graph


def _speaker_projection(transcript: Transcript, turns: nx.DiGraph[int]) -> nx.DiGraph[str]:
    spoken: Counter[str] = Counter()
    worded: Counter[str] = Counter()
    for _, node in turns.nodes(data=True):
        spoken[node["speaker"]] += 1
        worded[node["speaker"]] += node["words"]
    speaker = turns.nodes(data="speaker")
    answers = Counter((str(speaker[reply]), str(speaker[target])) for reply, target in turns.edges)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for person in transcript.participants:
        graph.add_node(person.name, role=person.role, turns=spoken[person.name], words=worded[person.name])
    for (a, b), count in answers.items():
        if a != b:
            graph.add_edge(a, b, weight=count)
    return graph


def _answers(speakers: nx.DiGraph[str]) -> dict[tuple[str, str], int]:
    return {(a, b): edge["weight"] for a, b, edge in speakers.edges(data=True)}


def _shares(counts: Mapping[str, int]) -> Mapping[str, float] | None:
    total = sum(counts.values())
    return MappingProxyType({name: count / total for name, count in counts.items()}) if total else None
