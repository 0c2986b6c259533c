"""Labels, thresholds and judges that use them: known answers, and every wrong label told in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from builders import transcript
from card_parts import card
from hypothesis import given
from hypothesis import strategies as st

from judges.calibrated import KIND, CalibratedJudge, read_own_card, with_own_thresholds
from judges.calibration import (
    Calibration,
    Scored,
    calibrate,
    calibration_record,
    cohen_kappa,
    cross_fitted,
    fit_threshold,
    labelled_scores,
    own_card,
    people_alpha,
    people_kappa,
)
from judges.card import dump_card
from judges.catalogue import make_judge
from judges.judge import Judge
from judges.labels import Label, Labelled, LabelSet, label_set, noted_labels, read_labels
from judges.measuring.figures import Figure
from judges.verdict import Verdict, unjudged, verdict_on
from sims.errors import UsageError

TURNS = {"t1": 3, "t2": 2}


def scored(*rows: tuple[float, int], conversation: str = "c") -> list[Scored]:
    """Items of conversations c0, c1, ..., one each."""
    return [Scored(score, label, f"{conversation}{place}") for place, (score, label) in enumerate(rows)]


def verdict(name: str, *scores: float | None) -> Verdict:
    """Scores of a conversation's turns."""
    one = transcript(*[("a", "word")] * len(scores), id=name)
    return verdict_on(one, judge="j", version="1", turn_scores=scores)


def test_the_threshold_is_the_lowest_that_is_precise() -> None:
    """Labels by falling score 1 1 0 1 0: precision 1, 1, 2/3, 3/4, 3/5; for .75 the fourth score, for .9 the second."""
    rows = scored((0.9, 1), (0.8, 1), (0.7, 0), (0.6, 1), (0.5, 0))
    assert fit_threshold(rows, wanted_precision=0.75, min_flags=1) == 0.6
    assert fit_threshold(rows, wanted_precision=0.9, min_flags=1) == 0.8
    assert fit_threshold(scored((0.9, 0), (0.8, 1)), wanted_precision=0.9, min_flags=1) is None


def test_equal_scores_stand_or_fall_together() -> None:
    """One right and one wrong at the same score: precision .5, whichever comes first."""
    for rows in (scored((0.9, 1), (0.9, 0)), scored((0.9, 0), (0.9, 1))):
        assert fit_threshold(rows, wanted_precision=0.6, min_flags=1) is None
        assert fit_threshold(rows, wanted_precision=0.5, min_flags=1) == 0.9


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1])), min_size=1, max_size=40))
def test_a_threshold_keeps_its_word(rows: list[tuple[float, int]]) -> None:
    """Whatever the labels, flagging from the threshold on is right as often as was wanted."""
    threshold = fit_threshold(scored(*rows), wanted_precision=0.7)
    if threshold is not None:
        flagged = [label for score, label in rows if score >= threshold]
        assert sum(flagged) >= 0.7 * len(flagged) - 1e-9


def test_nothing_is_scored_on_what_it_was_fitted_to() -> None:
    """The only positive with a high score is in one conversation: without it no threshold is left for it to pass."""
    rows = scored((0.9, 1), *[(0.1, 0)] * 9)
    assert fit_threshold(rows, wanted_precision=0.9, min_flags=1) == 0.9
    assert cross_fitted(rows, wanted_precision=0.9, min_flags=1) == [False] * 10


