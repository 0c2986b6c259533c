"""A second-order result in words; computes nothing."""

from __future__ import annotations

from analysis.datatypes.told import Chart, PlotRow, Section, columns, points_words, share_words, signed_words
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.trained import KindShare, Trained
from analysis.wording import UNKNOWN, counted, number, one_line, p_value, percent, with_sign

_MOST_KINDS = 10
_TOLD_SHARE = 0.01
_PEOPLE, _LLM = "trained on people", "trained on the LLM"


def second_order_section(found: SecondOrder) -> Section:
    """The section of one task: both models on people's data, their gap, and what each amplifies."""
    return Section(
        title=f"Second order: {found.name}",
        answer=_answer(found),
        columns=columns("tested on people's data", _PEOPLE, _LLM),
        rows=(*_scores(found.human, found.llm), *_spread(found.human, found.llm)),
        note=_note(found),
        chart=_chart(found),
    )


def _answer(found: SecondOrder) -> str:
    scores = f"{percent(found.human.accuracy.value)} against {percent(found.llm.accuracy.value)} right"
    gap = f"a gap of {points_words(found.gap)}"
    if found.finding == "NOTHING_LEARNT":
        nothing = "nothing that this model learns from either side shows on people's data"
        return f"Cannot tell: {nothing}, so {gap} says nothing.{_cautions(found)}"
    if found.finding == "UNDECIDED":
        return f"Cannot tell which training data is better: {scores}, {gap}. {_ruled_out(found)}{_cautions(found)}"
    word = "worse" if found.finding == "WORSE" else "better"
    answer = f"A model trained on the LLM's data does {word} on people's: {scores}, {gap}."
    return answer + _other_way(found) + _cautions(found)


def _cautions(found: SecondOrder) -> str:
    return _little_learnt(found) + _below_guessing(found) + _unknown_labels(found)


def _ruled_out(found: SecondOrder) -> str:
    if found.gap.low is None or found.gap.high is None:
        return "There are too few clusters for an interval."
    worst = with_sign(100 * max(0.0, found.gap.high), digits=1).removeprefix("+")
    return f"That is not the same as alike: only a loss of more than {worst} points is ruled out."


def _little_learnt(found: SecondOrder) -> str:
    if found.finding == "NOTHING_LEARNT":
        return ""
    if not found.human.has_learnt:
        return " People's data teach this model nothing that can be shown, the LLM's do."
    if (found.human.accuracy.value or 0) > (found.human.floor.value or 0):
        return ""
    return f" People's data teach little: always the commonest answer is right in {percent(found.human.floor.value)}."


def _other_way(found: SecondOrder) -> str:
    """What macro F1 says where it contradicts accuracy; empty where it does not."""
    f1, accuracy = found.gap_macro_f1, found.gap
    if not f1.excludes_zero or (f1.value or 0) * (accuracy.value or 0) > 0:
        return ""
    return (
        f" In macro F1, where rare labels count as much as common ones, it is the other way round: {signed_words(f1)}."
    )


def _below_guessing(found: SecondOrder) -> str:
    high = found.llm.kappa.high
    if high is None or high >= 0:
        return ""
    return (
        " The LLM-trained model does worse than guessing: see first that both sides write their labels in the same"
        " code, none swapped."
    )


def _unknown_labels(found: SecondOrder) -> str:
    if found.unknown_labels < _TOLD_SHARE:
        return ""
    return (
        f" {percent(found.unknown_labels)} of people's labels stand nowhere on the LLM's side, so that a model trained"
        " there cannot give them: see first that both sides use one code."
    )


def _scores(human: Trained, llm: Trained) -> tuple[tuple[str, ...], ...]:
    return (
        ("accuracy", share_words(human.accuracy), share_words(llm.accuracy)),
        ("always the commonest answer", share_words(human.floor), share_words(llm.floor)),
        ("beyond chance (kappa)", signed_words(human.kappa), signed_words(llm.kappa)),
        ("macro F1", share_words(human.macro_f1), share_words(llm.macro_f1)),
        ("accuracy on the LLM's own labels", share_words(human.on_llm), share_words(llm.on_llm)),
    )


def _spread(human: Trained, llm: Trained) -> tuple[tuple[str, ...], ...]:
    """What each amplifies, then each kind: how often it was taught and answered."""
    commonest = (
        ("commonest in its training", _named(human.majority), _named(llm.majority)),
        ("its share: answers less training", points_words(human.amplification), points_words(llm.amplification)),
        ("its share: answers less people", points_words(human.beyond_people), points_words(llm.beyond_people)),
    )
    taught = [{kind.kind: kind for kind in trained.kinds} for trained in (human, llm)]
    people = {kind.kind: kind.people for trained in (human, llm) for kind in trained.kinds}
    shown = list(people)[:_MOST_KINDS]
    left_out = ((f"and {counted(len(people) - len(shown), 'more label')}", "", ""),) if len(people) > len(shown) else ()
    by_kind = (
        (f"{_named(kind)} (people {percent(people[kind])})", *(_taught_and_answered(of, kind) for of in taught))
        for kind in shown
    )
    return (*commonest, *by_kind, *left_out)


def _named(kind: str) -> str:
    return one_line(kind, limit=40)


def _taught_and_answered(kinds: dict[str, KindShare], kind: str) -> str:
    found = kinds.get(kind)
    if found is None:
        return UNKNOWN
    return f"taught {percent(found.taught)}, answers {share_words(found.answered)}"


def _note(found: SecondOrder) -> str:
    size = counted(found.training_size, "example")
    of = f", chosen from {number(found.human_given)}," if found.human_given > found.human_examples else ""
    other = "" if found.same_texts else " The sides' texts may differ in topic and length, too; that is in the gap."
    lessons = f"the same {size}, labelled by each" if found.same_texts else f"{size} of each"
    return (
        f"{found.seeds} seeds of {found.folds} folds. Trained on {lessons}; tested on all"
        f" {number(found.human_examples)} examples of people{of} in {counted(found.human_clusters, 'cluster')}, none of"
        " which either model saw. Intervals of 95 % count the test clusters, the overlap of training data and the"
        f" seed; the gap by seed goes from {_points(min(found.gap_by_seed))} to {_points(max(found.gap_by_seed))}"
        f" points, in macro F1 it is {signed_words(found.gap_macro_f1)}. One test, of the gap in accuracy"
        f" (p {p_value(found.gap.p)}); the other figures are not tested. It speaks of examples like these, so many,"
        f" and of this model.{other}{_copies(found)}"
    )


def _copies(found: SecondOrder) -> str:
    """What stands on both sides, and what was joined for it."""
    both, fewer = counted(found.shared_texts, "text"), counted(found.clusters_joined, "cluster")
    shared = f" {both} of people's stand on the LLM's side, too." if found.shared_texts else ""
    joined = f" Clusters that share a text count as one: {fewer} fewer." if found.clusters_joined else ""
    return shared + joined


def _points(share: float) -> str:
    return with_sign(100 * share, digits=1)


def _chart(found: SecondOrder) -> Chart:
    rows = [
        PlotRow(label, group, figure.value, figure.low, figure.high)
        for group, trained in ((_PEOPLE, found.human), (_LLM, found.llm))
        for label, figure in (
            ("people's labels", trained.accuracy),
            ("the LLM's labels", trained.on_llm),
            ("floor", trained.floor),
        )
        if figure.value is not None
    ]
    return Chart("How often each model is right", "accuracy", tuple(rows))
