"""Digressions with sentence embeddings: each turn encoded once, weights only for the encoder they were fitted with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from builders import transcript
from digression_parts import LIKES_DOGS, PERSONAS

from judges.digression import VERSION, DigressionJudge
from judges.embeddings import Floats, TokenStates


class Meanings:
    """An encoder of two dimensions: dogs, and everything else."""

    name = "all-MiniLM-L6-v2"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector a text, of the size that the weights are for."""
        self.asked += texts
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for at, text in enumerate(texts):
            vectors[at, 0 if "dog" in text or "pup" in text else 1] = 1
        return vectors

    def token_states(self, text: str) -> TokenStates:
        """Not needed here."""
        raise NotImplementedError(text)


class OtherMeanings(Meanings):
    """An encoder that no weights were fitted for."""

    name = "unknown-model"


def test_with_an_encoder_each_turn_is_encoded_once() -> None:
    """The version says so, the scores differ from those by words, and no text goes to the model twice."""
    talk, encoder = transcript(*LIKES_DOGS, roles=PERSONAS), Meanings()
    verdict = DigressionJudge(encoder).judge(talk)
    assert verdict.version == f"{VERSION}+all-MiniLM-L6-v2"
    assert encoder.asked == [turn.text for turn in talk.turns]
    assert verdict.turn_scores != DigressionJudge().judge(talk).turn_scores


def test_an_encoder_without_weights_is_not_asked() -> None:
    """The verdict is that by words, and its version says so."""
    talk, encoder = transcript(*LIKES_DOGS, roles=PERSONAS), OtherMeanings()
    assert DigressionJudge(encoder).judge(talk) == DigressionJudge().judge(talk)
    assert encoder.asked == []
