"""The role_flip judge: turns that speak from another participant's role."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

from judges.folds import fold_of
from judges.judgeable import why_not_judged
from judges.role_casts import cast_key, is_service_pair, role_keys
from judges.role_hits import cue_hit, find_hits, stretches_of, turn_score
from judges.role_learning import MIN_CONVERSATIONS, MIN_ROLE_AUC, CastModel, RoleTurn, learn_cast
from judges.role_model import RoleTable, role_grams
from judges.role_pieces import pieces
from judges.role_reading import Evidence, Reading, find_cues, posteriors_of
from judges.role_swaps import Rhythm
from judges.verdict import Verdict, unjudged, verdict_on
from sims.seeds import stable_hash
from sims.transcript import Transcript

NAME = "role_flip"
VERSION = "2"


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
    that are found all the same are its hits, and enter no rate. In an arm of a stress test each turn stands alone: what
    presses on all turns makes them all a little strange, and neighbours that confirm each other's doubt would make an
    inverted stretch of it. Blind spots: English; turns that both roles could say.
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
        casts = {key: _learn(group, self.shipped) for key, group in groups.items() if _can_teach(group)}
        pairs = [transcript for transcript in sample if is_service_pair(transcript.participants)]
        if len(pairs) >= MIN_CONVERSATIONS and any(cast_key(transcript) not in casts for transcript in pairs):
            casts[_ALL_PAIRS] = _learn(pairs, self.shipped)
        return RoleFlipJudge(casts, self.shipped)

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict; `basis` is "batch" where the batch's own role model spoke."""
        if none := why_not_judged(transcript, judge=NAME, version=VERSION):
            return none
        texts = [list(pieces(turn.text)) for turn in transcript.turns]
        grams = [[role_grams(sentence.text) for sentence in spans] for spans in texts]
        if not any(any(turn) for turn in grams):
            return unjudged(transcript, judge=NAME, version=VERSION, reason="empty", detail="no turn holds a word")
        if len({turn.speaker for turn in transcript.turns}) < 2:
            detail = "one participant speaks, so nobody's role can be taken"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="one_speaker", detail=detail)
        return _verdict(Reading(transcript, texts, grams, self._evidence(transcript)))

    def _evidence(self, transcript: Transcript) -> Evidence:
        roles = role_keys(transcript.participants)
        model = self.casts.get(cast_key(transcript))
        if model is None and is_service_pair(transcript.participants):
            model = self.casts.get(_ALL_PAIRS)
        learnt = _learnt_evidence(model, roles, fold_of(transcript)) if model else None
        if learnt and (learnt.tables or not is_service_pair(transcript.participants)):
            return replace(learnt, rhythm=_UNDER_STRESS) if transcript.is_arm else learnt
        tables = {name: table for name, role in roles.items() if (table := self.shipped.get(role))}
        why = "too few conversations" if len(roles) <= _LARGEST_CAST else "too many roles"
        why_none = f"no shipped role model fits these roles, and there are {why} to learn one"
        is_linked = is_service_pair(transcript.participants) and not transcript.is_arm
        return Evidence(tables, "shipped", why_none, _ALONE if is_linked else _APART)


def _learnt_evidence(model: CastModel, roles: Mapping[str, str], fold: int) -> Evidence:
    worst = min((model.auc.get(role, 0.5) for role in roles.values()), default=0.5)
    needed = MIN_ROLE_AUC if set(roles.values()) <= _SIDES else _LINKED_AUC
    tables = {name: model.tables[fold, role] for name, role in roles.items() if (fold, role) in model.tables}
    why_none = f"out-of-fold role AUC {worst:.2f}, needed {needed}"
    return Evidence(tables if worst >= needed else {}, "batch", why_none, _rhythm(model, roles, worst))


def _rhythm(model: CastModel, roles: Mapping[str, str], worst_auc: float) -> Rhythm:
    if len(roles) != 2:
        return _APART
    return model.rhythm if worst_auc >= _LINKED_AUC else _ALONE


_SIDES = frozenset({"seeker", "helper"})
_ALL_PAIRS = "all seeker-helper pairs"
_MAX_TURNS = 20_000
_LARGEST_CAST = 30
"""Roles of a larger cast are not learnt: each would be held to all the others."""
_LINKED_AUC = 0.95
"""Where the roles of a pair are this far apart, swaps are expected as often as the batch shows.

Personas that are no pair of seeker and helper must be this far apart to be judged by words at all: below, their topics
differ and not what they do (all 30 flags read in self-chosen personas and agent teams were wrong)."""
_ALONE = Rhythm(swaps=0.1, tails=0.01, stay=0.3)
"""A pair of which the batch tells little: words say less, and alike in all turns, so more of them must speak."""
_APART = Rhythm(swaps=0.05, tails=0.0, stay=0.0)
"""Three and more have no partner to change places with: each turn stands alone."""
_UNDER_STRESS = Rhythm(swaps=0.3, tails=0.0, stay=0.0)
"""Stress presses on all turns, so each stands alone; and flips are what it is there to bring about.

Chosen on one stress test of the offline actor: of .05 to .3, where at most 2 of 400 clean turns were flagged.
"""


def _can_teach(group: Sequence[Transcript]) -> bool:
    return len(group) >= MIN_CONVERSATIONS and len(group[0].participants) <= _LARGEST_CAST


def _learn(group: Sequence[Transcript], shipped: Mapping[str, RoleTable]) -> CastModel:
    turns: list[RoleTurn] = []
    for transcript in sorted(group, key=lambda one: stable_hash("learn", one.id)):
        if len(turns) < _MAX_TURNS:
            turns.extend(_role_turns(transcript))
    return learn_cast(turns, prior=shipped)


def _role_turns(transcript: Transcript) -> list[RoleTurn]:
    fold, roles = fold_of(transcript), role_keys(transcript.participants)
    turns = []
    for turn in transcript.turns:
        grams = (tuple(role_grams(sentence.text)) for sentence in pieces(turn.text))
        turns.append(RoleTurn(transcript.id, fold, roles[turn.speaker], tuple(one for one in grams if one)))
    return turns


def _verdict(reading: Reading) -> Verdict:
    cues = find_cues(reading)
    if not reading.evidence.tables:
        detail = f"roles not distinguishable by text: {reading.evidence.why_none}"
        signs = [cue_hit(reading, index, cue, "") for index, of_turn in enumerate(cues) for cue in of_turn]
        return unjudged(
            reading.transcript, judge=NAME, version=VERSION, reason="roles_indistinct", detail=detail, hits=signs
        )
    posteriors = posteriors_of(reading, cues)
    scores = [turn_score(reading, index, posteriors[index], cues[index]) for index in range(len(cues))]
    hits = find_hits(reading, cues, posteriors, threshold=shipped_figures().threshold)
    return verdict_on(
        reading.transcript,
        judge=NAME,
        version=VERSION,
        turn_scores=scores,
        hits=hits,
        basis=reading.evidence.basis,
        meta={"stretches": stretches_of(reading, hits)},
    )
