"""The rated sentences behind the formality scale, and refits of the scale that leave some of them out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.embeddings import Encoder
from judges.fitting.formality import Floats, Rated, encoded, fit_embedded_scale, pavlick, rows, squinky
from judges.formality_features import measure
from judges.formality_scale import EmbeddedScale
from sims.seeds import stable_hash

FOLDS = 5
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Ratings:
    """The rated sentences of both sets in one list: `pavlick` and `squinky` are their places in it.

    `rows` and `domains` have one entry a Pavlick sentence: the stored record, and "answers", "email" or "lahiri".
    """

    rated: list[Rated]
    vectors: Floats
    pavlick: Places
    squinky: Places
    domains: NDArray[np.str_]
    rows: list[Any]

    @property
    def scores(self) -> Floats:
        """People's mean ratings."""
        return np.array([one.score for one in self.rated])

    @property
    def keys(self) -> NDArray[np.str_]:
        """What tells copies of a sentence."""
        return np.array([one.key for one in self.rated])

    def unlike(self, places: Places, others: Places) -> Places:
        """Those of `places` whose sentence is not among `others`."""
        known = set(self.keys[others])
        return places[[key not in known for key in self.keys[places]]]

    def predicted(self, train: Places, test: Places) -> Floats:
        """Full and length-free scores of `test` by a fit on `train`, shape [test, 2]."""
        fitted = self._fit(train)
        vector = np.array(fitted.vector)
        found = []
        for place in test:
            effects = fitted.scale.effects(measure(self.rated[place].text))
            found.append(fitted.scale.scores(effects, embedded=float(self.vectors[place] @ vector)))
        return np.array(found)

    def cross_fitted(self, places: Places) -> Floats:
        """The scores of `places`, each by a fit on the other folds; copies of a sentence share a fold."""
        fold = np.array([stable_hash("formality", str(key)) % FOLDS for key in self.keys[places]])
        found = np.zeros((len(places), 2))
        for one in range(FOLDS):
            found[fold == one] = self.predicted(places[fold != one], places[fold == one])
        return found

    def _fit(self, train: Places) -> EmbeddedScale:
        texts = [self.rated[place].text for place in train]
        return fit_embedded_scale(texts, self.scores[train].tolist(), vectors=self.vectors[train])


def read_ratings(data: Path, encoder: Encoder | None) -> Ratings:
    """Both sets, with sentence vectors where there is an encoder."""
    ours, theirs = pavlick(data), squinky(data)
    rated = [*ours, *theirs]
    vectors = encoded(encoder, [one.text for one in rated]) if encoder else np.zeros((len(rated), 0))
    stored = rows(data / "labels_formality_pavlick.jsonl")
    places = np.arange(len(rated))
    domains = np.array([_domain(row["id"]) for row in stored])
    return Ratings(rated, vectors, places[: len(ours)], places[len(ours) :], domains, stored)


def _domain(identifier: str) -> str:
    """Yahoo! Answers have hashes for ids, e-mails the name of the mailbox, blogs and news Lahiri's."""
    document = identifier.removeprefix("pavlick-").split(".")[0]
    if document.startswith("Lahiri"):
        return "lahiri"
    return "answers" if len(document) == 32 and "_" not in document else "email"
