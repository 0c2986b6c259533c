"""Scores of flat texts, outside any conversation, by the judges that can judge a text on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import mul
from types import MappingProxyType
from typing import Any, Literal

from judges.catalogue import judge_names
from judges.embeddings import DEFAULT_MODEL, Encoder
from judges.text_features import is_latin
from sims.errors import UnknownNameError, UsageError

Unscored = Literal["empty", "too_short", "language"]


@dataclass(frozen=True, slots=True)
class TextScore:
    """What a judge says of a text: its score in the judge's own unit, or the reason why there is none.

    `details` is what else the judge knows, as plain data: "tokens" of metaphor with their places in the text and the
    95 % interval of the share; "length_free" and "drivers" of formality.
    """

    score: float | None
    unscored: Unscored | None
    details: Mapping[str, Any]


def score_texts(judge: str, texts: Iterable[str], *, encoder: Encoder | None = None) -> Iterator[TextScore]:
    """The scores of the texts, in their order; a stream.

    Raises:
        UnknownNameError: there is no such judge.
        UsageError: the judge needs a conversation, or has no weights for the encoder.
    """
    check_text_judge(judge, encoder=encoder)
    scorer = _SCORERS[judge]
    return (scorer(text, encoder) for text in texts)


def check_text_judge(judge: str, *, encoder: Encoder | None = None) -> None:
    """Return when the judge can judge a text on its own, with the encoder where one is given.

    Raises:
        UnknownNameError: there is no such judge.
        UsageError: the judge needs a conversation, or has no weights for the encoder.
    """
    if judge not in _SCORERS and judge in judge_names():
        able = " and ".join(_SCORERS)
        raise UsageError(f"{judge} needs a conversation; {able} score flat texts (simstress judge takes transcripts)")
    if judge not in _SCORERS:
        raise UnknownNameError("judge of flat texts", judge, _SCORERS)
    if encoder is not None and not _HAS_WEIGHTS[judge](encoder.name):
        raise UsageError(
            f"{judge} has no weights for embeddings of {encoder.name!r}; there are some for {DEFAULT_MODEL}"
        )


def _formality(text: str, encoder: Encoder | None) -> TextScore:
    from judges.formality import formality_scores

    found = formality_scores(text)
    if found is None:
        return TextScore(None, "empty" if is_latin(text) else "language", {"length_free": None, "drivers": []})
    full = found.full if encoder is None else _embedded_formality(text, encoder)
    drivers = [{"feature": one.feature, "effect": _six_digits(one.effect)} for one in found.drivers]
    return TextScore(_six_digits(full), None, {"length_free": _six_digits(found.length_free), "drivers": drivers})


def _embedded_formality(text: str, encoder: Encoder) -> float:
    """The full score of a text that has one, as the judge computes it for a turn."""
    from judges.formality_features import canonical
    from judges.formality_scale import embedded_scale, measure_text

    embedded, measured = embedded_scale(encoder.name), measure_text(text)
    if embedded is None or measured is None:
        raise ValueError(f"no formality of {text[:80]!r} with {encoder.name}")
    (vector,) = encoder.encode([canonical(text)]).tolist()
    added = sum(map(mul, embedded.vector, vector))
    return embedded.scale.scores(embedded.scale.effects(measured), embedded=added)[0]


def _metaphor(text: str, encoder: Encoder | None) -> TextScore:
    from judges.metaphor import metaphor_words, share_interval

    if not is_latin(text):
        return TextScore(None, "language", {"ci_low": None, "ci_high": None, "tokens": []})
    found = metaphor_words(text, encoder=encoder)
    tokens = [{"text": one.text, "start": one.start, "end": one.end, "score": _six_digits(one.score)} for one in found]
    share = share_interval(found, model=encoder.name if encoder else "table")
    if share is None:
        reason: Unscored = "too_short" if found else "empty"
        return TextScore(None, reason, {"ci_low": None, "ci_high": None, "tokens": tokens})
    bounds = {"ci_low": _six_digits(share.low), "ci_high": _six_digits(share.high)}
    return TextScore(_six_digits(share.share), None, {**bounds, "tokens": tokens})


def _has_formality_weights(encoder: str) -> bool:
    from judges.formality_scale import embedded_scale

    return embedded_scale(encoder) is not None


def _has_metaphor_weights(encoder: str) -> bool:
    from judges.metaphor_embeddings import state_model

    return state_model(encoder) is not None


def _six_digits(score: float) -> float:
    return round(float(score), 6)


_SCORERS: Mapping[str, Callable[[str, Encoder | None], TextScore]] = MappingProxyType(
    {"formality": _formality, "metaphor": _metaphor}
)
_HAS_WEIGHTS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"formality": _has_formality_weights, "metaphor": _has_metaphor_weights}
)
