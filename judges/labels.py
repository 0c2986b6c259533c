"""Labels that people gave to turns or to whole conversations: read from files or from the transcripts themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sims.errors import Fault, UsageError, nearest
from sims.flat_rows import is_table, read_rows
from sims.transcript import Transcript

Unit = Literal["turn", "dialogue"]
SOMEBODY = ""
"""The annotator of a label that names none."""
_KEYS = ("transcript", "turn", "label", "annotator")
_SMALL_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.0*)?")
_MOST_SHOWN = 60


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
        """1 where more than half of the annotators say so, else 0; a tie has none, see `is_tie`."""
        return int(2 * sum(self.votes.values()) > len(self.votes))

    @property
    def is_tie(self) -> bool:
        """Whether as many annotators say yes as no."""
        return 2 * sum(self.votes.values()) == len(self.votes)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels of one unit that fit the transcripts at hand, in the order of transcript id and turn."""

    unit: Unit
    items: tuple[Labelled, ...]

    @property
    def decided(self) -> tuple[Labelled, ...]:
        """Those with a label: all but the ties."""
        return tuple(item for item in self.items if not item.is_tie)

    @property
    def annotators(self) -> tuple[str, ...]:
        """The names of all annotators, sorted."""
        return tuple(sorted({name for item in self.items for name in item.votes}))


def read_labels(path: str | Path) -> list[Label]:
    """The labels of a file: rows of transcript, label, and where they apply turn and annotator.

    Without a turn the label is of the whole conversation. `sims.flat_rows.read_rows` says which files are read.

    Raises:
        UsageError: the file cannot be read, holds no label, or a row is not one; names file and line.
    """
    path = Path(path)
    return [_label(path, line, _numbered(row) if is_table(path) else row) for line, row in read_rows(path)]


def _numbered(row: Mapping[str, str]) -> dict[str, Any]:
    """A row of a table without its empty cells, turn and label as numbers where they are some."""
    return {key: _number(value) if key in ("turn", "label") else value for key, value in row.items() if value}


def _number(text: str) -> float | str:
    return float(text) if _SMALL_NUMBER.fullmatch(text.strip()) else text


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
    transcript, turn = row["transcript"], row.get("turn")
    if isinstance(transcript, bool) or not isinstance(transcript, str | int):
        raise _fault(path, line, f"the transcript is {_shown(transcript)}; expected the id of one")
    if not _is_binary(row["label"]):
        raise _fault(path, line, f"the label {_shown(row['label'])} is not 0 or 1")
    if turn is not None and not _is_whole(turn):
        raise _fault(path, line, f"the turn {_shown(turn)} is not a whole number; the first turn is 0")
    annotator = row.get("annotator")
    return Label(
        str(transcript),
        None if turn is None else int(turn),
        1 if row["label"] else 0,
        SOMEBODY if annotator is None else str(annotator),
        f"{path}:{line}",
    )


def _shown(value: Any) -> str:
    """The value as JSON, or the beginning of it."""
    shown = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else repr(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1


def _is_binary(value: Any) -> bool:
    return _is_whole(value) and value in (0, 1)


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
        yield Label(transcript.id, None, 1 if noted else 0, place=place)
        return
    if not isinstance(noted, list | tuple) or len(noted) != len(transcript.turns):
        raise UsageError(f"{place}: expected 0, 1 or a list with one entry for each of {len(transcript.turns)} turns")
    for turn, label in enumerate(noted):
        if label is None:
            continue
        if not _is_binary(label):
            raise UsageError(f"{place}: the label {label!r} of turn {turn} is not 0, 1 or null")
        yield Label(transcript.id, turn, 1 if label else 0, place=place)


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
