"""Turn graphs for other tools: GraphML, node-link JSON and DOT, as text.

No words of the conversation leave with them, only counts. Nodes are numbered: turns by their index, speakers by their
place among the participants; names stand in attributes, cleaned of what XML and terminals cannot carry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import networkx as nx

from sims.turn_graph import TurnGraph

View = Literal["turns", "speakers"]

_UNPRINTABLE = re.compile("[^\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def to_graphml(graph: TurnGraph, *, view: View = "turns") -> str:
    """The graph as GraphML; `networkx.parse_graphml(text, node_type=int)` reads it back."""
    return "\n".join(nx.generate_graphml(portable(graph, view=view))) + "\n"


def to_json(graph: TurnGraph, *, view: View = "turns") -> str:
    """The graph as one line of node-link JSON; `node_link_graph(json.loads(text), edges="edges")` reads it back."""
    data = nx.node_link_data(portable(graph, view=view), edges="edges")
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False) + "\n"


def to_dot(graph: TurnGraph, *, view: View = "turns") -> str:
    """The graph in Graphviz's language; turns are labelled with index and speaker, speakers with name and turns."""
    plain = portable(graph, view=view)
    return "\n".join(["digraph conversation {", *_dot_nodes(plain, view), *_dot_edges(plain), "}"]) + "\n"


def portable(graph: TurnGraph, *, view: View = "turns") -> nx.DiGraph[int]:
    """The chosen graph with numbered nodes and attributes that every format can carry."""
    source: nx.DiGraph[Any] = graph.turns if view == "turns" else graph.speakers
    number = {node: index for index, node in enumerate(source)}
    plain: nx.DiGraph[int] = nx.DiGraph(transcript=_clean(graph.transcript.id))
    for node, attributes in source.nodes(data=True):
        named = attributes if view == "turns" else {"name": node, **attributes}
        plain.add_node(number[node], **_carried(named))
    for start, end, attributes in source.edges(data=True):
        plain.add_edge(number[start], number[end], **attributes)
    return plain


def _carried(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes, texts cleaned, lists joined by commas, empty ones left out."""
    joined = {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in attributes.items()}
    cleaned = {key: _clean(value) if isinstance(value, str) else value for key, value in joined.items()}
    return {key: value for key, value in cleaned.items() if value != ""}


def _clean(text: str) -> str:
    """The text on one line, what is no character of XML replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def _dot_nodes(graph: nx.DiGraph[int], view: View) -> Iterator[str]:
    for node, attributes in graph.nodes(data=True):
        name = attributes.get("speaker" if view == "turns" else "name", "")
        label = f"{node}: {name}" if view == "turns" else f"{name} ({attributes['turns']})"
        yield f"  {node} [label={_quoted(label)}];"


def _dot_edges(graph: nx.DiGraph[int]) -> Iterator[str]:
    for start, end, attributes in graph.edges(data=True):
        if "weight" in attributes:
            yield f"  {start} -> {end} [label={attributes['weight']}];"
        else:
            yield f"  {start} -> {end} [style={'dashed' if attributes['inferred'] else 'solid'}];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