def test_kappa_of_a_known_table() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, by chance .5*.6 + .5*.4 = .5, kappa .4 (Cohen 1960)."""
    one = np.array([1.0] * 25 + [0.0] * 25)
    other = np.array([1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15)
    assert cohen_kappa(one, other) == pytest.approx(0.4)
    assert np.isnan(cohen_kappa(one[:5], one[:5]))
    assert np.isnan(cohen_kappa(np.zeros(50), other)), "a judge that never flags has no kappa, rather than 0 [0, .006]"


def people(*votes: tuple[int, int]) -> LabelSet:
    """Two annotators on turns of as many conversations."""
    items = [Labelled(f"t{place}", 0, {"ann": one, "bob": other}) for place, (one, other) in enumerate(votes)]
    return LabelSet("turn", tuple(items))


def test_agreement_between_people_is_the_ceiling() -> None:
    """Agreement on all is 1; the nominal alpha of 0-0, 0-0, 1-1, 0-1: 1 - (8-1) * 2 / (2 * 5 * 3) = .5333."""
    labels = people((0, 0), (0, 0), (1, 1), (0, 1))
    assert people_alpha(labels) == pytest.approx(1 - 7 * 2 / 30, abs=1e-4)
    same = people((0, 0), (1, 1), (1, 1), (0, 0))
    assert people_alpha(same) == 1
    kappa = people_kappa(same)
    assert kappa is not None
    assert kappa.value == 1
    assert people_alpha(people((0, 0))) is None


def test_a_majority_is_more_than_half() -> None:
    """Two against one is yes; one against one has no label."""
    assert Labelled("t", 0, {"a": 1, "b": 1, "c": 0}).label == 1
    tie = Labelled("t", 0, {"a": 1, "b": 0})
    assert tie.is_tie
    assert LabelSet("turn", (tie,)).decided == ()


def many(size: int = 60) -> tuple[LabelSet, dict[str, Verdict]]:
    """Conversations of two turns: the first is a fault and scores .7 and more, the second is none and scores less."""
    verdicts = {f"t{n:02}": verdict(f"t{n:02}", 0.7 + n / 1000, 0.3 + n / 1000) for n in range(size)}
    labels = [Label(name, turn, 1 if turn == 0 else 0) for name in verdicts for turn in (0, 1)]
    return label_set(labels, dict.fromkeys(verdicts, 2)), verdicts


@cache
def perfect() -> Calibration:
    """What comes of sixty such conversations."""
    return calibrate(*many(), wanted_precision=0.9)


def test_calibrating_a_perfect_judge() -> None:
    """The threshold is the lowest score of a fault, .7; held out that one is missed: recall 59/60, the rest is 1."""
    found = perfect()
    assert found.threshold is not None
    assert found.threshold <= 0.7
    assert found.auc is not None
    assert found.auc.value == 1
    assert found.recall is not None
    assert found.recall.value == round(59 / 60, 4)
    assert found.precision is not None
    assert found.precision.value == 1
    assert found.warnings == ()
    record = calibration_record(found)
    assert json.loads(json.dumps(record, allow_nan=False))["recall"] == 0.9833


def test_few_labels_are_warned_of() -> None:
    """Twenty labels are below a hundred."""
    found = calibrate(*many(10), wanted_precision=0.9)
    assert "20 labels: below 100" in found.warnings[0]
    assert "10 labelled conversations, 10 of them with a positive: below 30 or 10" in found.warnings[1]


def test_many_turns_of_few_conversations_are_few() -> None:
    """Three conversations of 40 labelled turns, 4 positives each: 120 labels, and a warning all the same."""
    verdicts = {name: verdict(name, *[0.9] * 4, *[0.1] * 36) for name in ("t1", "t2", "t3")}
    labels = [Label(name, turn, 1 if turn < 4 else 0) for name in verdicts for turn in range(40)]
    found = calibrate(label_set(labels, dict.fromkeys(verdicts, 40)), verdicts, wanted_precision=0.9)
    assert "3 labelled conversations, 3 of them with a positive" in found.warnings[0]


def test_a_tie_between_annotators_has_no_label() -> None:
    """Two annotators on both turns of sixty conversations, at odds on one turn: 119 labels, one tie, both told."""
    one, verdicts = many()
    items = [replace(item, votes={"ann": item.label, "bob": item.label}) for item in one.items]
    items[0] = replace(items[0], votes={"ann": 1, "bob": 0})
    found = calibrate(LabelSet("turn", tuple(items)), verdicts, wanted_precision=0.9)
    assert (found.labels, found.ties) == (119, 1)
    assert any("1 turns on which the annotators split evenly" in warning for warning in found.warnings)


def test_luck_makes_no_threshold() -> None:
    """Four positives have the highest scores, all else is negative: four flags are too few, five are enough.

    A lower cut would find nothing more, so four positives and a negative make no threshold either.
    """
    rest = [(0.5, 0), *[(0.1, 0)] * 20]
    assert fit_threshold(scored(*[(0.9, 1)] * 4, *rest), wanted_precision=0.8) is None
    assert fit_threshold(scored(*[(0.9, 1)] * 5, *rest), wanted_precision=0.8) == 0.9


def test_six_positives_are_enough_for_a_perfect_judge() -> None:
    """6 positives, a conversation each: outside a fold are 4 or 5 of them, as many flags as its threshold needs."""
    decided = cross_fitted(scored(*[(0.9, 1)] * 6, *[(0.1, 0)] * 30), wanted_precision=0.9)
    assert sum(decided[:6]) >= 4
    assert not any(decided[6:])


def test_the_outcome_is_that_of_held_out_labels() -> None:
    """Wanted .9: .95 held out passes, .85 [.7, .95] is undecided, .6 [.4, .8] is not kept; each shortfall is told."""
    outcomes = []
    for value, low, high in ((0.95, 0.8, 1.0), (0.85, 0.7, 0.95), (0.6, 0.4, 0.8)):
        found = replace(perfect(), precision=Figure(value, low, high, 20, 20))
        outcomes.append(found.outcome)
        assert bool(found.warnings) is (value < 0.9)
    assert outcomes == ["PASS", "INCONCLUSIVE", "REGRESSED"]
    assert replace(perfect(), precision=None).outcome == "INCONCLUSIVE"
    assert replace(perfect(), threshold=None).outcome == "REGRESSED"


def test_what_has_no_score_is_missing_with_bounds() -> None:
    """Of 60 faults 6 have no score; the lowest of the others is below the other folds' threshold: 53 to 59 of 60."""
    labels, verdicts = many()
    for name in sorted(verdicts)[:6]:
        verdicts[name] = verdict(name, None, 0.3)
    found = calibrate(labels, verdicts, wanted_precision=1.0)
    assert found.unscored == 6
    assert found.recall is not None
    assert (found.recall.n, found.recall.value) == (54, round(53 / 54, 4))
    assert found.recall_worst == (round(53 / 60, 4), round(59 / 60, 4))
    assert any("6 labelled turns have no score" in warning for warning in found.warnings)


