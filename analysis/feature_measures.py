"""How each feature is counted; every function takes a `Speech` that holds at least one turn.

Word lists are English: in other languages the figures that rest on them mean nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma, log
from statistics import fmean, stdev

from analysis.feature_words import BACKCHANNELS, FUNCTION_WORDS
from analysis.speech import Speech, SpokenTurn
from judges.formality import formality_scores
from judges.metaphor import metaphor_words

MATTR_WINDOW = 25
HDD_SAMPLE = 42
METAPHOR_MIN_WORDS = 20


def words_per_turn(speech: Speech) -> float:
    """The mean number of words in a turn."""
    return len(speech.words) / len(speech.turns)


def turn_length_variation(speech: Speech) -> float | None:
    """The standard deviation of turn length over its mean; None under 3 turns."""
    if len(speech.turns) < 3:
        return None
    return stdev(len(turn.words) for turn in speech.turns) / words_per_turn(speech)


def share_of_turns(is_counted: Callable[[SpokenTurn], bool]) -> Callable[[Speech], float]:
    """A measure: the share of turns that are counted, in [0, 1]."""
    return lambda speech: sum(map(is_counted, speech.turns)) / len(speech.turns)


def is_backchannel(turn: SpokenTurn) -> bool:
    """Whether the turn holds nothing but words that keep the other side talking."""
    return BACKCHANNELS.issuperset(turn.words)


def share_of_words(counted: frozenset[str]) -> Callable[[Speech], float]:
    """A measure: the share of words that are among those counted, in [0, 1]."""
    return lambda speech: sum(word in counted for word in speech.words) / len(speech.words)


def per_100_words(pattern: re.Pattern[str]) -> Callable[[Speech], float]:
    """A measure: matches of the pattern in 100 words."""

    def rate(speech: Speech) -> float:
        found = sum(len(pattern.findall(turn.plain)) for turn in speech.turns)
        return 100 * found / len(speech.words)

    return rate


def mattr(speech: Speech) -> float | None:
    """The moving-average type-token ratio over windows of 25 words, in (0, 1]; None under 25 words.

    Source: Covington & McFall (2010). Unlike the plain ratio it does not fall with the length of the text.
    """
    said = speech.words
    if len(said) < MATTR_WINDOW:
        return None
    inside = Counter(said[:MATTR_WINDOW])
    types = different = len(inside)
    for leaving, entering in zip(said, said[MATTR_WINDOW:], strict=False):
        inside[entering] += 1
        different += inside[entering] == 1
        inside[leaving] -= 1
        different -= inside[leaving] == 0
        types += different
    return types / (MATTR_WINDOW * (len(said) - MATTR_WINDOW + 1))


def hdd(speech: Speech) -> float | None:
    """HD-D: the expected type-token ratio of 42 words drawn at random, in (0, 1]; None under 42 words.

    Source: McCarthy & Jarvis (2007). A word said f times among n is missed with chance C(n - f, 42) / C(n, 42).
    """
    n = len(speech.words)
    if n < HDD_SAMPLE:
        return None
    words_said_times = Counter(Counter(speech.words).values())
    expected = sum(count * (1 - _missed(n, times)) for times, count in words_said_times.items())
    return expected / HDD_SAMPLE


@lru_cache(maxsize=65_536)
def _missed(n: int, times: int) -> float:
    """The chance that 42 of n words hold none of those said `times` times."""
    if n - times < HDD_SAMPLE:
        return 0.0
    logs = lgamma(n - times + 1) - lgamma(n - times - HDD_SAMPLE + 1) - lgamma(n + 1) + lgamma(n - HDD_SAMPLE + 1)
    return exp(logs)


def partner_repetition(speech: Speech) -> float | None:
    """The mean share of a turn's topic words that the turn before holds, in [0, 1]; None where no turn tells."""
    shares = [_share_repeated(turn) for turn in speech.turns if turn.before]
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def _share_repeated(turn: SpokenTurn) -> float | None:
    """The share of a turn's different topic words that the turn before it holds; None where it has none."""
    topic = set(turn.words) - FUNCTION_WORDS
    return len(topic.intersection(turn.before)) / len(topic) if topic else None


def formality(speech: Speech) -> float | None:
    """The mean length-free formality of the turns that can be scored, each weighted by its words; about -3 to 3."""
    scored = [(formality_scores(turn.raw), len(turn.words)) for turn in speech.turns]
    known = [(found.length_free, weight) for found, weight in scored if found is not None]
    return fmean((value for value, _ in known), (weight for _, weight in known)) if known else None


def metaphor_share(speech: Speech) -> float | None:
    """The mean chance that a word is used metaphorically, in [0, 1]; None under 20 words.

    Blind spot: the judge goes by the word more than by its context, so stock phrases ("that's great", "a lot") count.
    In persona chat that alone makes a model look more metaphorical than people, where a context model found it less
    so. An interval speaks of sampling, not of this: do not rest a conclusion on this feature alone.
    """
    if len(speech.words) < METAPHOR_MIN_WORDS:
        return None
    scores = [token.probability for turn in speech.turns for token in metaphor_words(turn.plain)]
    return fmean(scores) if scores else None


def word_share(speech: Speech) -> float:
    """The share of all words that this side says, in [0, 1]."""
    return len(speech.words) / speech.conversation_words


def dialogue_turns(speech: Speech) -> float:
    """The number of turns."""
    return float(len(speech.turns))


def dialogue_words(speech: Speech) -> float:
    """The number of words."""
    return float(len(speech.words))


def floor_changes(speech: Speech) -> float:
    """How often another speaker takes over, in 100 words."""
    return 100 * (len(speech.turns) - 1) / len(speech.words)


def talk_balance(speech: Speech) -> float | None:
    """The entropy of the speakers' shares of the words over its maximum, in [0, 1]."""
    if speech.cast < 2:
        return None
    said: Counter[str] = Counter()
    for turn in speech.turns:
        said[turn.speaker] += len(turn.words)
    shares = [count / len(speech.words) for count in said.values()]
    return -sum(share * log(share) for share in shares) / log(speech.cast) + 0.0
