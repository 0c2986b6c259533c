"""The role_flip judge: turns that speak from another participant's role."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any, Literal

from judges.courtesy import is_courtesy
from judges.folds import fold_of
from judges.role_casts import cast_key, is_service_pair, role_keys
from judges.role_cues import (
    Cue,
    echo_cue,
    find_protocol,
    introduction_cues,
    label_cues,
    leak_cues,
    offer_cues,
    role_name,
)
from judges.role_learning import (
    MIN_CONVERSATIONS,
    MIN_ROLE_AUC,
    RARE,
    CastModel,
    Rhythm,
    RoleTurn,
    learn_cast,
)
from judges.role_model import RoleTable, is_everyday, role_grams
from judges.role_pieces import pieces
from judges.role_swaps import swap_posteriors
from judges.text_features import Span, is_foreign_script, words
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.seeds import stable_hash
from sims.transcript import Participant, Transcript

NAME = "role_flip"
VERSION = "2"
_CUE_SCORE = 0.99
_CUE_LLR = 8.0


@dataclass(frozen=True, slots=True)
class ShippedFigures:
    """What was fitted beforehand: role tables of seeker and helper, and the threshold, a posterior in [0, 1]."""

    tables: Mapping[str, RoleTable]
    threshold: float


@cache
def shipped_figures() -> ShippedFigures:
    """The figures in `weights/role_flip.json`, whose sources and measurements stand in the same file."""
    stored = json.loads(resources.files("judges").joinpath("weights/role_flip.json").read_text(encoding="utf-8"))
    return ShippedFigures(pair_tables(stored["bias"], stored["weights"]), stored["threshold"])


def pair_tables(bias: float, weights: Mapping[str, float]) -> dict[str, RoleTable]:
    """The tables of seeker and helper from one bias and weight by sequence, positive where helpers say it."""
    against_helper = {gram: -weight for gram, weight in weights.items()}
    return {
        "seeker": RoleTable(bias, weights, min(bias, 0.0)),
        "helper": RoleTable(-bias, against_helper, min(-bias, 0.0)),
    }


@dataclass(frozen=True, slots=True)
class RoleFlipJudge:
    """Scores each turn with the chance, in [0, 1], that it speaks from another participant's role.

    Two kinds of evidence. Words: log likelihood ratios of a role model learnt from the other conversations of the
    batch (by scenario, or by source; all seeker-helper pairs together where that is too little), or the shipped one;
    joined over the turns of a pair by a two-state hidden Markov model, so that an inverted stretch is found as one.
    Signs: leaked reasoning, foreign labels, introductions as the partner, CAMEL's protocol marks, echo.
    None for turns without words. Kinds: flip, echo, leak, interruption. `meta["stretches"]` says where roles
    were taken: first and last turn, who speaks first there, and whose role it is.
    Turns that only greet, thank or agree have a score but are flagged only within an inverted stretch.

    Where roles cannot be told apart (out-of-fold AUC below .8) the verdict is `unjudged` for "roles_indistinct"; signs
    that are found all the same are its hits, and enter no rate. Blind spots: English; turns that both roles could say.
    """

    casts: Mapping[str, CastModel] = field(default_factory=dict)
    shipped: Mapping[str, RoleTable] = field(default_factory=lambda: shipped_figures().tables)

    @property
    def name(self) -> str:
        """Always "role_flip"."""
        return NAME

    @property
    def version(self) -> str:
        """Changes with rules and figures."""
        return VERSION

    def prepare(self, sample: Sequence[Transcript]) -> RoleFlipJudge:
        """A judge that knows who says what in these conversations."""
        groups: dict[str, list[Transcript]] = {}
        for transcript in sample:
            groups.setdefault(cast_key(transcript), []).append(transcript)
        casts = {key: _learn(group, self.shipped) for key, group in groups.items() if len(group) >= MIN_CONVERSATIONS}
        pairs = [transcript for transcript in sample if is_service_pair(transcript.participants)]
        if len(pairs) >= MIN_CONVERSATIONS and any(cast_key(transcript) not in casts for transcript in pairs):
            casts[_ALL_PAIRS] = _learn(pairs, self.shipped)
        return RoleFlipJudge(casts, self.shipped)

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict; `basis` is "batch" where the batch's own role model spoke."""
        if is_foreign_script(turn.text for turn in transcript.turns):
            detail = "no turn is in Latin script; this judge knows English only"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="language", detail=detail)
        texts = [list(pieces(turn.text)) for turn in transcript.turns]
        grams = [[role_grams(sentence.text) for sentence in spans] for spans in texts]
        if not any(any(turn) for turn in grams):
            return unjudged(transcript, judge=NAME, version=VERSION, reason="empty", detail="no turn holds a word")
        if len({turn.speaker for turn in transcript.turns}) < 2:
            detail = "one participant speaks, so nobody's role can be taken"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="one_speaker", detail=detail)
        return _verdict(_Reading(transcript, texts, grams, self._evidence(transcript)))

    def _evidence(self, transcript: Transcript) -> _Evidence:
        roles = role_keys(transcript.participants)
        model = self.casts.get(cast_key(transcript))
        if model is None and is_service_pair(transcript.participants):
            model = self.casts.get(_ALL_PAIRS)
        learnt = _learnt_evidence(model, roles, fold_of(transcript.id)) if model else None
        if learnt and (learnt.tables or not is_service_pair(transcript.participants)):
            return learnt
        tables = {name: table for name, role in roles.items() if (table := self.shipped.get(role))}
        why_none = "no shipped role model fits these roles, and there are too few conversations to learn one"
        return _Evidence(tables, "shipped", why_none, is_linked=False)


