"""The features: what is measured of each side of a conversation, and of the conversation as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from analysis.features import measures
from analysis.features.speech import CONVERSATION, Speech, speeches
from analysis.features.words import ENTHUSIASM, FIRST_PERSON, HEDGES, POLITENESS, SECOND_PERSON
from judges.language import foreign_language
from sims.transcript import Transcript

EVERYBODY = ("seeker", "helper", "peer")
UNEQUAL = ("seeker", "helper")
WHOLE = (CONVERSATION,)

FEATURES_VERSION = 2
"""Changes whenever a feature is new, or the same conversation may get other figures.

1: the first. 2: adds `answers_with_question`, `length_matching`, `self_repetition`, `enthusiasm` and `digression_rate`.
What rests on English words has since become missing in other languages; no shipped profile holds such conversations.
"""
COMPARABLE_VERSIONS = frozenset({1, 2})
"""The versions whose features, as far as they have them, are counted as they are now."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One figure of a speech; `measure` gives None where it is missing, for the reason that `missing` names.

    `sides` says of whom it is measured: peers, for instance, are pooled, so their share of the talk would always be 1.
    `judge` names the judge that the figure rests on: another version of it gives other figures. `in_english` says that
    it rests on English words or on a judge of English, so that it is missing for conversations in other languages.
    """

    name: str
    label: str
    unit: str
    counts: str
    missing: str
    measure: Callable[[Speech], float | None]
    sides: tuple[str, ...] = EVERYBODY
    judge: str | None = None
    in_english: bool = False


@dataclass(frozen=True, slots=True)
class SideFeatures:
    """The figures of one side of one conversation, by feature name; None is missing.

    `is_foreign` says that the conversation is not in English, as `judges.language` has it.
    """

    transcript: str
    side: str
    values: Mapping[str, float | None]
    is_foreign: bool = False


def conversation_features(transcript: Transcript) -> tuple[SideFeatures, ...]:
    """The features of each side that takes part, then those of the conversation, as side "conversation".

    Sides are those of `sims.roles.sides`; several speakers of a side are pooled. A side that takes part and says
    nothing has every feature missing; in a conversation that is not in English those are that rest on English. Figures
    have six significant digits, as in profiles, so that ties stay ties. They depend on this transcript alone.
    """
    is_foreign = foreign_language(turn.text for turn in transcript.turns) is not None
    return tuple(
        SideFeatures(transcript.id, speech.side, MappingProxyType(_measured(speech, is_foreign)), is_foreign)
        for speech in speeches(transcript)
    )


def _measured(speech: Speech, is_foreign: bool) -> dict[str, float | None]:
    """The figures of a speech; None for all that cannot be measured of it."""

    def figure(feature: Feature) -> float | None:
        if not speech.turns or (is_foreign and feature.in_english):
            return None
        found = feature.measure(speech)
        return None if found is None else float(f"{found:.6g}")

    return {name: figure(FEATURES[name]) for name in feature_names(speech.side)}


_SILENT = "the side says nothing"

_DECLARED = (
    Feature("words_per_turn", "Turn length", "words", "words in a turn, on average", _SILENT, measures.words_per_turn),
    Feature(
        "turn_length_variation",
        "Variation of turn length",
        "sd / mean",
        "how unequal the turns are in length",
        "fewer than 3 turns",
        measures.turn_length_variation,
    ),
    Feature(
        "question_share",
        "Turns with a question",
        "share of turns",
        "turns with a question mark or worded as a question",
        _SILENT,
        measures.share_of_turns(measures.asks),
        in_english=True,
    ),
    Feature(
        "answers_with_question",
        "Questions met with a question",
        "share of questions",
        "turns after another's question that ask in return",
        "nobody else asks anything",
        measures.answers_with_question,
        in_english=True,
    ),
    Feature(
        "length_matching",
        "Matching the partner's length",
        "rank correlation",
        "whether long turns follow long turns (1) or short ones (-1)",
        "fewer than 5 turns follow another speaker, or all are equally long",
        measures.length_matching,
    ),
    Feature(
        "exclamation_share",
        "Turns with an exclamation",
        "share of turns",
        "turns that hold an exclamation mark",
        _SILENT,
        measures.share_of_turns(lambda turn: "!" in turn.plain),
    ),
    Feature(
        "backchannel_share",
        "Turns that only keep the other talking",
        "share of turns",
        'turns of nothing but "uh-huh", "yeah", "okay", "oh really" and the like',
        _SILENT,
        measures.share_of_turns(measures.is_backchannel),
        in_english=True,
    ),
    Feature(
        "mattr",
        "Variety of words, nearby",
        "ratio",
        "different words among 25 in a row",
        "fewer than 25 words",
        measures.mattr,
    ),
    Feature(
        "hdd",
        "Variety of words, overall",
        "ratio",
        "different words among 42 at random",
        "fewer than 42 words",
        measures.hdd,
    ),
    Feature(
        "formality",
        "Formality",
        "points on the human scale",
        "formality as people rate it (-3 to 3), length left out",
        "no turn can be scored",
        measures.formality,
        judge="formality",
        in_english=True,
    ),
    Feature(
        "metaphor_share",
        "Metaphor",
        "share of words",
        "expected share of words used metaphorically",
        "fewer than 20 words",
        measures.metaphor_share,
        judge="metaphor",
        in_english=True,
    ),
    Feature(
        "hedges",
        "Hedges",
        "per 100 words",
        '"maybe", "I think", "sort of", "a bit" and the like',
        _SILENT,
        measures.per_100_words(HEDGES),
        in_english=True,
    ),
    Feature(
        "politeness",
        "Politeness",
        "per 100 words",
        '"please", "thank you", "sorry", "could you" and the like',
        _SILENT,
        measures.per_100_words(POLITENESS),
        in_english=True,
    ),
    Feature(
        "enthusiasm",
        "Enthusiasm",
        "per 100 words",
        '"great", "love", "amazing", "so glad" and the like',
        _SILENT,
        measures.per_100_words(ENTHUSIASM),
        in_english=True,
    ),
    Feature(
        "partner_repetition",
        "Repeating the partner's words",
        "share of topic words",
        "topic words of a turn that the turn before it holds",
        "no turn with a topic word follows another speaker",
        measures.partner_repetition,
        in_english=True,
    ),
    Feature(
        "self_repetition",
        "Repeating oneself",
        "share of topic words",
        "topic words of a turn that the speaker's own last three turns hold",
        "no turn with a topic word follows an own turn",
        measures.self_repetition,
        in_english=True,
    ),
    Feature(
        "first_person",
        "First person",
        "share of words",
        '"I", "we", "my" and the like',
        _SILENT,
        measures.share_of_words(FIRST_PERSON),
        in_english=True,
    ),
    Feature(
        "second_person",
        "Second person",
        "share of words",
        '"you", "your" and the like',
        _SILENT,
        measures.share_of_words(SECOND_PERSON),
        in_english=True,
    ),
    Feature(
        "word_share",
        "Share of the talk",
        "share of words",
        "words of this side among all words",
        _SILENT,
        measures.word_share,
        UNEQUAL,
    ),
    Feature(
        "dialogue_turns",
        "Length of the conversation, turns",
        "turns",
        "turns of all speakers",
        "nobody says anything",
        measures.dialogue_turns,
        WHOLE,
    ),
    Feature(
        "dialogue_words",
        "Length of the conversation, words",
        "words",
        "words of all speakers",
        "nobody says anything",
        measures.dialogue_words,
        WHOLE,
    ),
    Feature(
        "floor_changes",
        "Changes of speaker",
        "per 100 words",
        "how often another speaker takes over",
        "nobody says anything",
        measures.floor_changes,
        WHOLE,
    ),
    Feature(
        "talk_balance",
        "Balance of the talk",
        "0 to 1",
        "how evenly the words are spread over the cast (1 is evenly)",
        "fewer than 2 participants",
        measures.talk_balance,
        WHOLE,
    ),
    Feature(
        "digression_rate",
        "Turns that digress",
        "share of judged turns",
        "turns that the digression judge flags, knowing this conversation only",
        "no turn can be judged",
        measures.digression_rate,
        WHOLE,
        judge="digression",
        in_english=True,
    ),
)

FEATURES: Mapping[str, Feature] = MappingProxyType({feature.name: feature for feature in _DECLARED})
"""Every feature by name, in the order of reports."""


@cache
def feature_names(side: str) -> tuple[str, ...]:
    """The names of the features that are measured of a side, or of "conversation", in the order of reports."""
    return tuple(name for name, feature in FEATURES.items() if side in feature.sides)


def feature_judges() -> tuple[str, ...]:
    """The names of the judges that features rest on, in alphabetical order."""
    return tuple(sorted({feature.judge for feature in FEATURES.values() if feature.judge}))
