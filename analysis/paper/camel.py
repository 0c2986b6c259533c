"""CAMEL's chats: the paper's marker rule counted anew, and held against the indices that the authors stored."""

from __future__ import annotations

import json
import re
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
"""The numbers of the messages with each fault; the first is message_1."""

_MESSAGE = re.compile(r"message_(\d+)$")
_ROLES: Mapping[str, Role] = MappingProxyType({"USER": "user", "ASSISTANT": "assistant"})
_STORED: Mapping[MarkerFault, str] = MappingProxyType(
    {"role_flip": "role_flipping_msg_indices", "interruption": "interruption_msg_indices"}
)
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Chat:
    """The faults of one chat by the rule, and those that the authors stored; None where the file has none."""

    found: Faults
    stored: Faults | None


def camel_figures(found: Found) -> Measures:
    """Shares of chats with a fault, and of chats whose stored indices the rule repeats; the chat is the unit.

    Raises:
        UsageError: the file is not of the published form.
    """
    chats = [Chat(_faults(row), _stored(row)) for row in _chats(found.path)]
    numbers = np.arange(len(chats))

    def share(hits: list[bool]) -> Measured:
        return Measured(share_of(np.array(hits, dtype=bool), numbers), "chats")

    figures = {
        "camel-flips": share([bool(chat.found["role_flip"]) for chat in chats]),
        "camel-interruptions": share([bool(chat.found["interruption"]) for chat in chats]),
    }
    if all(chat.stored is not None for chat in chats):
        figures["camel-indices"] = share([chat.found == chat.stored for chat in chats])
    return figures


def _faults(row: PublishedRow) -> Faults:
    found = {number: marker_fault(role, text) for number, role, text in _messages(row)}
    return {kind: frozenset(number for number, fault in found.items() if fault == kind) for kind in _STORED}


def _stored(row: PublishedRow) -> Faults | None:
    if not all(name in row.values for name in _STORED.values()):
        return None
    return {kind: frozenset(_whole_numbers(row, name)) for kind, name in _STORED.items()}


def _whole_numbers(row: PublishedRow, name: str) -> Iterator[int]:
    for value in row.list(name):
        if not isinstance(value, int):
            raise row.fault(name, f"expected whole numbers, found {value!r}")
        yield value


def _messages(row: PublishedRow) -> list[tuple[int, Role, str]]:
    """The messages under `message_1`, ...; in the table they stand as JSON in the column `conversation`."""
    chat = PublishedRow(row.place, row.mapping("conversation")) if "conversation" in row.values else row
    messages = []
    for key in chat.values:
        if match := _MESSAGE.match(key):
            message = PublishedRow(f"{row.place}, {key}", chat.mapping(key))
            role = _ROLES.get(message.text("role_type"))
            messages += [(int(match[1]), role, message.text("content"))] if role else []
    if not messages:
        raise row.fault("message_1", "there is no message of a USER or an ASSISTANT in this chat")
    return messages


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
