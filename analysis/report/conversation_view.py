"""One conversation as a reader of the report sees it: every turn, its flags, and where a quote stands in it.

Sizes are bounded here, so that no transcript, however long, makes a page that cannot be opened; what is
left out is counted in the view.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report.aborted import stopped_by
from analysis.report.facts import Fact
from analysis.wording import counted, one_line, percent, plain
from judges.verdict import Hit, Unjudged, Verdict, check_quote
from sims.errors import UsageError
from sims.exchange_loops import Loop
from sims.transcript import Participant, Transcript, Turn
from sims.turn_graph import GraphMeasures, build_turn_graph, measures

HEAD_CHARS = 1_200
"""How much of a turn is shown before "show all"."""
TURN_CHARS = 20_000
"""How much of a turn is put into the page at all."""
OPENING_TURNS = 200
"""How many turns of a conversation are shown from its beginning; flagged ones later on are shown besides."""
FLAGGED_TURNS = 200
TURN_FLAGS = 100
"""How many flags of one turn are shown."""
CONVERSATION_CHARS = 60_000
"""How much text of a conversation is shown from its beginning; flagged turns later on may take as much again."""
FLOOR_TURNS = 600
"""How many turns the floor drawing shows."""
QUOTE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Flag:
    """A hit as shown. `is_in_text` is False where the quote lies beyond the part of the turn that is shown."""

    judge: str
    is_calibrated: bool
    kind: str
    score: float
    reason: str
    quote: str
    is_in_text: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn's text; `judges` are those whose quote covers it, none for unmarked text."""

    text: str
    judges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as shown: `head` first, `rest` behind "show all", `left_out_chars` not in the page.

    `left_out_flags` counts the flags beyond `TURN_FLAGS`, which are not in the page.
    `skipped_before` counts the turns left out between the turn shown before and this one. `answers` is the turn it
    replies to where that is recorded and is not the one before. `planted` are the faults the offline actor recorded,
    `stressed` the kinds of stressor that changed the words, `own_text` what the speaker had said, cut like a head.
    """

    index: int
    speaker: str
    lane: int
    head: tuple[Piece, ...]
    rest: tuple[Piece, ...]
    left_out_chars: int
    flags: tuple[Flag, ...]
    left_out_flags: int
    answers: int | None
    planted: tuple[str, ...]
    skipped_before: int
    stressed: tuple[str, ...] = ()
    own_text: str = ""

    @property
    def rest_chars(self) -> int:
        """How many characters stand behind "show all"."""
        return sum(len(piece.text) for piece in self.rest)


@dataclass(frozen=True, slots=True)
class Floor:
    """A turn in the floor drawing: whose lane, how many words, whether a judge flagged it, whether it is shown."""

    index: int
    lane: int
    words: int
    is_flagged: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a judge has no verdict on a conversation."""

    judge: str
    why: Unjudged


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as shown. `number` is its place in the run, from 1.

    `arm` says what disturbed it, in words; empty where nothing did. `flagged_by` counts the turns that each judge
    flags; `clean_judges` judged and flagged nothing.
    `shape` and `loops` are figures of the turn graph; `notes` are sentences on how it began and why it was stopped.
    """

    number: int
    id: str
    scenario: str
    task: str
    models: tuple[str, ...]
    kind: str
    participants: tuple[Participant, ...]
    turn_count: int
    turns: tuple[TurnView, ...]
    skipped_after: int
    floor: tuple[Floor, ...]
    flagged_by: tuple[tuple[str, int], ...]
    clean_judges: tuple[str, ...]
    not_judged: tuple[NotJudged, ...]
    stop_reason: str | None
    error: str | None
    has_failed: bool
    flagged_turns: int
    arm: str
    shape: tuple[Fact, ...]
    loops: tuple[Loop, ...]
    notes: tuple[str, ...] = ()


def scenario_of(transcript: Transcript) -> str:
    """The scenario's id, or the source where there is no scenario."""
    return transcript.scenario.id if transcript.scenario else transcript.source


def models_of(transcript: Transcript) -> tuple[str, ...]:
    """The models that took part, each once, in the order of the participants; empty where none is recorded."""
    return tuple(dict.fromkeys(person.model for person in transcript.participants if person.model))


def planted_in(turn: Turn) -> tuple[str, ...]:
    """The faults that the offline actor recorded as planted in this turn."""
    return _texts(turn.meta.get("planted", ()))


