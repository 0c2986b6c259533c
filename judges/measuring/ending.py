"""Measures the ending judge for its card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from judges.card import Measurement
from judges.embeddings import Encoder
from judges.ending import EndingJudge, is_farewell, open_question
from judges.injections import Planted
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, recall
from judges.measuring.planted import SOURCES, false_alarm_rows, flagged_rows, measured_part, planted_rows, row
from sims.transcript import Transcript, Turn

CARD = CardText(
    finds="conversations that do not end, end too soon, or go on after the farewell",
    unit="how bad the ending is, in [0, 1], by rule; one score a conversation",
    threshold=".6, set by the rules; nothing is fitted, the rules were written on the fitting parts",
    blind_spots=(
        "English farewells",
        "whether the task was done",
        "overruns in groups",
        "one turn a conversation is judged: rates by judged turns are rates by conversation",
        "its faults are planted here alone: verify-judges has none of an ending",
        "an excerpt that ends on a question is no finding unless a limit stopped it",
    ),
    sources=SOURCES,
)
_GOODBYES = ("Thank you! Goodbye.", "You too! Have a great day!", "Thanks, bye!", "Take care!") * 2


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; embeddings change nothing."""
    if encoder is not None:
        return
    judge = EndingJudge()
    plants: tuple[tuple[str, str, Callable[[Transcript], Iterator[Planted]]], ...] = (
        ("stopped at max_turns on a question", "missing", _stopped_on_question),
        ("an end mark answers a question", "premature", _parted_on_question),
    )
    for name in ("human_service_sgd", "llm_taubench"):
        corpus = measured_part(data, name)
        for what, kind, plant in plants:
            planted = [one for each in corpus for one in plant(each)]
            if planted:
                yield from planted_rows(judge, planted, what=what, data=name, kinds=(kind,), has_auc=False)
        yield _overrun_row(judge, data, name)
    yield from false_alarm_rows(judge, data)
    yield from flagged_rows(judge, data)


def _question(transcript: Transcript) -> int | None:
    """The last turn that asks something of substance, not the first two."""
    asking = (
        index for index in reversed(range(2, len(transcript.turns))) if open_question(transcript.turns[index].text)
    )
    return next(asking, None)


def _stopped_on_question(transcript: Transcript) -> Iterator[Planted]:
    asked = _question(transcript)
    if asked is not None:
        cut = replace(transcript, turns=transcript.turns[: asked + 1], stop_reason="max_turns")
        yield Planted(cut, frozenset({asked}))


def _parted_on_question(transcript: Transcript) -> Iterator[Planted]:
    asked = _question(transcript)
    if asked is not None:
        other = next(name for name in transcript.speakers if name != transcript.turns[asked].speaker)
        turns = (*transcript.turns[: asked + 1], Turn(other, "Thank you, goodbye! [DONE]"))
        yield Planted(replace(transcript, turns=turns), frozenset({asked + 1}))


def _overrun_row(judge: EndingJudge, data: Path, name: str) -> Measurement:
    """Conversations that part and then have eight goodbyes more: whether an overrun is told among those."""
    rows = []
    for transcript in measured_part(data, name):
        if is_farewell(transcript.turns[-1].text):
            hits = judge.judge(_with_goodbyes(transcript)).hits
            found = any(hit.kind == "overrun" and hit.turn >= len(transcript.turns) for hit in hits)
            rows.append((float(found), 1.0, transcript.id))
    return row(Items.of(rows), recall, what="eight more goodbyes: conversations flagged", data=name, metric="recall")


def _with_goodbyes(transcript: Transcript) -> Transcript:
    last = transcript.turns[-1].speaker
    order = [*(name for name in transcript.speakers if name != last), last]
    more = tuple(Turn(order[place % 2], text) for place, text in enumerate(_GOODBYES))
    return replace(transcript, turns=(*transcript.turns, *more))
