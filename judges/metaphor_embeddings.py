"""What a sentence-transformers model adds to the metaphor table: a word in its sentence beside the word alone.

A word used as a metaphor stands where it does not usually stand, so its state in the sentence differs from its state
alone. A small network on both gives log-odds that are added to the table's; fitted by `judges.fitting.metaphor`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from judges.embeddings import Encoder
from judges.metaphor_features import is_word

_FILES = {"all-MiniLM-L6-v2": "metaphor_minilm.npz"}
_MOST_WORDS = 1 << 16
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StateModel:
    """One hidden layer of rectified units on the two states of a word."""

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: float
    _alone: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False, compare=False)

    def log_odds(self, sentences: Sequence[Sequence[str]], encoder: Encoder) -> Floats:
        """The log-odds of each token of the sentences, one after the other; 0 for numbers and marks."""
        return np.concatenate([self._of_sentence(forms, encoder) for forms in sentences])

    def _of_sentence(self, forms: Sequence[str], encoder: Encoder) -> Floats:
        states = in_sentence(forms, encoder)
        pairs = np.concatenate([states, np.array([self._state_alone(form, encoder) for form in forms])], axis=1)
        units = np.maximum(pairs @ self.hidden + self.hidden_bias, 0)
        found = np.asarray(units @ self.out + self.out_bias, dtype=np.float64)
        is_seen = np.array([is_word(form) for form in forms]) & states.any(axis=1)
        return np.where(is_seen, found, 0.0)

    def _state_alone(self, form: str, encoder: Encoder) -> NDArray[np.float32]:
        """The word's vector, encoded by itself: in a batch the last digits would depend on the other words."""
        if form not in self._alone:
            if len(self._alone) >= _MOST_WORDS:
                self._alone.clear()
            self._alone[form] = encoder.encode([form])[0]
        return self._alone[form]


def in_sentence(forms: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """The mean state of the pieces of each token, shape [tokens, dimensions]; zeros beyond what the model reads.

    The tokens are joined by spaces, so that "don't" and "do n't" have the same states.
    """
    seen = encoder.token_states(" ".join(forms))
    starts, ends = np.array(seen.starts), np.array(seen.ends)
    found = np.zeros((len(forms), seen.states.shape[1]), dtype=np.float32)
    place = 0
    for row, form in enumerate(forms):
        inside = (starts < place + len(form)) & (ends > place)
        if inside.any():
            found[row] = seen.states[inside].mean(axis=0)
        place += len(form) + 1
    return found


@cache
def state_model(encoder: str) -> StateModel | None:
    """The shipped model for that encoder; None where there is none."""
    if encoder not in _FILES:
        return None
    with resources.files("judges").joinpath("weights", _FILES[encoder]).open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        hidden, bias, out = (stored[name].astype(np.float32) for name in ("hidden", "hidden_bias", "out"))
        return StateModel(hidden, bias, out, float(stored["out_bias"]))
