"""The ending judge: conversations that do not end, end too soon, or go on after the farewell.

Definition. A conversation has one score, at its last turn with words: the worst of the following, 0 where it ends
well. `missing`: it was stopped by a limit (`stop_reason` is max_turns or max_tokens) with a question unanswered (1) or
without farewell (.8); or nobody recorded why it stopped and its last turn asks (.4, no hit: excerpts end like that).
`premature`: a farewell or end mark answers a question of substance with nothing (1), or comes before the third turn
(.8). `overrun`: after each of two speakers has said farewell the conversation goes on: turns that only part and thank
again, from the fifth on (.7), or turns with new matter (.6). Scores from .6 on are flagged, an overrun at the turn
where it starts.

Blind spots: English farewells. Whether the task was done is not known, only whether something was left open. Groups
part one by one, so an overrun is looked for between two speakers only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from judges.courtesy import is_courtesy
from judges.judgeable import RuleJudge
from judges.text_features import Span, sentences, without_markers, words
from judges.verdict import Hit, Verdict, verdict_on
from sims.transcript import Transcript

NAME = "ending"
VERSION = "1"
THRESHOLD = 0.6
_LEAST_TURNS = 2
_LIMITS = frozenset({"max_turns", "max_tokens"})
_MOST_PARTING_TURNS = 4
"""After both have parted, a few more courtesies are usual: "You too!" - "Bye.", spoken ones in pieces."""
_LONGEST_FAREWELL = 40
_END_MARK = re.compile(
    r"\[(?:DONE|END|STOP)\]|<[A-Z_]{0,30}(?:DONE|END|STOP)[A-Z_]{0,30}>|(?<!#)#{2,}(?:STOP|DONE|END)#{2,}|\bTERMINATE\b"
)
_FAREWELL = re.compile(
    r"\b(?:good)?bye\b|\bbye-bye\b|\bfarewell\b|\bsee (?:you|ya)\b|\bso long\b|\btake care\b|\bgood night\b|\bcheers\b"
    r"|(?<!\bI )\b(?:have|enjoy) (?:an?|the rest of|your) (?!account|order|question|booking)(?:[\w']+ ){0,3}"
    r"(?:day|evening|night|weekend|afternoon|morning|week|one|time|trip|flight|stay|meal)\b(?! off)"
    r"|\btalk (?:to you )?(?:later|soon)\b|\bcatch you later\b|\bnice (?:talking|chatting|speaking) (?:to|with) you\b",
    re.IGNORECASE,
)
_CLOSING_OFFER = re.compile(
    r"\b(?:anything|something|any) (?:else|other|more|further)\b|\banything I can\b|\bhow are you\b|\bok(?:ay)?\?"
    r"|\bright\?"
    r"|\bis that all\b|\bwill that be all\b|\byou know\?|\bare you (?:satisfied|happy)\b"
    r"|\b(?:more|other|further) questions\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with an ending, and at which turn it shows."""

    kind: str
    score: float
    turn: int
    reason: str


class EndingJudge(RuleJudge):
    """Scores a conversation at its last turn, in [0, 1]; flags `missing`, `premature` and `overrun` endings."""

    name = NAME
    version = VERSION

    def look(self, transcript: Transcript) -> Verdict:
        """The verdict: one score; None for every turn but the last with words, and the one where an overrun starts.

        A conversation that a watching judge stopped has no ending of its own: None throughout.
        """
        if transcript.stop_reason == "aborted":
            return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=[None] * len(transcript.turns))
        last = max(index for index, turn in enumerate(transcript.turns) if turn.text.strip())
        faults = [fault for find in (_missing, _premature, _overrun) if (fault := find(transcript, last))]
        scores: list[float | None] = [None] * len(transcript.turns)
        scores[last] = max((fault.score for fault in faults), default=0.0)
        hits = []
        for fault in faults:
            if fault.score >= THRESHOLD:
                scores[fault.turn] = max(fault.score, scores[fault.turn] or 0.0)
                hits.append(_hit(transcript.turns[fault.turn].text, fault))
        return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits)


