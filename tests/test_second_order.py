"""Second order: the gap, its interval, what is amplified, and data that cannot be learnt from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from second_order_parts import WordVotes, relabelled, review_task, reviews, word_votes

from analysis.datatypes.told import signed_words
from analysis.second_order import scores
from analysis.second_order.answers import answers_of
from analysis.second_order.dealing import at_most, deals, shared_places
from analysis.second_order.kinds import AS_LONG, LONGER, SHORTER, kinds, label_of, with_sides_dealt
from analysis.second_order.retraining import retrain
from analysis.second_order.task import Example, Shape, Task, Texts
from analysis.second_order.telling import second_order_section
from analysis.statistics.clusters import Estimate
from sims.errors import UsageError


def test_the_same_labels_give_no_gap() -> None:
    """A language model that labels as people did teaches the same: the gap is 0 on all 200 clusters.

    Of clusters like these 1 - .025^(1/200) = 1.83 % may yet differ.
    """
    found = retrain(review_task(wrong=0.0), make=word_votes, seeds=2)
    assert (found.gap.value, found.gap.low, found.gap.high) == (0.0, pytest.approx(-0.018275, abs=1e-6), -found.gap.low)
    assert found.finding == "UNDECIDED"
    assert found.human == found.llm


def test_what_never_varies_can_still_be_found() -> None:
    """Labels that always follow the text, and a language model that always turns them: all right against none."""
    human = reviews(100, wrong=0.0)
    found = retrain(Task("t", "one", human, relabelled(human, wrong=1.0)), make=word_votes, seeds=2)
    assert (found.human.accuracy.value, found.llm.accuracy.value) == (1.0, 0.0)
    assert found.finding == "WORSE"
    assert found.gap.low == pytest.approx(1 - 2 * (1 - 0.025**0.01))
    assert found.gap.p == pytest.approx(2 * 0.5**100)


def test_turned_labels_do_worse() -> None:
    """A labeller who turns nine labels of ten teaches the opposite: about .8 right against about .2."""
    found = retrain(review_task(300, wrong=0.9), make=word_votes, seeds=2)
    assert found.finding == "WORSE"
    assert found.human.accuracy.value == pytest.approx(0.8, abs=0.06)
    assert found.llm.accuracy.value == pytest.approx(0.2, abs=0.06)
    assert found.gap.value == pytest.approx(found.human.accuracy.value - found.llm.accuracy.value)
    assert found.llm.kappa.high is not None
    assert found.llm.kappa.high < 0
    assert "none swapped" in second_order_section(found).answer
    assert found.llm.on_llm.value == pytest.approx(
        0.74, abs=0.06
    )  # .9 · .8 + .1 · .2 of its own labels follow the text


def test_better_labels_do_better() -> None:
    """Where people's labels to learn from are few and noisy, cleaner ones of other texts do better on people's."""
    human, llm = reviews(60, wrong=0.35, seed=5), reviews(60, wrong=0.0, seed=6, prefix="m")
    found = retrain(Task("reviews", "one", human, llm), make=word_votes, seeds=3)
    assert found.gap.value is not None
    assert found.gap.value < 0
    assert not found.same_texts


def test_labels_without_sense_say_nothing() -> None:
    """People's labels that have nothing to do with the text: nothing is learnt, so the gap cannot tell."""
    human = reviews(200, wrong=0.5)
    found = retrain(Task("noise", "one", human, relabelled(human, wrong=0.5)), make=word_votes, seeds=2)
    assert found.finding == "NOTHING_LEARNT"
    assert second_order_section(found).answer.startswith("Cannot tell: nothing that this model learns from either side")


def test_no_cluster_is_in_training_and_in_test() -> None:
    """Neither model has seen a test cluster; both train on as many, and every example is tested once a seed."""
    human, llm = reviews(120, per_cluster=4), reviews(60, per_cluster=3, prefix="m")
    task = Task("t", "one", human, (*llm, *human[:8]))
    tested: Counter[int] = Counter()
    for deal in deals(task, shared_places(task), seed=3):
        held_out = {task.human[place].cluster for place in deal.test_human}
        held_out |= {task.llm[place].cluster for place in deal.test_llm}
        taught = {task.human[place].cluster for place in deal.train_human}
        taught |= {task.llm[place].cluster for place in deal.train_llm}
        assert not held_out & taught
        assert len(deal.train_human) == len(deal.train_llm) > 0
        tested.update(map(int, deal.test_human))
    assert tested == Counter(range(len(task.human)))


