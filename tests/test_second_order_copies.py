"""Second order: texts that stand twice, labels of two codes, and models that learn from one side only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from second_order_parts import WordVotes, relabelled, review_task, reviews, word_votes

from analysis.second_order.answers import answers_of
from analysis.second_order.dealing import at_most, shared_places
from analysis.second_order.joining import joined
from analysis.second_order.retraining import prepared, retrain
from analysis.second_order.task import Example, Shape, Task, Texts
from analysis.second_order.telling import second_order_section
from sims.errors import UsageError

LONG = "one two three four five six seven eight nine ten eleven twelve"


class ByHeart(WordVotes):
    """A model that knows the label of every text it has seen, and else lets words vote."""

    def fit(self, texts: Sequence[Texts], labels: Sequence[str]) -> None:
        """Learn by heart."""
        super().fit(texts, labels)
        self._known = dict(zip(texts, labels, strict=True))

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """What it knows, or the words' votes."""
        return [self._known.get(one) or super(ByHeart, self).predict([one])[0] for one in texts]


def renamed(examples: Sequence[Example], prefix: str) -> tuple[Example, ...]:
    """The same examples in clusters of other names."""
    return tuple(replace(one, cluster=f"{prefix}{one.cluster}") for one in examples)


def test_clusters_that_share_a_text_are_one() -> None:
    """A long text joins whatever the capitals and marks; so does what is all a cluster has; a short one does not."""
    human = (Example((LONG,), "x", "a"), Example(("yes",), "x", "a"), Example(("no",), "x", "b"))
    llm = (Example((f"{LONG.upper()}!",), "y", "c"), Example(("yes",), "y", "d"), Example(("No.",), "y", "e"))
    found = joined(Task("t", "one", human, llm))
    assert [one.cluster for one in (*found.task.human, *found.task.llm)] == ["a", "a", "b", "a", "d", "b"]
    assert (found.shared_texts, found.fewer) == (2, 2)


def test_clusters_are_joined_by_way_of_others() -> None:
    """a and b share a text, b and c another one: the three are one."""
    other = " ".join(reversed(LONG.split()))
    texts = [(LONG, "a"), (LONG, "b"), (other, "b"), (other, "c"), ("else", "d")]
    human = tuple(Example((text,), "x", cluster) for text, cluster in texts)
    assert [one.cluster for one in joined(Task("t", "one", human, ())).task.human] == ["a", "a", "a", "a", "d"]


def test_the_same_data_under_two_names_has_no_gap() -> None:
    """People's own examples given as the LLM's, their clusters called otherwise: the gap is 0, not "better"."""
    human = reviews(100, wrong=0.3)
    found = retrain(Task("t", "one", human, renamed(human, "llm ")), make=lambda shape, seed: ByHeart(), seeds=2)
    assert (found.gap.value, found.same_texts, found.shared_texts, found.clusters_joined) == (0.0, True, 100, 100)
    assert "100 texts of people's stand on the LLM's side, too" in second_order_section(found).note


def test_copies_among_the_llm_data_teach_nothing() -> None:
    """Of 200 LLM texts 80 are people's, word for word: a model that learns by heart does not gain by them.

    Were they in the training of the other folds, .8 · .4 of people's texts would be known: a gap of some -10 points.
    """
    gaps = []
    for seed in range(4):
        human, other = reviews(200, wrong=0.3, seed=seed), reviews(200, wrong=0.3, seed=seed + 50, prefix="m")
        llm = (*renamed(human[:80], "copy "), *other[80:])
        found = retrain(Task("t", "one", human, llm), make=lambda shape, seed: ByHeart(), seeds=2, seed=seed)
        assert found.shared_texts == 80
        gaps.append(found.gap.value)
    assert abs(np.mean(gaps)) < 0.04


def test_rows_that_stand_three_times_count_once() -> None:
    """Labels without sense, each row three times: nothing is learnt by heart, and the interval counts 40 clusters."""
    once = reviews(40, wrong=0.5, seed=3)
    human = tuple(replace(one, cluster=f"{one.cluster}-{copy}") for one in once for copy in range(3))
    task = Task("t", "one", human, reviews(120, wrong=0.5, prefix="m"))
    found = retrain(task, make=lambda shape, seed: ByHeart(), seeds=2)
    assert (found.human_examples, found.human_clusters, found.finding) == (120, 40, "NOTHING_LEARNT")


def test_too_few_clusters_are_left() -> None:
    """Thirty clusters that all hold one long text are one; that is said before anything is trained."""
    human = tuple(Example((f"{LONG} {place % 2}",), "xy"[place % 2], str(place)) for place in range(30))
    with pytest.raises(
        UsageError, match=r"30 human examples in 2 clusters \(28 clusters fewer, since they share texts"
    ):
        prepared(Task("t", "one", human, human))


