"""YAML that a person wrote, as plain data, with the line and column of every key and value.

Plain means: mappings, lists, texts, numbers, true, false and null of YAML 1.2. Tags that name types are refused,
so that no file names code; so are duplicate keys, merge keys and aliases that multiply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sims.errors import Fault
from sims.scenario_rules import Place

MAX_BYTES = 250_000
MAX_FAULTS = 100
"""A file with more is told of these first."""
MAX_DEPTH = 30
MAX_ALIASED_VALUES = 10_000
MAX_NUMBER_CHARS = 400
"""A number that is written longer is a text: Python cannot tell it in a message."""

Position = tuple[int, int]
"""Line and column, both counted from 1."""

_TAG = "tag:yaml.org,2002:"
_TEXTS = {"str", "timestamp", "value", "merge"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCALARS = {"null", "bool", "int", "float"} | _TEXTS


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The data of a YAML file, where each of its parts stands, and what is wrong with it as YAML.

    `data` is None where the file cannot be read at all; `faults` then says why.
    """

    path: str
    data: Any = None
    faults: tuple[Fault, ...] = ()
    _values: Mapping[Place, Position] = field(default_factory=dict, repr=False)
    _keys: Mapping[Place, Position] = field(default_factory=dict, repr=False)

    def fault(self, place: Place, message: str, *, at_key: bool = False) -> Fault:
        """A fault at a place; where the file does not have the place, at the nearest part around it."""
        position = self._keys.get(place) if at_key else None
        around = place
        while position is None and around:
            position = self._values.get(around)
            around = around[:-1]
        line, column = position or self._values.get((), (1, 1))
        return Fault(self.path, line, column, spelled(place), printable(message))


def read_yaml(path: str | Path) -> YamlDocument:
    """The document in a file; never raises for what the file holds, but says it in `faults`."""
    shown = printable(str(path))
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return YamlDocument(shown, faults=(Fault(shown, None, None, "", _unreadable(error)),))
    if len(content) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes, which no scenario needs"
        return YamlDocument(shown, faults=(Fault(shown, None, None, "", message),))
    try:
        return parse_yaml(content.decode("utf-8-sig"), path=shown)
    except UnicodeDecodeError as error:
        message = f"this is not UTF-8 text (byte {error.start}); expected a YAML file"
        return YamlDocument(shown, faults=(Fault(shown, None, None, "", message),))


def parse_yaml(text: str, *, path: str) -> YamlDocument:
    """The document in a text; `path` is what its faults are told of."""
    try:
        root = _composer().compose(text)
    except YAMLError as error:
        return YamlDocument(path, faults=(_syntax_fault(error, path, text),))
    except Exception as error:  # ruamel lets ValueError, AssertionError and others through on some malformed texts
        message = f"this is not YAML: {type(error).__name__} while reading it"
        return YamlDocument(path, faults=(Fault(path, None, None, "", message),))
    if root is None:
        return YamlDocument(path, faults=(Fault(path, None, None, "", "the file is empty"),))
    reader = _NodeReader(path)
    data = reader.value(root, ())
    return YamlDocument(path, data, tuple(reader.faults), reader.values, reader.keys)