def is_farewell(text: str) -> bool:
    """Whether a text parts: a farewell in its last sentences, or an end mark.

    >>> is_farewell("Thanks, that's all. Have a great day!"), is_farewell("Have a look at your account.")
    (True, False)
    """
    return bool(_END_MARK.search(text) or _FAREWELL.search(text[-_LONGEST_FAREWELL * 4 :]))


def open_question(text: str) -> Span | None:
    """The last sentence, where it asks something other than whether there is anything else."""
    bare = list(sentences(text))
    if not bare or not bare[-1].text.rstrip("\"'*)”’ ").endswith("?") or _CLOSING_OFFER.search(bare[-1].text):
        return None
    return bare[-1]


def _missing(transcript: Transcript, last: int) -> _Fault | None:
    if _parts_at(transcript, last):
        return None
    text = transcript.turns[last].text
    is_limited = transcript.stop_reason in _LIMITS
    if open_question(text):
        if is_limited:
            return _Fault("missing", 1.0, last, f"stopped at {transcript.stop_reason} with this question unanswered")
        return _Fault("missing", 0.4, last, "ends on a question") if transcript.stop_reason is None else None
    if is_limited:
        return _Fault("missing", 0.8, last, f"stopped at {transcript.stop_reason}; nobody had said goodbye")
    return None


def _parts_at(transcript: Transcript, last: int) -> bool:
    """Whether the last turn or the one before it parts."""
    return any(is_farewell(turn.text) for turn in transcript.turns[max(0, last - 1) : last + 1])


def _premature(transcript: Transcript, last: int) -> _Fault | None:
    closing = transcript.turns[last]
    if last < 1 or not (is_farewell(closing.text) or transcript.stop_reason == "agent_done"):
        return None
    if transcript.stop_reason == "agent_done" and open_question(_without_end_marks(closing.text)):
        return _Fault("premature", 1.0, last, "ends the conversation with a question that nobody can answer any more")
    asked = transcript.turns[last - 1]
    if asked.speaker != closing.speaker and open_question(asked.text) and _answers_nothing(closing.text):
        return _Fault("premature", 1.0, last, f"parts without an answer to the question in turn {last - 1}")
    if last < _LEAST_TURNS:
        return _Fault("premature", 0.8, last, f"parts in turn {last}, before anything is settled")
    return None


def _answers_nothing(text: str) -> bool:
    """Whether a parting turn has no word but courtesies, and neither yes nor no."""
    said = words(_without_end_marks(text))
    has_reply = any(word in ("yes", "yeah", "yep", "no", "nope", "sure", "okay", "ok", "please") for word in said)
    return is_courtesy(said) and not has_reply


def _without_end_marks(text: str) -> str:
    return without_markers(_END_MARK.sub(" ", text))


def _overrun(transcript: Transcript, last: int) -> _Fault | None:
    turns = transcript.turns
    if len({turn.speaker for turn in turns}) != 2:
        return None
    parted = _both_parted(transcript, last)
    if parted is None:
        return None
    after = range(parted + 1, last + 1)
    new = next((index for index in after if not _only_parts(turns[index].text)), None)
    if new is not None:
        return _Fault("overrun", 0.6, new, f"goes on although both had said goodbye by turn {parted}")
    if len(after) > _MOST_PARTING_TURNS:
        start = after[_MOST_PARTING_TURNS]
        return _Fault(
            "overrun", 0.7, start, f"{len(after)} more turns of goodbyes after both had parted by turn {parted}"
        )
    return None


def _both_parted(transcript: Transcript, last: int) -> int | None:
    """The first turn by which two speakers have said farewell, one right after the other."""
    turns = transcript.turns
    for index in range(1, last + 1):
        before, here = turns[index - 1], turns[index]
        if before.speaker != here.speaker and is_farewell(here.text) and is_farewell(before.text):
            return index
    return None


def _only_parts(text: str) -> bool:
    said = words(_without_end_marks(text))
    return is_courtesy(said) or (len(said) <= _LONGEST_FAREWELL and is_farewell(text) and not open_question(text))


def _hit(text: str, fault: _Fault) -> Hit:
    quote = list(sentences(text))[-1] if fault.kind != "overrun" else next(sentences(text))
    return Hit(fault.turn, fault.score, fault.kind, quote.text, quote.start, quote.end, fault.reason)