def test_the_same_texts_are_trained_on_where_both_labelled_most() -> None:
    """Both train on the texts that both labelled, each as often as both did; else each on its own."""
    human = reviews(40)
    task = Task("t", "one", human, relabelled(human[10:], wrong=0.5))
    for deal in deals(task, shared_places(task), seed=0):
        assert [human[place].texts for place in deal.train_human] == [task.llm[place].texts for place in deal.train_llm]
    assert shared_places(replace(task, llm=reviews(40, prefix="m", seed=9))) is None


def test_of_many_examples_every_cluster_gives_some() -> None:
    """Of 300 in clusters of three at most 150 are used: one of each of 100 clusters, two of 50; the same on both sides.

    Of 240 in one cluster and 60 alone at most 100 are used: the 60, and 40 of the one.
    """
    human = reviews(300, per_cluster=3)
    fewer = at_most(Task("t", "one", human, human[::-1]), most=150)
    assert Counter(Counter(one.cluster for one in fewer.human).values()) == {1: 50, 2: 50}
    assert set(fewer.human) == set(fewer.llm)
    uneven = tuple(replace(one, cluster="big") if place < 240 else one for place, one in enumerate(reviews(300)))
    fewer = at_most(Task("t", "one", uneven, uneven), most=100)
    assert Counter(Counter(one.cluster for one in fewer.llm).values()) == {1: 60, 40: 1}


def test_equal_size_takes_as_many_clusters() -> None:
    """Ten clusters of four against eighty of one: forty examples (less the fold) of each, and no cluster alone."""
    human, llm = reviews(80), reviews(40, per_cluster=4, prefix="m", seed=2)
    task = Task("t", "one", human, llm)
    for deal in deals(task, None, seed=1):
        assert len(deal.train_human) == len(deal.train_llm) == 32
        assert len({llm[place].cluster for place in deal.train_llm}) == 8
    task = Task("t", "one", reviews(160, per_cluster=2), reviews(40, per_cluster=2, prefix="m", seed=2))
    for deal in deals(task, None, seed=1):
        assert len({task.human[place].cluster for place in deal.train_human}) == 16  # of 64 that there are


def test_it_is_the_same_on_every_run() -> None:
    """The same task and seed give the same result; another seed another one."""
    task = replace(review_task(80, wrong=0.3), llm=reviews(80, wrong=0.4, prefix="m", seed=8))
    first = retrain(task, make=word_votes, seeds=2, seed=4)
    assert first == retrain(task, make=word_votes, seeds=2, seed=4)
    assert first != retrain(task, make=word_votes, seeds=2, seed=5)


def test_the_interval_allows_for_overlapping_training_data() -> None:
    """Known answer: 100 examples, half of them right, under two seeds alike.

    The jackknife gives s² / n = .25 · 100 / 99 / 100 = .002525; times 1 / 2 + 5 / 4 = .0044192, of which the root is
    .066477; times t(99; .975) = 1.984217 that is .13190. Both seeds agree, so that nothing is added.
    """
    truth = np.array(["x"] * 100)
    answers = np.array([["x", "y"] * 50] * 2)
    found = scores.estimate(scores.accuracy(truth, answers), np.arange(100), seeds=2, within=(0, 1))
    assert (found.value, found.low, found.high) == (
        0.5,
        pytest.approx(0.3681, abs=1e-4),
        pytest.approx(0.6319, abs=1e-4),
    )