def test_an_unjudged_conversation_is_counted() -> None:
    """Both labelled turns of it are missing, one of each kind."""
    labels, verdicts = many()
    verdicts["t00"] = unjudged(
        transcript(("a", "x"), ("a", "y"), id="t00"), judge="j", version="1", reason="language", detail="d"
    )
    found = labelled_scores(labels, verdicts)
    assert (found.missing_positives, found.missing_negatives, found.unjudged_conversations) == (1, 1, 1)


def test_a_dialogue_scores_as_its_highest_turn() -> None:
    """Labels without a turn are of the whole; .2, none and .6 make .6."""
    labels = label_set([Label("t1", None, 1)], TURNS)
    found = labelled_scores(labels, {"t1": verdict("t1", 0.2, None, 0.6)})
    assert labels.unit == "dialogue"
    assert [one.score for one in found.scored] == [0.6]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "there are no labels"),
        ([Label("t3", 0, 1, place="f:1")], "f:1: there is no transcript 't3' in the files given"),
        ([Label("t1", 3, 1, place="f:1")], "f:1: 't1' has no turn 3; its turns are 0 to 2"),
        ([Label("t1", -1, 1, place="f:1")], "has no turn -1"),
        ([Label("t1", 0, 1), Label("t1", 0, 0, place="f:2")], "f:2: turn 0 of 't1' is labelled twice"),
        ([Label("t1", 0, 1), Label("t1", None, 0)], "some labels are of turns and some of whole conversations"),
    ],
)
def test_labels_that_do_not_fit_are_told(labels: list[Label], message: str) -> None:
    """One line: where, what, what was allowed."""
    with pytest.raises(UsageError, match=message):
        label_set(labels, TURNS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("[" * 200_000, "brackets within brackets"),
        ('{"transcript": "t", "label": ' + "9" * 5_000 + "}", "labels.jsonl:1: not JSON"),
        ('{"transcript": null, "label": 1}', "the transcript is null"),
        ("[1]", "expected an object"),
        ("{", "labels.jsonl:1: not JSON"),
        ('{"transcript": "t", "turm": 1, "label": 1}', "unknown key 'turm'; did you mean 'turn'"),
        ('{"transcript": "t"}', "the key 'label' is missing"),
        ('\n{"transcript": "t", "label": 0.5}', "labels.jsonl:2: the label 0.5 is not 0 or 1"),
        ('{"transcript": "t", "label": true}', "the label true is not 0 or 1"),
        ('{"transcript": "t", "label": 1, "turn": "two"}', "the turn 'two' is not a whole number"),
    ],
)
def test_a_wrong_row_is_told(tmp_path: Path, content: str, message: str) -> None:
    """With file and line."""
    path = tmp_path / "labels.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_labels(path)