def _texts(recorded: Any) -> tuple[str, ...]:
    """What a transcript holds as one text or a list of them."""
    return tuple(map(str, recorded)) if isinstance(recorded, list | tuple) else (str(recorded),)


def arm_of(transcript: Transcript) -> str:
    """What disturbed the conversation, in words; empty where nothing did."""
    return "; ".join(map(_stressor_words, transcript.stressors))


def _stressor_words(record: Mapping[str, Any]) -> str:
    """A stressor's kind and dose."""
    kind, dose = plain(str(record.get("kind", "unnamed"))), record.get("dose")
    return kind if dose is None else f"{kind}, dose {dose}"


def view_conversation(
    transcript: Transcript, verdicts: Sequence[Verdict], *, number: int, calibrated: Mapping[str, bool]
) -> ConversationView:
    """The conversation as a reader sees it.

    Raises:
        UsageError: a verdict does not belong to the transcript: a quote does not stand where it says.
    """
    hits = _hits_by_turn(transcript, verdicts)
    figures = measures(build_turn_graph(transcript))
    turns, skipped_after = shown_turns(transcript, hits, calibrated=calibrated)
    return ConversationView(
        number=number,
        id=transcript.id,
        scenario=scenario_of(transcript),
        task=transcript.scenario.task if transcript.scenario else "",
        models=models_of(transcript),
        kind=transcript.kind,
        participants=transcript.participants,
        turn_count=len(transcript.turns),
        turns=turns,
        skipped_after=skipped_after,
        floor=_floor(transcript, flagged=frozenset(hits), shown=frozenset(turn.index for turn in turns)),
        flagged_by=tuple((verdict.judge, len(verdict.flagged_turns)) for verdict in verdicts if verdict.hits),
        clean_judges=tuple(verdict.judge for verdict in verdicts if not verdict.hits and not verdict.unjudged),
        not_judged=tuple(
            NotJudged(verdict.judge, verdict.unjudged)
            for verdict in verdicts
            if verdict.unjudged and verdict.is_applicable
        ),
        stop_reason=transcript.stop_reason,
        error=transcript.error,
        has_failed=transcript.has_failed,
        flagged_turns=len(hits),
        arm=arm_of(transcript),
        shape=_shape(figures),
        loops=figures.loops,
        notes=tuple(_notes(transcript)),
    )


def _notes(transcript: Transcript) -> Iterator[str]:
    branch, stop = transcript.meta.get("branch"), stopped_by(transcript)
    if isinstance(branch, dict):
        at, of = (one_line(str(branch.get(key, "not recorded"))) for key in ("at", "of"))
        yield f"Branched off {of} at turn {at}; the turns before are as recorded there, and count for nobody."
    if stop:
        reason = one_line(str(stop.get("reason", "")))
        yield f"Stopped by {plain(stop['judge'])}, which watched, at turn {stop['turn']}: {reason}"


def _shape(figures: GraphMeasures) -> tuple[Fact, ...]:
    """The turn graph in figures a reader understands; those that are not defined are left out."""
    facts = {
        "floor changes": None if figures.floor_change_rate is None else percent(figures.floor_change_rate),
        "longest run of one speaker": None if figures.longest_run is None else counted(figures.longest_run, "turn"),
        "dominance by words, 0 to 1": None if figures.word_dominance is None else f"{figures.word_dominance:.2f}",
        "answers returned": None if figures.weighted_reciprocity is None else percent(figures.weighted_reciprocity),
    }
    return tuple(Fact(label, value) for label, value in facts.items() if value is not None)


_JudgedHit = tuple[str, Hit]


def _hits_by_turn(transcript: Transcript, verdicts: Sequence[Verdict]) -> dict[int, list[_JudgedHit]]:
    hits: dict[int, list[_JudgedHit]] = {}
    for verdict in verdicts:
        for hit in verdict.hits:
            try:
                check_quote(transcript, hit)
            except ValueError as error:
                message = f"a verdict of {verdict.judge} does not belong to this transcript: {error}; judge it again"
                raise UsageError(message) from error
            hits.setdefault(hit.turn, []).append((verdict.judge, hit))
    return hits


