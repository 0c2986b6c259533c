"""What a sentence-transformers model adds to the metaphor table: a word in its sentence beside the word alone.

A word used as a metaphor stands where it does not usually stand, so its states in the sentence differ from its vector
alone. A small network on both gives log-odds that are added to the table's; fitted by `judges.fitting.metaphor`. Of the
layers a middle one tells more of the sense of a word, the last one more of the whole sentence.
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

LAYERS = (4, 6)
_FILES = {"all-MiniLM-L6-v2": "metaphor_minilm.npz"}
_MOST_WORDS = 1 << 16
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StateModel:
    """One hidden layer of rectified units on the states of a word in its sentence and its vector alone."""

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
        found = self.of_states(pairs)
        is_seen = np.array([is_word(form) for form in forms]) & states.any(axis=1)
        return np.where(is_seen, found, 0.0)

    def of_states(self, states: NDArray[np.float32]) -> Floats:
        """The log-odds of words by their states and vectors, one row a word."""
        units = np.maximum(states @ self.hidden + self.hidden_bias, 0)
        return np.asarray(units @ self.out + self.out_bias, dtype=np.float64)

    def _state_alone(self, form: str, encoder: Encoder) -> NDArray[np.float32]:
        """The word's vector, encoded by itself: in a batch the last digits would depend on the other words."""
        if form not in self._alone:
            if len(self._alone) >= _MOST_WORDS:
                self._alone.clear()
            self._alone[form] = encoder.encode([form])[0]
        return self._alone[form]


def in_sentence(forms: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """The mean states of the pieces of each token, shape [tokens, layers x dimensions]; zeros beyond what is read.

    The tokens are joined by spaces, so that "don't" and "do n't" have the same states.
    """
    seen = encoder.token_states(" ".join(forms), layers=LAYERS)
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
    hidden, bias, out, out_bias = _stored(encoder, "hidden", "hidden_bias", "out", "out_bias")
    return StateModel(hidden, bias, out, float(out_bias))


def held_out_log_odds(encoder: str) -> Floats:
    """The log-odds, table and network together, of each labelled word by models of other texts, as the fitting left it.

    They let the card be measured in a minute instead of a refit of many.
    """
    return _stored(encoder, "held_out")[0].astype(np.float64)


def _stored(encoder: str, *names: str) -> list[NDArray[np.float32]]:
    with resources.files("judges").joinpath("weights", _FILES[encoder]).open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        return [stored[name].astype(np.float32) for name in names]