def test_a_gap_that_is_the_same_everywhere_has_an_interval_and_a_p() -> None:
    """One model right on each of 100 examples, one wrong: +1; of others at most 1 - .025^(1/100) = .0362 say -1.

    p = 2 · .5^100. In clusters of 5, 1 and 1 (worth 49 / 27) p = 2 · .5^(49/27). An accuracy of 1 has no p.
    """
    truth = np.array(["x"] * 100)
    right, wrong = (scores.accuracy(truth, np.array([[label] * 100] * 2)) for label in "xy")
    found = scores.estimate(scores.difference(right, wrong), np.arange(100), seeds=2)
    assert (found.value, found.high, found.p) == (1, 1, pytest.approx(2 * 0.5**100))
    assert found.low == pytest.approx(1 - 2 * (1 - 0.025**0.01))
    unequal = np.repeat([0, 1, 2], [5, 1, 1])
    few = scores.estimate(lambda rows, seeds: 1.0, unequal, seeds=2)
    assert (few.p, few.clusters) == (pytest.approx(2 * 0.5 ** (49 / 27)), 3)
    assert scores.estimate(right, np.arange(100), seeds=2, within=(0, 1)).p is None


def test_scores_of_a_small_table() -> None:
    """Known answers: true x x x y, answered x x y y.

    Accuracy 3/4. F1 of x 2·2/(3+2) = .8, of y 2·1/(1+2) = .6667, mean .7333. Agreement by chance (3·2 + 1·2)/16 = .5,
    kappa (.75 - .5)/.5 = .5.
    """
    truth, answers = np.array(["x", "x", "x", "y"]), np.array([["x", "x", "y", "y"]])
    everything = np.arange(4), np.array([0])
    assert scores.accuracy(truth, answers)(*everything) == 0.75
    assert scores.macro_f1(truth, answers)(*everything) == pytest.approx(0.73333, abs=1e-5)
    assert scores.kappa(truth, answers)(*everything) == 0.5
    assert scores.kappa(truth, np.array([["x"] * 4]))(*everything) == 0.0


class _Commonest:
    """A model that has the commonest label of its training for everything: it amplifies as much as can be."""

    def fit(self, texts: list[Texts], labels: list[str]) -> None:
        self._label = Counter(sorted(labels)).most_common(1)[0][0]

    def predict(self, texts: list[Texts]) -> list[str]:
        return [self._label] * len(texts)


def test_amplification_of_a_model_that_answers_one_label() -> None:
    """With 70 % of labels "good", always answering "good" amplifies by 30 points, and learns nothing."""
    human = tuple(replace(one, label="good" if place % 10 < 7 else "bad") for place, one in enumerate(reviews(200)))
    found = retrain(Task("t", "one", human, human), make=lambda shape, seed: _Commonest(), seeds=2)
    assert found.human.majority == "good"
    assert found.human.amplification.value == pytest.approx(0.3, abs=1e-9)
    assert found.human.beyond_people.value == pytest.approx(0.3, abs=1e-9)
    assert found.human.accuracy == found.human.floor
    assert found.finding == "NOTHING_LEARNT"
    by_kind = {kind.kind: kind for kind in found.human.kinds}
    assert (by_kind["good"].people, by_kind["good"].taught) == (0.7, pytest.approx(0.7))
    assert by_kind["bad"].answered.value == 0.0


def test_a_pair_is_of_the_longer_or_the_shorter() -> None:
    """Which side is preferred says nothing; whether it is the longer does."""
    pair = Example(("one two three", "one"), "a", "c")
    even = Example(("one two", "three four"), "b", "c")
    assert kinds("pair", [pair, pair, even], ["a", "b", "b"]) == [LONGER, SHORTER, AS_LONG]
    assert [label_of("pair", pair, kind) for kind in (LONGER, SHORTER)] == ["a", "b"]
    assert label_of("pair", even, AS_LONG) == "a"
    assert kinds("one", [pair], ["x"]) == ["x"]