def spelled(place: Place) -> str:
    """A place as people write it.

    >>> spelled(("agents", 0, "name"))
    'agents[0].name'
    """
    parts = [f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def printable(text: str) -> str:
    """The text with whatever a terminal cannot show, or would obey, spelled as an escape."""
    return text if text.isprintable() else repr(text)[1:-1]


class _NodeReader:
    """Turns nodes into plain data and notes where everything stands; collects faults, never stops at one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.values: dict[Place, Position] = {}
        self.keys: dict[Place, Position] = {}
        self._open: set[int] = set()
        self._seen: set[int] = set()
        self._aliased = 0
        self._has_burst = False
        self._scalars = _composer().constructor

    def value(self, node: Node, place: Place) -> Any:
        """The plain value of a node; None, with a fault, where it has none."""
        self.values[place] = _position(node)
        tag = str(node.tag)
        kind = tag.removeprefix(_TAG) if tag.startswith(_TAG) else None
        if isinstance(node, ScalarNode) and kind in _SCALARS:
            return self._scalar(node, kind, place) if self._may_repeat(node, place) else None
        if isinstance(node, SequenceNode) and kind == "seq":
            return self._list(node, place) if self._may_enter(node, place) else None
        if isinstance(node, MappingNode) and kind == "map":
            return self._mapping(node, place) if self._may_enter(node, place) else None
        return self._fault(node, place, f"the tag {tag!r} is not allowed here; write plain values without tags")

    def _may_enter(self, node: Node, place: Place) -> bool:
        if id(node) in self._open:
            self._fault(node, place, "an alias stands inside the very part it repeats")
            return False
        return self._may_repeat(node, place)

    def _may_repeat(self, node: Node, place: Place) -> bool:
        """Whether aliases have not multiplied yet; a text counts by its length, a list by its entries."""
        if id(node) in self._seen:
            self._aliased += 1 + len(node.value)
        self._seen.add(id(node))
        if self._aliased > MAX_ALIASED_VALUES and not self._has_burst:
            self._has_burst = True
            self._fault(node, place, f"aliases repeat more than {MAX_ALIASED_VALUES:,} values; write them out")
        return not self._has_burst

    def _scalar(self, node: ScalarNode, kind: str, place: Place) -> Any:
        if kind in _TEXTS or len(node.value) > MAX_NUMBER_CHARS:
            return self._text(node, place)
        try:
            return getattr(self._scalars, f"construct_yaml_{kind}")(node)
        except (ValueError, KeyError, IndexError):  # such as "_" or an integer of 5,000 digits: a text to people
            return self._text(node, place)

    def _text(self, node: ScalarNode, place: Place) -> str:
        text = str(node.value)
        if not _SURROGATE.search(text):
            return text
        self._fault(node, place, "the text holds half a character (a lone surrogate escape)")
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)

    def _list(self, node: SequenceNode, place: Place) -> list[Any]:
        self._open.add(id(node))
        entries = [self.value(entry, (*place, index)) for index, entry in enumerate(node.value)]
        self._open.discard(id(node))
        return entries

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        self._open.add(id(node))
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._fault(key_node, place, "a key must be a word, not a list or a mapping")
                continue
            key = self._text(key_node, place)
            here = (*place, key)
            if str(key_node.tag) == f"{_TAG}merge":
                self._fault(key_node, here, "merge keys are not read; write the keys out")
            elif key in mapping:
                self._fault(key_node, here, f"the key {key!r} occurs twice (first on line {self.keys[here][0]})")
            else:
                self.keys[here] = _position(key_node)
                mapping[key] = self.value(value_node, here)
                if mapping[key] is None and not value_node.value:  # ruamel places nothing at what comes next
                    self.values[here] = self.keys[here]
        self._open.discard(id(node))
        return mapping

    def _fault(self, node: Node, place: Place, message: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(self.path, *_position(node), spelled(place), message))


def _composer() -> YAML:
    """A new parser for each text: one that has failed keeps part of its state."""
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    return yaml


def _position(node: Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _syntax_fault(error: YAMLError, path: str, text: str) -> Fault:
    if isinstance(error, ReaderError):
        position = cast("int", error.position)
        before = text[:position]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
        return Fault(path, line, column, "", f"the character U+{error.character:04X} is not allowed in YAML")
    if isinstance(error, MaxDepthExceededError):
        message = f"parts stand more than {MAX_DEPTH} levels deep, which no scenario needs"
    elif isinstance(error, MarkedYAMLError):
        message = _problem_in_words(error)
    else:
        message = f"this is not YAML: {printable(str(error))}"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return Fault(path, mark.line + 1 if mark else None, mark.column + 1 if mark else None, "", message)


def _problem_in_words(error: MarkedYAMLError) -> str:
    if error.context == "expected a single document in the stream":
        return "a second document begins here; one file holds one scenario"
    problem = printable(" ".join(str(error.problem or error.context or "it cannot be parsed").split()))
    if "found character '\\t'" in problem:
        return "this is not YAML: a tab cannot indent; use spaces"
    context = f" ({printable(error.context)})" if error.problem and error.context else ""
    return f"this is not YAML: {problem}{context}"


def _unreadable(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "this is a directory; name the file inside it"
    reason = error.strerror if isinstance(error, OSError) else error
    return f"cannot be read: {reason}"
