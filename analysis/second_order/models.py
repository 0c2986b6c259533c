"""The models that are trained where no other is asked for: TF-IDF and a logistic regression, by shape of the examples.

Small on purpose: they take seconds, give the same answer on every run, and see words and not meaning. Nothing in them
varies with the seed, which only chooses what they are trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from threadpoolctl import threadpool_limits

from analysis.second_order.task import Estimator, Shape, Texts
from analysis.statistics.common import Values
from sims.words import words

_MOST_FEATURES = 30_000
_STRENGTH = 3.0
_TOLERANCE = 1e-3
_WORD = r"(?u)\b\w+\b"
_MARKS = ",.!?:;\n*#`-"


def small_model(shape: Shape, seed: int) -> Estimator:
    """An untrained model for examples of this shape; `seed` changes nothing in it."""
    models: dict[Shape, Callable[[], Estimator]] = {"one": OneText, "pair": BetterOfTwo, "match": Belonging}
    return models[shape]()


class OneText:
    """The label of a text: a logistic regression on TF-IDF of words, pairs of words and pieces of words."""

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> None:
        """Learn from texts of which each has a label."""
        self._vectors = FeatureUnion([("words", _words()), ("pieces", _pieces())])
        columns = self._vectors.fit_transform([text for (text,) in texts])
        # Of 3,600 tweets in 13 classes lbfgs takes 10.6 s and saga .5 s; 99.7 % of the answers are the same.
        self._model = _regression(columns, labels, has_bias=True, solver="saga")

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """The likeliest label of each."""
        return _predicted(self._model, self._vectors.transform([text for (text,) in texts]))


class BetterOfTwo:
    """Which of two texts is preferred: the quick reward model, after Bradley & Terry (1952).

    A text's worth is linear in its TF-IDF of words and pairs of words, its length, its lines and its marks; the one
    worth more is preferred. There is no bias, so that swapping two different texts always swaps the answer. Two texts
    of one worth give the label that sorts first.
    """

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> None:
        """Learn from pairs of texts, of which the label says which is preferred."""
        self._vectors = _words()
        self._vectors.fit(_one_by_one(texts))
        self._spread = _spread(_differences(texts))
        self._model = _regression(self._columns(texts), labels, has_bias=False)

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """Which of each pair it prefers."""
        return _predicted(self._model, self._columns(texts))

    def _columns(self, texts: Sequence[Texts]) -> sparse.csr_matrix:
        first, second = _sides(self._vectors, texts)
        return sparse.csr_matrix(sparse.hstack([first - second, sparse.csr_matrix(_differences(texts) / self._spread)]))


class Belonging:
    """Whether a second text belongs to the first: what words they share, how alike they are, how long each is."""

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> None:
        """Learn from pairs of texts, of which the label says whether they belong together."""
        self._vectors = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True, max_features=_MOST_FEATURES)
        self._vectors.fit(_one_by_one(texts))
        likeness = self._likeness(texts)
        self._middle, self._spread = likeness.mean(axis=0), _spread(likeness - likeness.mean(axis=0))
        self._model = _regression(self._columns(texts), labels, has_bias=True)

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """The likelier label of each pair."""
        return _predicted(self._model, self._columns(texts))

    def _columns(self, texts: Sequence[Texts]) -> sparse.csr_matrix:
        first, second = _sides(self._vectors, texts)
        likeness = (self._likeness(texts) - self._middle) / self._spread
        return sparse.csr_matrix(sparse.hstack([first.multiply(second), sparse.csr_matrix(likeness)]))

    def _likeness(self, texts: Sequence[Texts]) -> Values:
        """A row a pair: the cosine of the two, the share of each one's words in the other, and their lengths."""
        first, second = _sides(self._vectors, texts)
        cosine = np.asarray(first.multiply(second).sum(axis=1)).ravel()
        shared = np.array([_shared(*pair) for pair in texts])
        lengths = np.log1p([[len(words(text)) for text in pair] for pair in texts])
        return np.column_stack([cosine, shared, lengths])


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_FEATURES)


def _pieces() -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, max_features=_MOST_FEATURES)


def _one_by_one(texts: Sequence[Texts]) -> list[str]:
    return [text for pair in texts for text in pair]


def _sides(vectors: TfidfVectorizer, texts: Sequence[Texts]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The vectors of the first texts, and those of the second."""
    both = vectors.transform(_one_by_one(texts))
    return both[0::2], both[1::2]


def _regression(
    columns: sparse.csr_matrix, labels: Sequence[str], *, has_bias: bool, solver: Literal["lbfgs", "saga"] = "lbfgs"
) -> LogisticRegression:
    model = LogisticRegression(
        C=_STRENGTH, fit_intercept=has_bias, solver=solver, tol=_TOLERANCE, max_iter=2_000, random_state=0
    )
    with threadpool_limits(1):
        return model.fit(columns, np.array(labels, dtype=object))


def _predicted(model: LogisticRegression, columns: sparse.csr_matrix) -> list[str]:
    with threadpool_limits(1):
        return [str(label) for label in model.predict(columns)]


def _differences(texts: Sequence[Texts]) -> Values:
    """A row a pair: by how much the first text's surface is more than the second's."""
    first, second = (np.array([_surface(pair[side]) for pair in texts]) for side in (0, 1))
    return np.asarray(first - second, dtype=np.float64)


def _surface(text: str) -> list[float]:
    """The words, the lines and each mark of a text, on a logarithmic scale."""
    counts = [len(words(text)), *(text.count(mark) for mark in _MARKS)]
    return [float(count) for count in np.log1p(counts)]


def _shared(first: str, second: str) -> tuple[float, float]:
    """The share of the different words of each text that the other one has, too; 0 of a text without words."""
    ours, theirs = set(words(first)), set(words(second))
    both = len(ours & theirs)
    return both / max(len(ours), 1), both / max(len(theirs), 1)


def _spread(columns: Values) -> Values:
    """The root mean square of each column, 1 where it is always zero."""
    found = np.sqrt((columns**2).mean(axis=0))
    return np.asarray(np.where(found > 0, found, 1.0))