def _learnt_evidence(model: CastModel, roles: Mapping[str, str], fold: int) -> _Evidence:
    worst = min((model.auc.get(role, 0.5) for role in roles.values()), default=0.5)
    needed = MIN_ROLE_AUC if set(roles.values()) <= _SIDES else _LINKED_AUC
    tables = {name: model.tables[fold, role] for name, role in roles.items() if (fold, role) in model.tables}
    why_none = f"out-of-fold role AUC {worst:.2f}, needed {needed}"
    is_linked = len(roles) == 2 and worst >= _LINKED_AUC
    return _Evidence(tables if worst >= needed else {}, "batch", why_none, is_linked, model.rhythm)


_SIDES = frozenset({"seeker", "helper"})
_ALL_PAIRS = "all seeker-helper pairs"
_THANKS = frozenset({"^ thank", "^ thanks"})
_MAX_TURNS = 20_000
_LINKED_AUC = 0.95
"""Only where roles are this far apart does a turn inherit its neighbours' evidence of an inverted stretch.

Personas that are no pair of seeker and helper must be this far apart to be judged by words at all: below, their topics
differ and not what they do (all 30 flags read in self-chosen personas and agent teams were wrong)."""


def _learn(group: Sequence[Transcript], shipped: Mapping[str, RoleTable]) -> CastModel:
    turns: list[RoleTurn] = []
    for transcript in sorted(group, key=lambda one: stable_hash("learn", one.id)):
        if len(turns) < _MAX_TURNS:
            turns.extend(_role_turns(transcript))
    return learn_cast(turns, prior=shipped)


