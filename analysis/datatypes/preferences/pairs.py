"""Pairs of answers with a vote of a person and of a language model, and the votes as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from analysis.datatypes.preferences.choices import Choice
from analysis.statistics.clusters import cluster_numbers
from analysis.statistics.common import Counts
from analysis.wording import counted
from sims.errors import UsageError
from sims.seeds import stable_hash

SIGNS: Mapping[Choice, int] = MappingProxyType({"a": 1, "tie": 0, "b": -1})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers and a vote of each side; None where one did not vote. `cluster` is the question they answer.

    `reference` is what the answers can be held against, "" where there is nothing. `rater` names the person.
    `is_inconsistent` says that the model's tie comes from changing its mind when the answers changed places.
    """

    a: str
    b: str
    human: Choice | None
    llm: Choice | None
    cluster: str
    reference: str = ""
    rater: str | None = None
    is_inconsistent: bool = False

    @property
    def identity(self) -> int:
        """The same for votes on the same two answers to the same question, whichever stands first."""
        return stable_hash(self.cluster, *sorted((self.a, self.b)))

    @property
    def has_texts(self) -> bool:
        """Whether both answers are there."""
        return bool(self.a.strip() and self.b.strip())

    @property
    def is_complete(self) -> bool:
        """Whether both texts are there and both sides voted."""
        return self.human is not None and self.llm is not None and self.has_texts


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that were read and not counted, by the first reason that applies.

    Of rankings besides: `questions` in which a side put fewer than two answers in order that the other did, too, and
    `answers` of the other questions that a side did not place.
    """

    no_text: int = 0
    no_human_vote: int = 0
    no_llm_vote: int = 0
    questions: int = 0
    answers: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.no_text + self.no_human_vote + self.no_llm_vote


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """The votes of complete rows, aligned: +1 for the first answer, -1 for the second, 0 for a tie.

    `pairs` numbers the two answers voted on, `order` is -1 where they stand the other way round than the texts sort;
    `raters` numbers the people, and who is not named is somebody else each time.
    """

    human: Counts
    llm: Counts
    is_inconsistent: npt.NDArray[np.bool_]
    clusters: Counts
    pairs: Counts
    order: Counts
    raters: Counts
    left_out: LeftOut = field(default_factory=LeftOut)

    def __len__(self) -> int:
        return len(self.human)

    @property
    def both_decided(self) -> npt.NDArray[np.bool_]:
        """Where neither side called it a tie."""
        return np.logical_and(self.human, self.llm)

    def clusters_of(self, rows: npt.NDArray[np.bool_] | Counts) -> Counts:
        """The clusters of some of the rows, numbered anew from 0."""
        return np.asarray(np.unique(self.clusters[rows], return_inverse=True)[1], dtype=np.int64)


def votes_of(pairs: Iterable[Pair]) -> Votes:
    """The votes of the complete pairs, in their order; what is left out is counted."""
    rows: list[tuple[int, int, bool, str, int, int, object]] = []
    left_out = {"no_text": 0, "no_human_vote": 0, "no_llm_vote": 0}
    for pair in pairs:
        if pair.human is None or pair.llm is None or not pair.is_complete:
            left_out[_reason(pair)] += 1
            continue
        rater = pair.rater if pair.rater is not None else len(rows)
        order = 1 if pair.a <= pair.b else -1
        signs = SIGNS[pair.human], SIGNS[pair.llm]
        rows.append((*signs, pair.is_inconsistent, pair.cluster, pair.identity, order, rater))
    human, llm, inconsistent, clusters, numbers, orders, raters = zip(*rows, strict=True) if rows else [()] * 7
    return Votes(
        human=np.array(human, dtype=np.int64),
        llm=np.array(llm, dtype=np.int64),
        is_inconsistent=np.array(inconsistent, dtype=bool),
        clusters=cluster_numbers(clusters),
        pairs=cluster_numbers(numbers),
        order=np.array(orders, dtype=np.int64),
        raters=cluster_numbers(raters),
        left_out=LeftOut(**left_out),
    )


def check_votes(votes: Votes, *, has_order: bool = True) -> Votes:
    """The votes, when there is something to compare.

    Raises:
        UsageError: fewer than two complete rows, or one side always voted the same; without an order of the data's own
            (`has_order`) only always a tie.
    """
    if len(votes) < 2:
        raise UsageError(
            f"{len(votes)} complete rows of {len(votes) + votes.left_out.total} (two texts and a vote of each side); "
            f"at least 2 are needed; left out: {told_left_out(votes.left_out)}"
        )
    for side, values in (("people's votes", votes.human), ("the model's votes", votes.llm)):
        if (values == values[0]).all() and (has_order or not values[0]):
            raise UsageError(f"{side} are all {_one_class(int(values[0]))}")
    return votes


def told_left_out(left_out: LeftOut) -> str:
    """Why rows were left out, in words."""
    counts = (
        (left_out.no_text, f"{left_out.no_text:,} without text"),
        (left_out.no_human_vote, f"{left_out.no_human_vote:,} without a human vote"),
        (left_out.no_llm_vote, f"{left_out.no_llm_vote:,} without a model's vote"),
        (left_out.questions, f"{counted(left_out.questions, 'question')} without two answers that both placed"),
        (left_out.answers, f"{counted(left_out.answers, 'answer')} without a place from both"),
    )
    return ", ".join(words for count, words in counts if count) or "none"


def _reason(pair: Pair) -> str:
    if not pair.has_texts:
        return "no_text"
    return "no_human_vote" if pair.human is None else "no_llm_vote"


def _one_class(sign: int) -> str:
    if not sign:
        return "ties; nothing can be told from them: choose a rater that decides"
    name = "a" if sign > 0 else "b"
    return f"{name!r}: position and quality cannot be told apart; shuffle which answer stands first, and the votes too"
