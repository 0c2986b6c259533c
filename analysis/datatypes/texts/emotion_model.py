"""Emotions by a model that the user names: a Hugging Face text classifier; transformers is imported only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sims.errors import UsageError

EmotionModel: TypeAlias = Callable[[str], Mapping[str, float]]
"""Given a text, a score in [0, 1] for each emotion it knows, always the same emotions."""


def load_emotion_model(name: str) -> EmotionModel:
    """The text classifier of that name on the Hugging Face hub, or in that folder; fetched if it is not here yet.

    It reads the text as it stands, up to the length it can take; what stands behind that is not seen. Its scores are
    as good as the model is.

    Raises:
        UsageError: transformers is not installed, or has no such classifier.
    """
    try:
        from transformers import pipeline
    except ImportError:
        raise UsageError(
            f"--emotion-model {name} needs transformers and torch: pip install 'simstress[emotions]'"
        ) from None
    try:
        classify = pipeline("text-classification", model=name, top_k=None, truncation=True)
    except Exception as error:  # its loaders raise whatever they meet: OSError, ValueError, ImportError, KeyError
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"--emotion-model {name}: cannot be loaded as a text classifier: {reason}") from None
    return lambda text: _scores(classify([text])[0])


def _scores(found: list[dict[str, Any]]) -> Mapping[str, float]:
    return {str(one["label"]): float(one["score"]) for one in sorted(found, key=lambda one: str(one["label"]))}