def _role_turns(transcript: Transcript) -> list[RoleTurn]:
    fold, roles = fold_of(transcript.id), role_keys(transcript.participants)
    turns = []
    for turn in transcript.turns:
        grams = (tuple(role_grams(sentence.text)) for sentence in pieces(turn.text))
        turns.append(RoleTurn(transcript.id, fold, roles[turn.speaker], tuple(one for one in grams if one)))
    return turns


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Role tables by participant, what they rest on, why one may be missing, and whether turns bear on each other."""

    tables: Mapping[str, RoleTable]
    basis: Literal["batch", "shipped"]
    why_none: str
    is_linked: bool
    rhythm: Rhythm = RARE


@dataclass(frozen=True, slots=True)
class _Reading:
    """One transcript taken apart, with what is known of its roles."""

    transcript: Transcript
    texts: Sequence[Sequence[Span]]
    grams: Sequence[Sequence[list[str]]]
    evidence: _Evidence

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


def _verdict(reading: _Reading) -> Verdict:
    cues = _cues(reading)
    if not reading.evidence.tables:
        detail = f"roles not distinguishable by text: {reading.evidence.why_none}"
        signs = [_cue_hit(reading, index, cue, "") for index, of_turn in enumerate(cues) for cue in of_turn]
        return unjudged(
            reading.transcript, judge=NAME, version=VERSION, reason="roles_indistinct", detail=detail, hits=signs
        )
    posteriors = _posteriors(reading, cues)
    scores = [_score(reading, index, posteriors[index], cues[index]) for index in range(len(cues))]
    hits = _hits(reading, cues, posteriors)
    return verdict_on(
        reading.transcript,
        judge=NAME,
        version=VERSION,
        turn_scores=scores,
        hits=hits,
        basis=reading.evidence.basis,
        meta={"stretches": _stretches(reading, hits)},
    )


def _cues(reading: _Reading) -> list[list[Cue]]:
    transcript = reading.transcript
    protocol = find_protocol(transcript)
    seeker = {side: name for name, side in role_keys(transcript.participants).items()}.get("seeker")
    cues: list[list[Cue]] = []
    for index, turn in enumerate(transcript.turns):
        speaker, others = transcript.participant(turn.speaker), reading.others(index)
        found = [
            *leak_cues(turn.text, speaker),
            *label_cues(turn.text, speaker, others),
            *introduction_cues(turn.text, speaker, others),
            *(offer_cues(turn.text, others) if seeker == turn.speaker else ()),
        ]
        marked = protocol.cue(index, turn.speaker, turn.text) if protocol else None
        before = transcript.turns[index - 1] if index else None
        echoed = echo_cue(turn.text, before.text) if before and before.speaker != turn.speaker else None
        cues.append([*found, *(cue for cue in (marked, echoed) if cue)])
    return cues


def _posteriors(reading: _Reading, cues: Sequence[Sequence[Cue]]) -> list[float]:
    rhythm = reading.evidence.rhythm
    llrs = [
        _llr(reading, index) + _CUE_LLR * any(cue.kind == "flip" for cue in cues[index]) for index in range(len(cues))
    ]
    return swap_posteriors(llrs, start=rhythm.start, stay=rhythm.stay if reading.evidence.is_linked else rhythm.start)


def _llr(reading: _Reading, index: int) -> float:
    table = reading.table(index)
    if table is None:
        return 0.0
    copied = reading.partner_grams(index)
    by_sentence = [[gram for gram in one if gram not in copied or is_everyday(gram)] for one in reading.grams[index]]
    return table.turn_llr(by_sentence)


def _score(reading: _Reading, index: int, posterior: float, cues: Sequence[Cue]) -> float | None:
    if cues:
        return max(posterior, _CUE_SCORE)
    is_judged = any(reading.grams[index]) and reading.table(index) is not None
    return posterior if is_judged else None


def _hits(reading: _Reading, cues: Sequence[Sequence[Cue]], posteriors: Sequence[float]) -> list[Hit]:
    threshold = shipped_figures().threshold
    is_flip = [
        posterior >= threshold and any(grams) for posterior, grams in zip(posteriors, reading.grams, strict=True)
    ]
    hits: list[Hit] = []
    for index, of_turn in enumerate(cues):
        stretch = _stretch(is_flip, index) if reading.evidence.is_linked else ""
        hits.extend(_cue_hit(reading, index, cue, stretch) for cue in of_turn)
        is_told = any(cue.kind in ("flip", "echo") for cue in of_turn)
        if is_flip[index] and reading.table(index) and not is_told and (stretch or reading.has_content(index)):
            hits.append(_word_hit(reading, index, posteriors[index], stretch))
    return hits


def _stretches(reading: _Reading, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Where roles were taken: first and last turn, who speaks first there, and as whom."""
    flipped = sorted({hit.turn for hit in hits if hit.kind == "flip"})
    runs: list[list[int]] = []
    for index in flipped:
        if runs and reading.evidence.is_linked and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [{"first": run[0], "last": run[-1], **_who_took_what(reading, run[0])} for run in runs]


def _who_took_what(reading: _Reading, index: int) -> dict[str, str]:
    speaker = reading.transcript.turns[index].speaker
    table = reading.table(index)
    grams = reading.most_foreign(index, table)[1] if table and any(reading.grams[index]) else []
    return {"speaker": speaker, "taken": _role_taken(reading, index, grams).name}


def _cue_hit(reading: _Reading, index: int, cue: Cue, stretch: str) -> Hit:
    turn = reading.transcript.turns[index]
    quote = turn.text[cue.start : cue.end]
    reason = f"{turn.speaker} {cue.reason}" + (stretch if cue.kind == "flip" else "")
    return Hit(index, _CUE_SCORE, cue.kind, quote, cue.start, cue.end, reason)


def _word_hit(reading: _Reading, index: int, posterior: float, stretch: str) -> Hit:
    speaker = reading.transcript.turns[index].speaker
    table = reading.evidence.tables[speaker]
    quote, grams = reading.most_foreign(index, table)
    taken = _role_taken(reading, index, grams)
    telling = ", ".join(f'"{phrase}"' for phrase in table.telling(grams))
    reason = f"{speaker} speaks as {role_name(taken)} ({taken.name}) would" + (f": {telling}" if telling else "")
    return Hit(index, round(posterior, 6), "flip", quote.text, quote.start, quote.end, reason + stretch)


def _role_taken(reading: _Reading, index: int, grams: Sequence[str]) -> Participant:
    def foreignness(other: Participant) -> float:
        table = reading.evidence.tables.get(other.name)
        return table.sentence_llr(grams) if table else math.inf

    return min(reading.others(index), key=foreignness)


def _stretch(is_flip: Sequence[bool], index: int) -> str:
    """Which turns around this one are inverted too, in words; "" where it is alone."""
    first = last = index
    while first and is_flip[first - 1]:
        first -= 1
    while last + 1 < len(is_flip) and is_flip[last + 1]:
        last += 1
    return f"; turns {first} to {last} are inverted" if is_flip[index] and last > first else ""
