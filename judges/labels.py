"""Labels that people gave to turns or to whole conversations: read from files or from the transcripts themselves."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sims.errors import Fault, UsageError, nearest
from sims.transcript import Transcript

Unit = Literal["turn", "dialogue"]
SOMEBODY = ""
"""The annotator of a label that names none."""
_KEYS = ("transcript", "turn", "label", "annotator")


@dataclass(frozen=True, slots=True)
class Label:
    """One person's yes (1) or no (0) about a turn, or about a whole conversation (`turn` is None).

    `place` says where it stands, as file and line.
    """

    transcript: str
    turn: int | None
    label: Literal[0, 1]
    annotator: str = SOMEBODY
    place: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A turn or conversation with what each annotator said of it."""

    transcript: str
    turn: int | None
    votes: Mapping[str, int]

    @property
    def label(self) -> int:
        """1 where more than half of the annotators say so, else 0."""
        return int(2 * sum(self.votes.values()) > len(self.votes))


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels of one unit that fit the transcripts at hand, in the order of transcript id and turn."""

    unit: Unit
    items: tuple[Labelled, ...]

    @property
    def annotators(self) -> tuple[str, ...]:
        """The names of all annotators, sorted."""
        return tuple(sorted({name for item in self.items for name in item.votes}))


def read_labels(path: str | Path) -> list[Label]:
    """The labels of a JSONL or CSV file: rows of transcript, label, and where they apply turn and annotator.

    Without a turn the label is of the whole conversation. In CSV the first row names the columns.

    Raises:
        UsageError: the file cannot be read, holds no label, or a row is not one; names file and line.
    """
    path = Path(path)
    try:
        rows = list(_csv_rows(path) if path.suffix == ".csv" else _json_rows(path))
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(path, None, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not rows:
        raise _fault(path, None, 'holds no label; expected rows such as {"transcript": "t1", "turn": 3, "label": 1}')
    return [_label(path, line, row) for line, row in rows]


def _json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.strip():
            try:
                yield line, json.loads(text)
            except ValueError as error:
                raise _fault(path, line, f"not JSON: {error}") from error


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            extra = {"more columns than the header names": row[None]} if None in row else {}
            told = {key: _number(value) if key in ("turn", "label") else value for key, value in row.items() if value}
            yield reader.line_num, {key: value for key, value in told.items() if key is not None} | extra


def _number(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() else text


def _label(path: Path, line: int, row: Any) -> Label:
    if not isinstance(row, dict):
        raise _fault(path, line, 'expected an object such as {"transcript": "t1", "turn": 3, "label": 1}')
    for key in row:
        if key not in _KEYS:
            guess = nearest(str(key), _KEYS)
            hint = f"did you mean {guess!r}?" if guess else f"allowed: {', '.join(_KEYS)}"
            raise _fault(path, line, f"unknown key {key!r}; {hint}")
    for key in ("transcript", "label"):
        if key not in row:
            raise _fault(path, line, f"the key {key!r} is missing")
    turn, annotator = row.get("turn"), row.get("annotator", SOMEBODY)
    if not _is_binary(row["label"]):
        raise _fault(path, line, f"the label {row['label']!r} is not 0 or 1")
    if turn is not None and (not isinstance(turn, int) or isinstance(turn, bool)):
        raise _fault(path, line, f"the turn {turn!r} is not a whole number; the first turn is 0")
    return Label(str(row["transcript"]), turn, row["label"], str(annotator), f"{path}:{line}")


def _is_binary(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in (0, 1)


def noted_labels(transcripts: Iterable[Transcript]) -> list[Label]:
    """The labels in `meta.labels` of the transcripts: 0 or 1 for the whole, or a list of one a turn, null for none.

    Raises:
        UsageError: a `meta.labels` is neither, or its length is not the number of turns.
    """
    return [label for transcript in transcripts for label in _noted(transcript)]


def _noted(transcript: Transcript) -> Iterator[Label]:
    noted = transcript.meta.get("labels")
    place = f"transcript {transcript.id!r}, meta.labels"
    if noted is None:
        return
    if _is_binary(noted):
        yield Label(transcript.id, None, noted, place=place)
        return
    if not isinstance(noted, list | tuple) or len(noted) != len(transcript.turns):
        raise UsageError(f"{place}: expected 0, 1 or a list with one entry for each of {len(transcript.turns)} turns")
    for turn, label in enumerate(noted):
        if label is None:
            continue
        if not _is_binary(label):
            raise UsageError(f"{place}: the label {label!r} of turn {turn} is not 0, 1 or null")
        yield Label(transcript.id, turn, label, place=place)


def label_set(labels: Sequence[Label], turns: Mapping[str, int]) -> LabelSet:
    """The labels by what they are of, checked against the conversations at hand, whose numbers of turns `turns` has.

    Raises:
        UsageError: there is no label; one is of a conversation or turn that is not there; an annotator labels
            something twice; some are of turns and some of conversations.
    """
    if not labels:
        raise UsageError("there are no labels; give --labels FILE, or meta.labels in the transcripts")
    votes: dict[tuple[str, int | None], dict[str, int]] = {}
    for label in labels:
        _check_known(label, turns)
        given = votes.setdefault((label.transcript, label.turn), {})
        if label.annotator in given:
            who = f"annotator {label.annotator!r}" if label.annotator else "the same (unnamed) annotator"
            raise UsageError(f"{label.place}: {_what(label)} is labelled twice by {who}; each may label it once")
        given[label.annotator] = label.label
    units: set[Unit] = {"dialogue" if turn is None else "turn" for _, turn in votes}
    if len(units) > 1:
        raise UsageError("some labels are of turns and some of whole conversations; give one kind at a time")
    ordered = sorted(votes, key=lambda key: (key[0], -1 if key[1] is None else key[1]))
    return LabelSet(units.pop(), tuple(Labelled(*key, votes[key]) for key in ordered))


def _check_known(label: Label, turns: Mapping[str, int]) -> None:
    if label.transcript not in turns:
        guess = nearest(label.transcript, turns)
        hint = f"; did you mean {guess!r}?" if guess else ""
        raise UsageError(f"{label.place}: there is no transcript {label.transcript!r} in the files given{hint}")
    if label.turn is not None and not 0 <= label.turn < turns[label.transcript]:
        last = turns[label.transcript] - 1
        raise UsageError(f"{label.place}: {label.transcript!r} has no turn {label.turn}; its turns are 0 to {last}")


def _what(label: Label) -> str:
    return f"{label.transcript!r}" if label.turn is None else f"turn {label.turn} of {label.transcript!r}"


def _fault(path: Path, line: int | None, message: str) -> UsageError:
    return UsageError(str(Fault(str(path), line, None, "", message)))
