"""How likely each word of a text is used metaphorically, by a table of words and contexts.

Two logistic models on the templates of `judges.metaphor_context`, fitted by `judges.fitting.metaphor` on the VU
Amsterdam Metaphor Corpus: one gives each word a part of speech from its neighbours, the other its log-odds of being
metaphor-related. The tables are data of their own with their own terms: the weight files name them.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.metaphor_context import TAG_TEMPLATES, WORD_TEMPLATES, Layout, Lexicon, Places

Floats = NDArray[np.float64]
_CHUNK_SENTENCES = 2000


@dataclass(frozen=True)
class MetaphorTable:
    """The weights of two hashed models: `tags` has a column a part of speech, `words` the log-odds.

    The log-odds are those of the regression as fitted; `judges.metaphor_calibration` makes probabilities of them.
    """

    tags: NDArray[np.float32]
    words: NDArray[np.float32]
    bias: float
    _lexicon: Lexicon = field(default_factory=Lexicon, repr=False, compare=False)

    def log_odds(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """The log-odds of each token of the sentences, one after the other."""
        parts = [
            self._log_odds(sentences[start : start + _CHUNK_SENTENCES])
            for start in range(0, len(sentences), _CHUNK_SENTENCES)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _log_odds(self, sentences: Sequence[Sequence[str]]) -> Floats:
        layout = Layout(sentences, self._lexicon)
        layout.set_tags(tagged(layout, self.tags))
        columns = layout.columns(WORD_TEMPLATES, bits=bits_of(self.words))
        return np.asarray(self.bias + self.words[columns].sum(axis=0, dtype=np.float64))


def tagged(layout: Layout, weights: NDArray[np.float32]) -> Places:
    """The part of speech of each token, 1 and up, by the tag model."""
    columns = layout.columns(TAG_TEMPLATES, bits=bits_of(weights))
    totals = np.zeros((columns.shape[1], weights.shape[1]), dtype=np.float32)
    for line in columns:
        totals += weights[line]
    return np.asarray(totals.argmax(axis=1) + 1, dtype=np.int64)


def bits_of(weights: NDArray[np.float32]) -> int:
    """How many bits name a row of a table of 2 ** bits rows."""
    return len(weights).bit_length() - 1


@cache
def metaphor_table() -> MetaphorTable:
    """The shipped table."""
    tags, words = weight_file("metaphor_tags.json.gz"), weight_file("metaphor_vua.json.gz")
    return MetaphorTable(unpacked(tags["weights"]), unpacked(words["weights"])[:, 0], words["bias"])


def weight_file(name: str) -> Mapping[str, Any]:
    """The content of a packed file of weights."""
    packed = resources.files("judges").joinpath("weights", name).read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(packed))
    return content


def unpacked(stored: Mapping[str, Any]) -> NDArray[np.float32]:
    """An array stored as bytes, each value a whole number of steps."""
    whole = np.frombuffer(b64decode(stored["values"]), dtype=stored["type"]).reshape(stored["shape"])
    return np.asarray(whole * np.float32(stored["step"]), dtype=np.float32)