def test_a_side_that_alone_teaches_is_told() -> None:
    """People's labels are noise to learn from, the LLM's follow the text, and .36 of people's contradict it.

    The model trained on the LLM's is right in about .64 and does better; "nothing learnt" would hide that.
    """
    truth = reviews(240, wrong=0.0)
    human = relabelled(truth, wrong=0.36)
    found = retrain(Task("t", "one", human, truth), make=needs_clean_labels, seeds=3)
    assert not found.human.has_learnt
    assert found.llm.has_learnt
    assert found.finding != "NOTHING_LEARNT"
    told = "People's data teach this model nothing that can be shown, the LLM's do."
    assert told in second_order_section(found).answer


class NeedsCleanLabels(WordVotes):
    """A model that learns only from labels that follow the text."""

    def predict(self, texts: Sequence[Texts]) -> list[str]:
        """The votes where no word of a kind was seen with both labels, else always the first label."""
        both = set.intersection(*(set(counts) for counts in self._counts.values()))
        return [sorted(self._counts)[0]] * len(texts) if both & {"good", "bad"} else super().predict(texts)


def needs_clean_labels(shape: Shape, seed: int) -> WordVotes:
    """Such a model, untrained."""
    return NeedsCleanLabels()


def test_labels_of_two_codes() -> None:
    """Nothing in common is refused, with both sets; a part that the LLM's side lacks is told with its share."""
    human = reviews(100)
    upper = tuple(replace(one, label=one.label.upper()) for one in human)
    with pytest.raises(UsageError, match="no label in common: people's are 'bad', 'good', the LLM's 'BAD', 'GOOD'"):
        retrain(Task("t", "one", human, upper), make=word_votes, seeds=2)
    mixed = tuple(replace(one, label="other") if place % 4 == 0 else one for place, one in enumerate(human))
    found = retrain(Task("t", "one", mixed, human), make=word_votes, seeds=2)
    assert found.unknown_labels == 0.25
    assert "25.0% of people's labels stand nowhere on the LLM's side" in second_order_section(found).answer
    assert "stand nowhere" not in second_order_section(replace(found, unknown_labels=0.001)).answer


def test_what_no_model_has_seen_is_asked_of_all() -> None:
    """With one cluster of sixty shared, all models answer the other fifty-nine; with the same texts none does."""
    human, llm = reviews(60), reviews(60, prefix="m", seed=9)
    task = Task("t", "one", human, (*llm[1:], replace(llm[0], cluster=human[0].cluster)))
    of_human, of_llm = answers_of(task, make=word_votes, seeds=2, seed=0)
    assert of_llm.unseen.tolist() == list(range(1, 60))
    assert of_llm.by_all.shape == (10, 59)
    assert len(of_human.unseen) == 0
    assert len(answers_of(review_task(60, wrong=0.2), make=word_votes, seeds=2, seed=0)[1].unseen) == 0


def test_one_shared_cluster_hardly_moves_the_interval() -> None:
    """300 of people against 60 of the LLM's: sharing a cluster with people changes its width by less than a fifth."""
    human, llm = reviews(300, per_cluster=3), reviews(60, per_cluster=3, prefix="m", seed=4)
    apart = retrain(Task("t", "one", human, llm), make=word_votes, seeds=3).gap
    shared = (*llm[:-1], replace(llm[-1], cluster="r0"))
    near = retrain(Task("t", "one", human, shared), make=word_votes, seeds=3).gap
    widths = [(one.high or 0) - (one.low or 0) for one in (apart, near)]
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_a_big_cluster_leaves_room() -> None:
    """One cluster of 500 and 100 alone, whatever it is called: every cluster is used."""
    for name in ("big", "topic1", "zzz"):
        given = tuple(replace(one, cluster=name) if place < 500 else one for place, one in enumerate(reviews(600)))
        used = at_most(Task("t", "one", given, given), most=300)
        assert len({one.cluster for one in used.human}) == 101
        assert shared_places(used) is not None


def test_a_model_is_asked_once_for_each_text() -> None:
    """Fifty texts that both sides have: ten models a side, each asked once, for ten texts."""
    asked: list[int] = []

    class Counting(WordVotes):
        def predict(self, texts: Sequence[Texts]) -> list[str]:
            asked.append(len(texts))
            return super().predict(texts)

    retrain(review_task(50, wrong=0.2), make=lambda shape, seed: Counting(), seeds=2)
    assert asked == [10] * 20