def test_the_sides_of_pairs_are_dealt_anew() -> None:
    """Sides carry nothing: the same two texts stand the same way however they were given, and half are turned."""
    pairs = [Example((f"alpha {number}", f"beta {number}"), "a", str(number)) for number in range(200)]
    turned = [Example(one.texts[::-1], "b", one.cluster) for one in pairs]
    dealt = with_sides_dealt(Task("t", "pair", tuple(pairs), tuple(turned)))
    assert dealt.human == dealt.llm
    assert 70 <= sum(one.label == "a" for one in dealt.human) <= 130
    with pytest.raises(UsageError, match="label 'tie'; expected 'a' or 'b'"):
        with_sides_dealt(Task("t", "pair", (replace(pairs[0], label="tie"),), ()))


@pytest.mark.parametrize(
    ("human", "message"),
    [
        (reviews(1), "1 human examples in 1 clusters are too few"),
        (reviews(40, per_cluster=20), "40 human examples in 2 clusters are too few"),
        (tuple(replace(one, label="good") for one in reviews(40)), "all 40 human examples have the label 'good'"),
        (tuple(replace(one, texts=(" ",)) for one in reviews(40)), "0 human examples have words"),
        ((), "0 human examples in 0 clusters"),
    ],
)
def test_data_that_cannot_be_learnt_from(human: tuple[Example, ...], message: str) -> None:
    """One clear line before anything is trained."""
    task = Task("reviews", "one", human, reviews(40))
    with pytest.raises(UsageError, match=message) as caught:
        retrain(task, make=_never, seeds=2)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def _never(shape: Shape, seed: int) -> WordVotes:
    raise AssertionError("a model was made")


def test_a_fold_of_one_label_is_answered_with_it() -> None:
    """A label that only one cluster has is missing from the training of its fold; the other is answered then."""
    human = tuple(replace(one, label="rare" if place == 0 else "usual") for place, one in enumerate(reviews(40)))
    of_human, _ = answers_of(Task("t", "one", human, human), make=word_votes, seeds=2, seed=0)
    assert set(of_human.on_human[:, 0]) == {"usual"}


def test_accuracy_and_macro_f1_may_disagree() -> None:
    """Where they do, surely, the answer says both; where they agree it does not."""
    found = retrain(review_task(200, wrong=0.9), make=word_votes, seeds=2)
    assert "the other way round" not in second_order_section(found).answer
    opposite = replace(found, gap_macro_f1=Estimate(-0.05, -0.07, -0.03, 200, 200))
    told = f"it is the other way round: {signed_words(opposite.gap_macro_f1)}."
    assert told in second_order_section(opposite).answer


def test_little_is_said_to_be_little() -> None:
    """Where people's data teach less than always giving the commonest answer, the answer says that, too."""
    found = retrain(review_task(200, wrong=0.9), make=word_votes, seeds=2)
    assert "teach little" not in second_order_section(found).answer
    unbeaten = replace(found, human=replace(found.human, floor=Estimate(0.9, 0.8, 1.0, 200, 200)))
    assert "always the commonest answer is right in 90.0%." in second_order_section(unbeaten).answer


def test_many_labels_are_told_in_short() -> None:
    """Ten labels at most are listed, the others counted; a long one is cut."""
    human = tuple(replace(one, label=f"label {place % 20:02} {'x' * 60}") for place, one in enumerate(reviews(200)))
    section = second_order_section(retrain(Task("t", "one", human, human), make=word_votes, seeds=2))
    assert section.rows[-1] == ("and 10 more labels", "", "")
    assert sum(row[0].startswith("label ") for row in section.rows) == 10
    assert max(len(row[0]) for row in section.rows) < 60
    assert {len(row) for row in section.rows} == {len(section.columns)}


@pytest.mark.campaign
def test_intervals_cover_a_second_annotator() -> None:
    """With a second annotator in the LLM's place the gap is 0: of 200 intervals 92 to 100 % hold it, unbiased."""
    gaps, covered = [], 0
    for number in range(200):
        truth = reviews(100, wrong=0.0, seed=number)
        task = Task(
            "t", "one", relabelled(truth, wrong=0.3, seed=number), relabelled(truth, wrong=0.3, seed=1000 + number)
        )
        found = retrain(task, make=word_votes, seeds=3, seed=number).gap
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        gaps.append(found.value)
        covered += found.low <= 0 <= found.high
    assert covered >= 184
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(200)