def shown_turns(
    transcript: Transcript, hits: Mapping[int, Sequence[_JudgedHit]], *, calibrated: Mapping[str, bool]
) -> tuple[tuple[TurnView, ...], int]:
    """The turns shown, and how many follow the last of them. `hits` has the flagged turns."""
    views: list[TurnView] = []
    expected = 0
    for index in _chosen_turns(transcript.turns, flagged=sorted(hits)):
        on_turn = hits.get(index, ())
        views.append(_turn_view(transcript, index, on_turn, calibrated=calibrated, skipped=index - expected))
        expected = index + 1
    return tuple(views), len(transcript.turns) - expected


def _chosen_turns(turns: Sequence[Turn], *, flagged: Sequence[int]) -> list[int]:
    opening = list(_within_limits(range(len(turns)), turns, most=OPENING_TURNS))
    later = [index for index in flagged if index >= len(opening)]
    return [*opening, *_within_limits(later, turns, most=FLAGGED_TURNS)]


def _within_limits(indices: Sequence[int], turns: Sequence[Turn], *, most: int) -> Iterator[int]:
    chars = 0
    for index in indices[:most]:
        chars += min(len(turns[index].text), TURN_CHARS)
        if chars > CONVERSATION_CHARS:
            return
        yield index


def _turn_view(
    transcript: Transcript, index: int, hits: Sequence[_JudgedHit], *, calibrated: Mapping[str, bool], skipped: int
) -> TurnView:
    left_out_flags, hits = max(0, len(hits) - TURN_FLAGS), hits[:TURN_FLAGS]
    turn = transcript.turns[index]
    cut = _head_end(turn.text)
    return TurnView(
        index=index,
        speaker=turn.speaker,
        lane=transcript.speakers.index(turn.speaker),
        head=tuple(pieces(turn.text, hits, start=0, end=cut)),
        rest=tuple(pieces(turn.text, hits, start=cut, end=TURN_CHARS)),
        left_out_chars=max(0, len(turn.text) - TURN_CHARS),
        flags=tuple(_flag(judge, hit, is_calibrated=calibrated.get(judge, False), cut=cut) for judge, hit in hits),
        left_out_flags=left_out_flags,
        answers=turn.reply_to if turn.reply_to != index - 1 else None,
        planted=planted_in(turn),
        skipped_before=skipped,
        stressed=_texts(turn.meta.get("stressed", ())),
        own_text=one_line(str(turn.meta.get("own_text", "")), limit=HEAD_CHARS),
    )


def _head_end(text: str) -> int:
    """Where "show all" cuts: at a space near the limit; not at all when little would be hidden."""
    if len(text) <= HEAD_CHARS * 5 // 4:
        return len(text)
    space = text.rfind(" ", HEAD_CHARS * 3 // 4, HEAD_CHARS)
    return space if space > 0 else HEAD_CHARS


def _flag(judge: str, hit: Hit, *, is_calibrated: bool, cut: int) -> Flag:
    return Flag(judge, is_calibrated, hit.kind, hit.score, hit.reason, hit.quote[:QUOTE_CHARS], hit.end <= cut)


def pieces(text: str, hits: Sequence[_JudgedHit], *, start: int, end: int) -> Iterator[Piece]:
    """The stretches of `text[start:end]` between the borders of quotes; together they are that text.

    >>> hit = Hit(turn=0, score=1.0, kind="flip", quote="b", start=1, end=2, reason="")
    >>> [(piece.text, piece.judges) for piece in pieces("abc", [("role_flip", hit)], start=0, end=3)]
    [('a', ()), ('b', ('role_flip',)), ('c', ())]
    """
    end = min(end, len(text))
    inside = {place for _, hit in hits for place in (hit.start, hit.end) if start < place < end}
    borders = sorted({start, end} | inside)
    for low, high in itertools.pairwise(borders):
        covering = dict.fromkeys(judge for judge, hit in hits if hit.start <= low and high <= hit.end)
        yield Piece(text[low:high], tuple(covering))


def _floor(transcript: Transcript, *, flagged: frozenset[int], shown: frozenset[int]) -> tuple[Floor, ...]:
    lanes = {name: lane for lane, name in enumerate(transcript.speakers)}
    return tuple(
        Floor(index, lanes[turn.speaker], len(turn.text.split()), index in flagged, index in shown)
        for index, turn in enumerate(transcript.turns[:FLOOR_TURNS])
    )
