"""GraphML, JSON and DOT: read back what was written, whatever the names hold."""

from __future__ import annotations

import json
import re

import networkx as nx
import pytest
from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.transcript import Participant, Transcript, Turn
from sims.turn_graph import TurnGraph, build_turn_graph
from sims.turn_graph_export import View, portable, to_dot, to_graphml, to_json

VIEWS: tuple[View, ...] = ("turns", "speakers")
STATEMENT = re.compile(r'  \d+( -> \d+)? \[(label="([^"\\]|\\["\\])*"|label=\d+|style=\w+)\];')
HOSTILE = 'a "quoted" \\N <b> & ]]> \x1b[31m \x00 \ud800 \u2028 é \U0001f600'


def conversation(*names: str) -> TurnGraph:
    """A conversation in which each name speaks twice and answers the one before."""
    cast = tuple(Participant(name, f"role of {name}") for name in names)
    said = tuple(Turn(name, HOSTILE, to=names[:2]) for name in names * 2)
    return build_turn_graph(Transcript(HOSTILE, "test", "llm", cast, said))


def is_same(one: nx.DiGraph[int], other: nx.DiGraph[int]) -> bool:
    """Same nodes and edges with the same attributes."""
    return dict(one.nodes(data=True)) == dict(other.nodes(data=True)) and list(one.edges(data=True)) == list(
        other.edges(data=True)
    )


@pytest.mark.parametrize("view", VIEWS)
def test_graphml_and_json_come_back_as_they_were(view: View) -> None:
    """Hostile names are cleaned before, so that the reader has exactly what was written."""
    graph = conversation("A", HOSTILE, "")
    expected = portable(graph, view=view)
    assert is_same(nx.parse_graphml(to_graphml(graph, view=view), node_type=int), expected)
    assert is_same(nx.node_link_graph(json.loads(to_json(graph, view=view)), edges="edges"), expected)


def test_no_word_of_the_conversation_leaves() -> None:
    """Only counts do."""
    graph = build_turn_graph(transcript(("A", "secret plans"), ("B", "secret answers")))
    assert not any("secret" in write(graph, view=view) for write in (to_graphml, to_json, to_dot) for view in VIEWS)


def test_names_that_clean_to_the_same_stay_two_speakers() -> None:
    """Nodes are numbers, so that two names that differ by a control character do not fall together."""
    graph = conversation("A\x00", "A\x01")
    assert len(nx.parse_graphml(to_graphml(graph, view="speakers"))) == 2


def test_dot_is_what_graphviz_reads() -> None:
    """Quotes and backslashes escaped, inferred replies dashed, answers weighted."""
    graph = build_turn_graph(transcript(('say "hi"', "x"), ("b\\n", "y")))
    assert to_dot(graph) == (
        "digraph conversation {\n"
        '  0 [label="0: say \\"hi\\""];\n'
        '  1 [label="1: b\\\\n"];\n'
        "  1 -> 0 [style=dashed];\n}\n"
    )
    assert "  1 -> 0 [label=1];\n" in to_dot(graph, view="speakers")


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4, unique=True))
@settings(max_examples=100, deadline=None)
def test_no_name_breaks_a_format(names: list[str]) -> None:
    """Any text as a name: GraphML parses, JSON parses, every line of DOT is one whole statement, all encode."""
    graph = conversation(*names)
    for view in VIEWS:
        expected = portable(graph, view=view)
        assert is_same(nx.parse_graphml(to_graphml(graph, view=view), node_type=int), expected)
        assert is_same(nx.node_link_graph(json.loads(to_json(graph, view=view)), edges="edges"), expected)
        lines = to_dot(graph, view=view).encode().decode().split("\n")[1:-2]
        assert all(STATEMENT.fullmatch(line) for line in lines)


def test_an_empty_conversation_is_an_empty_graph() -> None:
    """All three formats stand without turns."""
    graph = build_turn_graph(transcript())
    assert len(nx.parse_graphml(to_graphml(graph))) == 0
    assert json.loads(to_json(graph))["nodes"] == []
    assert to_dot(graph) == "digraph conversation {\n}\n"
