"""One transcript taken apart for the role_flip judge: its pieces, the signs in them, what their words say of roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from judges.courtesy import is_courtesy
from judges.role_casts import role_keys
from judges.role_cue import Cue
from judges.role_cues import echo_cue, find_protocol, introduction_cues, label_cues, offer_cues
from judges.role_leaks import leak_cues
from judges.role_model import RoleTable, is_everyday
from judges.role_swaps import Rhythm, swap_posteriors
from judges.text_features import Span, words
from sims.transcript import Participant, Transcript

_CUE_LLR = 8.0
_LARGEST_CAST = 100
"""In a larger cast nobody is looked for by name or role: each turn would have to be held to everybody."""
_THANKS = frozenset({"^ thank", "^ thanks"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the roles: a table by participant, what they rest on, and why one may be missing.

    `rhythm` is how swaps are expected to go; `is_linked` is whether neighbouring turns bear on each other.
    """

    tables: Mapping[str, RoleTable]
    basis: Literal["batch", "shipped"]
    why_none: str
    rhythm: Rhythm

    @property
    def is_linked(self) -> bool:
        """Whether a turn inherits its neighbours' evidence of an inverted stretch."""
        return self.rhythm.stay > 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One transcript taken apart, with what is known of its roles."""

    transcript: Transcript
    texts: Sequence[Sequence[Span]]
    grams: Sequence[Sequence[list[str]]]
    evidence: Evidence

    def others(self, index: int) -> list[Participant]:
        """Who else takes part, seen from the speaker of a turn."""
        speaker = self.transcript.turns[index].speaker
        return [participant for participant in self.transcript.participants if participant.name != speaker]

    def partner_grams(self, index: int) -> frozenset[str]:
        """What somebody else said just before: a topic taken up from there tells nothing of a role."""
        turns = self.transcript.turns
        if not index or turns[index - 1].speaker == turns[index].speaker:
            return frozenset()
        return frozenset(chain.from_iterable(self.grams[index - 1]))

    def has_content(self, index: int) -> bool:
        """Whether a turn says more than greeting, thanks, assent or farewell, which nobody's role owns."""
        if is_courtesy(words(self.transcript.turns[index].text)):
            return False
        table = self.table(index)
        return table is None or self.most_foreign(index, table)[1][0] not in _THANKS

    def most_foreign(self, index: int, table: RoleTable) -> tuple[Span, list[str]]:
        """The sentence of a turn that speaks most for another role, the first of equals, and its sequences."""
        spoken = [(span, grams) for span, grams in zip(self.texts[index], self.grams[index], strict=True) if grams]
        return max(spoken, key=lambda one: (table.sentence_llr(one[1]), -one[0].start))

    def table(self, index: int) -> RoleTable | None:
        """The table of the speaker of a turn."""
        return self.evidence.tables.get(self.transcript.turns[index].speaker)


def find_cues(reading: Reading) -> list[list[Cue]]:
    """The signs of each turn that need no model."""
    transcript = reading.transcript
    protocol = find_protocol(transcript)
    seeker = {side: name for name, side in role_keys(transcript.participants).items()}.get("seeker")
    cast = {participant.name: participant for participant in transcript.participants}
    cues: list[list[Cue]] = []
    for index, turn in enumerate(transcript.turns):
        speaker, others = cast[turn.speaker], reading.others(index) if len(cast) <= _LARGEST_CAST else []
        found = [
            *leak_cues(turn.text, speaker, others),
            *label_cues(turn.text, speaker, others),
            *introduction_cues(turn.text, speaker, others),
            *(offer_cues(turn.text, others) if seeker == turn.speaker else ()),
        ]
        marked = protocol.cue(index, turn.speaker, turn.text) if protocol else None
        before = transcript.turns[index - 1] if index else None
        echoed = echo_cue(turn.text, before.text) if before and before.speaker != turn.speaker else None
        cues.append([*found, *(cue for cue in (marked, echoed) if cue)])
    return cues


def posteriors_of(reading: Reading, cues: Sequence[Sequence[Cue]]) -> list[float]:
    """The chance of each turn to be flipped, in [0, 1], by its words, its signs and the turns around it."""
    llrs = [
        _llr(reading, index) + _CUE_LLR * any(cue.kind == "flip" for cue in cues[index]) for index in range(len(cues))
    ]
    return swap_posteriors(llrs, reading.evidence.rhythm)


def _llr(reading: Reading, index: int) -> float:
    table = reading.table(index)
    if table is None:
        return 0.0
    copied = reading.partner_grams(index)
    by_sentence = [[gram for gram in one if gram not in copied or is_everyday(gram)] for one in reading.grams[index]]
    return table.turn_llr(by_sentence)