def test_csv_says_the_same_as_jsonl(tmp_path: Path) -> None:
    """Columns by name, empty cells left out; a byte-order mark does no harm."""
    path = tmp_path / "labels.csv"
    path.write_text("\ufefftranscript,turn,label,annotator\nt1,2,1,ann\nt2,,0,\n", encoding="utf-8")
    assert [(one.transcript, one.turn, one.label, one.annotator) for one in read_labels(path)] == [
        ("t1", 2, 1, "ann"),
        ("t2", None, 0, ""),
    ]
    rows = '\ufeff{"transcript": "t1", "turn": 2.0, "label": 1.0}\n'
    path.with_suffix(".jsonl").write_text(rows, encoding="utf-8")
    assert read_labels(path.with_suffix(".jsonl"))[0].turn == 2
    for label in ("9" * 5_000, "x" * 200_000):
        path.write_text(f"transcript,label\nt1,{label}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=r"labels.csv:2"):
            read_labels(path)
    path.write_text("transcript,label\nt1,yes\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"labels.csv:2: the label 'yes' is not 0 or 1"):
        read_labels(path)
    with pytest.raises(UsageError, match="there is no such file"):
        read_labels(tmp_path / "none.csv")


def test_labels_may_stand_in_the_transcripts() -> None:
    """A list with an entry a turn, null for none; or one number for the whole."""
    one = transcript(("a", "x"), ("b", "y"), meta={"labels": [None, 1]})
    assert [(label.turn, label.label) for label in noted_labels([one])] == [(1, 1)]
    whole = transcript(("a", "x"), meta={"labels": 0})
    assert [(label.turn, label.label) for label in noted_labels([whole])] == [(None, 0)]
    for wrong in ([1], "yes", [1, 2], 2):
        with pytest.raises(UsageError, match=r"transcript 't1', meta\.labels"):
            noted_labels([transcript(("a", "x"), ("b", "y"), meta={"labels": wrong})])


def test_one_kind_of_label_or_one_conversation_is_too_few() -> None:
    """A threshold needs both kinds, and conversations to hold out."""
    labels, verdicts = many(1)
    with pytest.raises(UsageError, match="fewer than two conversations"):
        calibrate(labels, verdicts, wanted_precision=0.9)
    labels, verdicts = many(4)
    yes = LabelSet("turn", tuple(item for item in labels.items if item.label))
    with pytest.raises(UsageError, match="all 4 scored labels are 1"):
        calibrate(yes, verdicts, wanted_precision=0.9)


CUSTOMER = "Could you please provide your order number? I'd be happy to help you with that."
TALK = transcript(
    ("customer", "I want my money back for the kettle."),
    ("support", "I'm sorry. Could you please provide your order number?"),
    ("customer", CUSTOMER),
    roles={"customer": "customer", "support": "support agent"},
)


def held_to(judge: Judge, threshold: float) -> CalibratedJudge:
    """The judge with a card of one's own that flags from there on."""
    return CalibratedJudge(judge, card(judge=judge.name, version=judge.version, flag_at=threshold))


def test_hits_are_cut_at_the_threshold_of_ones_own() -> None:
    """At 0 every scored turn is flagged, the judge's own evidence kept; above 1 none is; scores stay."""
    judge = make_judge("role_flip")
    own = judge.judge(TALK)
    low, high = held_to(judge, 0.0).judge(TALK), held_to(judge, 1.1).judge(TALK)
    assert low.turn_scores == high.turn_scores == own.turn_scores
    assert set(low.flagged_turns) == {turn for turn, score in enumerate(own.turn_scores) if score is not None}
    assert [hit for hit in low.hits if hit.kind != KIND] == list(own.hits)
    assert all(TALK.turns[hit.turn].text == hit.quote for hit in low.hits if hit.kind == KIND)
    assert high.hits == ()
    assert low.version == f"{judge.version}@0.0"


def test_a_threshold_leaves_what_is_not_judged() -> None:
    """The reason stays; preparing keeps the threshold."""
    judge = held_to(make_judge("role_flip"), 0.5).prepare([])
    found = judge.judge(transcript(("a", "Hello there.")))
    assert found.unjudged is not None
    assert found.unjudged.reason == "one_speaker"
    assert (judge.name, judge.threshold) == ("role_flip", 0.5)


def written_card(folder: Path, judge: Judge, *, version: str | None = None) -> Path:
    """A card of one's own in the folder."""
    card = own_card(
        perfect(),
        judge=judge.name,
        version=version or judge.version,
        fingerprint="f",
        data="labels.jsonl",
    )
    path = folder / f"{judge.name}.json"
    path.write_text(dump_card(card), encoding="utf-8")
    return path


def test_a_card_brings_its_threshold_to_its_judge(tmp_path: Path) -> None:
    """The judge with a card gets it, the other stays; the card says what was measured and the precision aimed at."""
    judges = (make_judge("role_flip"), make_judge("metaphor"))
    card = read_own_card(written_card(tmp_path, judges[0]))
    first, second = with_own_thresholds(judges, tmp_path)
    assert isinstance(first, CalibratedJudge)
    assert first.threshold == card.flag_at
    assert second is judges[1]
    assert (card.measurements[0].metric, card.measurements[0].target) == ("precision", 0.9)


def test_cards_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """No folder, no card in it, another version, another judge, not a card, a card without a threshold."""
    judge = make_judge("role_flip")
    with pytest.raises(UsageError, match="no such folder"):
        with_own_thresholds([judge], tmp_path / "none")
    with pytest.raises(UsageError, match=r"expected one of role_flip\.json"):
        with_own_thresholds([judge], tmp_path)
    path = written_card(tmp_path, judge, version="0")
    with pytest.raises(UsageError, match="fitted to version 0 of role_flip"):
        with_own_thresholds([judge], tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"role_flip"', '"metaphor"'), encoding="utf-8")
    with pytest.raises(UsageError, match="a card of metaphor, not of role_flip"):
        with_own_thresholds([judge], tmp_path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="not a judge card"):
        with_own_thresholds([judge], tmp_path)
    path = written_card(tmp_path, judge)
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | {"flag_at": None}), encoding="utf-8")
    with pytest.raises(UsageError, match="has no threshold"):
        read_own_card(path)
