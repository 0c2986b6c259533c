"""CAMEL's chats: the paper's marker rule counted anew, and held against the indices that the authors stored."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from analysis.paper.rows import PublishedRow, rows_in
from analysis.paper.sources import Found
from analysis.paper.values import Measured, Measures
from analysis.statistics.clusters import share_of
from judges.camel_markers import MarkerFault, Role, marker_fault
from sims.errors import UsageError

Faults: TypeAlias = Mapping[MarkerFault, frozenset[int]]
"""The indices of the messages with each fault."""

_BEFORE = 4
"""The authors' code takes this off a message's position in the object."""
_HEAD: Mapping[str, Any] = MappingProxyType(
    dict.fromkeys(("role_1", "role_2", "id", "original_task", "specified_task"))
)
"""What stands before the messages in the object; in the table these are columns of their own."""
_ROLES: Mapping[str, Role] = MappingProxyType({"USER": "user", "ASSISTANT": "assistant"})
_STORED: Mapping[MarkerFault, str] = MappingProxyType(
    {"role_flip": "role_flipping_msg_indices", "interruption": "interruption_msg_indices"}
)
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Message:
    """A message with what the rule says of it. `index` is the paper's: its position in the JSON object less 4."""

    index: int
    fault: MarkerFault | None


@dataclass(frozen=True, slots=True)
class Chat:
    """The messages of one chat, and the faults that the authors stored; None where the file has none.

    `may_shift` says that the position of the messages is not kept: in the table `termination_reason`, which may have
    stood before any of them, has a column of its own.
    """

    messages: tuple[Message, ...]
    stored: Faults | None
    may_shift: bool

    def has(self, kind: MarkerFault) -> bool:
        """Whether any message has this fault."""
        return any(message.fault == kind for message in self.messages)

    @property
    def agrees(self) -> bool:
        """Whether the rule finds the stored indices, in the table also with all after some message one higher."""
        cuts = [None, *(message.index for message in self.messages)] if self.may_shift else [None]
        return any(self._faults(cut) == self.stored for cut in cuts)

    def _faults(self, shifted_from: int | None) -> Faults:
        found: dict[MarkerFault, set[int]] = {kind: set() for kind in _STORED}
        for message in self.messages:
            if message.fault:
                is_shifted = shifted_from is not None and message.index >= shifted_from
                found[message.fault].add(message.index + is_shifted)
        return {kind: frozenset(indices) for kind, indices in found.items()}


def camel_figures(found: Found) -> Measures:
    """Shares of chats with a fault, and of chats whose stored indices the rule repeats; the chat is the unit.

    Raises:
        UsageError: the file is not of the published form.
    """
    chats = [_chat(row) for row in _chats(found.path)]
    numbers = np.arange(len(chats))

    def share(hits: list[bool]) -> Measured:
        return Measured(share_of(np.array(hits, dtype=bool), numbers), "chats")

    figures = {
        "camel-flips": share([chat.has("role_flip") for chat in chats]),
        "camel-interruptions": share([chat.has("interruption") for chat in chats]),
    }
    if all(chat.stored is not None for chat in chats):
        figures["camel-indices"] = share([chat.agrees for chat in chats])
    return figures


def _chat(row: PublishedRow) -> Chat:
    is_table = "conversation" in row.values
    said = PublishedRow(row.place, {**_HEAD, **row.mapping("conversation")}) if is_table else row
    return Chat(tuple(_messages(said)), _stored(row), is_table and bool(row.values.get("termination_reason")))


def _stored(row: PublishedRow) -> Faults | None:
    if not all(name in row.values for name in _STORED.values()):
        return None
    return {kind: frozenset(_whole_numbers(row, name)) for kind, name in _STORED.items()}


def _whole_numbers(row: PublishedRow, name: str) -> Iterator[int]:
    for value in row.list(name):
        if not isinstance(value, int):
            raise row.fault(name, f"expected whole numbers, found {value!r}")
        yield value


def _messages(chat: PublishedRow) -> Iterator[Message]:
    """The messages under `message_1`, ...; those of neither side count in the positions, and are nobody's fault."""
    is_silent = True
    for position, key in enumerate(chat.values):
        if key.startswith("message_"):
            message = PublishedRow(f"{chat.place}, {key}", chat.mapping(key))
            role = _ROLES.get(message.text("role_type"))
            is_silent = is_silent and role is None
            yield Message(position - _BEFORE, marker_fault(role, message.text("content")) if role else None)
    if is_silent:
        raise chat.fault("message_1", "there is no message of a USER or an ASSISTANT in this chat")


def _chats(path: Path) -> Iterator[PublishedRow]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".zip"):
        return _zipped(path)
    return _table(path) if name.endswith(".csv") else rows_in(path)


def _table(path: Path) -> Iterator[PublishedRow]:
    """The rows by pandas, which, unlike the csv module, sets no limit to the length of a cell."""
    import pandas as pd

    try:
        with pd.read_csv(path, chunksize=_ROWS_AT_ONCE, dtype=str, keep_default_na=False) as chunks:
            rows = chain.from_iterable(chunk.to_dict("records") for chunk in chunks)
            for number, values in enumerate(rows, start=1):
                yield PublishedRow(f"{path}, row {number}", {str(name): value for name, value in values.items()})
    except (ValueError, OSError) as error:
        raise UsageError(f"{path}: not a table that can be read: {' '.join(str(error).split())}") from error


def _zipped(path: Path) -> Iterator[PublishedRow]:
    """One chat a member of the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield PublishedRow(f"{path}, {name}", _object(f"{path}, {name}", archive.read(name)))
    except (zipfile.BadZipFile, OSError) as error:
        raise UsageError(f"{path}: not an archive that can be read: {error}") from error


def _object(place: str, content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise UsageError(f"{place}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{place}: expected an object (a chat)")
    return found
