"""The shipped models: what they learn, that sides of a pair mean nothing; and anybody's by an entry point."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest
from second_order_parts import WordVotes, review_task, reviews, word_votes

from analysis.second_order import estimators
from analysis.second_order.estimators import load_estimator
from analysis.second_order.models import small_model
from analysis.second_order.retraining import retrain
from analysis.second_order.task import Example, Shape, Task
from sims.errors import UnknownNameError, UsageError


def test_the_label_of_a_text_is_learnt() -> None:
    """Words that go with a label carry over to texts that were not seen."""
    found = retrain(review_task(80, wrong=0.1), make=small_model, seeds=2)
    assert found.human.kappa.low is not None
    assert found.human.kappa.low > 0.2


def test_swapping_a_pair_swaps_the_answer() -> None:
    """The reward model has no bias for a side, even where all it was shown preferred the second text."""
    texts = [(f"short {number}", f"a much longer answer {number}, with reasons") for number in range(30)]
    model = small_model("pair", 0)
    model.fit([*texts, *[one[::-1] for one in texts[:3]]], ["b"] * 30 + ["a"] * 3)
    new = [("short 99", "a much longer answer 77, with reasons"), ("no", "reasons, reasons, reasons!")]
    assert model.predict(new) == ["b", "b"]
    assert model.predict([one[::-1] for one in new]) == ["a", "a"]


def test_what_belongs_together_is_learnt() -> None:
    """Outputs about the thing asked for belong, others do not; things that were not seen, too."""
    things = [
        "apples",
        "rivers",
        "tigers",
        "candles",
        "mountains",
        "violins",
        "pirates",
        "lanterns",
        "comets",
        "gardens",
    ]
    pairs = [
        ((f"write about {asked}", f"here is a text about {told}"), "yes" if asked == told else "no")
        for place, asked in enumerate(things)
        for told in (asked, things[(place + 3) % len(things)])
    ]
    model = small_model("match", 0)
    model.fit([texts for texts, _ in pairs], [label for _, label in pairs])
    assert model.predict([("write about zebras", "here is a text about zebras")]) == ["yes"]
    assert model.predict([("write about zebras", "here is a text about castles")]) == ["no"]


@pytest.mark.parametrize("shape", ["one", "pair", "match"])
def test_models_take_odd_texts(shape: Shape) -> None:
    """Empty texts, marks only and other scripts are learnt from and answered; the same twice."""
    odd = ["", "?!", "наука", "word\nword", "x" * 2000, "two words"]
    texts = [(text,) if shape == "one" else (text, odd[place - 1]) for place, text in enumerate(odd)]
    answers = []
    for _ in range(2):
        model = small_model(shape, 0)
        model.fit(texts, ["a", "b"] * 3)
        answers.append(list(model.predict(texts)))
    assert answers[0] == answers[1]
    assert set(answers[0]) <= {"a", "b"}


def offered(monkeypatch: pytest.MonkeyPatch, *names: str, value: str) -> None:
    """Make it look as if installed packages offered these names."""
    points = EntryPoints(EntryPoint(name, value, estimators.GROUP) for name in names)
    monkeypatch.setattr(estimators, "entry_points", lambda group: points.select(group=group))


class _Broken(WordVotes):
    def predict(self, texts: object) -> list[str]:
        raise ValueError("no weights")


def broken(shape: Shape, seed: int) -> WordVotes:
    """A model that learns and then fails."""
    return _Broken()


def too_few(shape: Shape, seed: int) -> WordVotes:
    """A model that answers one example only."""
    model = word_votes(shape, seed)
    model.predict = lambda texts: ["good"]  # type: ignore[method-assign]
    return model


def other_label(shape: Shape, seed: int) -> WordVotes:
    """A model that answers what it was never shown."""
    model = word_votes(shape, seed)
    model.predict = lambda texts: ["great"] * len(texts)  # type: ignore[method-assign]
    return model


def of_many_lines(shape: Shape, seed: int) -> WordVotes:
    """A model whose fault has three lines."""
    raise ValueError("line one\nline two\n" + "x" * 900)


def leaving(shape: Shape, seed: int) -> WordVotes:
    """A model that ends the program."""
    raise SystemExit(3)


def talking(shape: Shape, seed: int) -> WordVotes:
    """A model that prints as it is made."""
    print("epoch 1")
    return word_votes(shape, seed)


def no_model(shape: Shape, seed: int) -> object:
    """What has neither fit nor predict."""
    return object()


NOT_CALLABLE = 3


def test_an_entry_point_is_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model offered by a package does what the same model does when it is handed over."""
    offered(monkeypatch, "votes", value="second_order_parts:word_votes")
    task = review_task(60, wrong=0.2)
    assert retrain(task, make=load_estimator("votes"), seeds=2) == retrain(task, make=word_votes, seeds=2)


def test_an_unknown_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that are offered are listed and the nearest is offered."""
    offered(monkeypatch, "roberta", value="nowhere:make")
    with pytest.raises(UnknownNameError, match=r"unknown estimator 'robrta'.*roberta"):
        load_estimator("robrta")


def test_no_estimator_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody offers any, the message says where they would come from."""
    monkeypatch.setattr(estimators, "entry_points", lambda group: EntryPoints())
    with pytest.raises(
        UsageError, match=r"offers the estimator 'bert', nor any \(entry points 'simstress.estimators'\)"
    ):
        load_estimator("bert")


def test_a_name_offered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one is meant cannot be told."""
    offered(monkeypatch, "votes", "votes", value="second_order_parts:word_votes")
    with pytest.raises(UsageError, match="'votes' is offered 2 times"):
        load_estimator("votes")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nowhere_at_all:make", "failed at importing nowhere_at_all:make: ModuleNotFoundError"),
        ("second_order_parts:nothing", "failed at importing second_order_parts:nothing: AttributeError"),
        ("test_second_order_models:NOT_CALLABLE", r"is int; expected make\(shape, seed\)"),
        ("test_second_order_models:no_model", "made object, which has no fit and no predict"),
        ("test_second_order_models:broken", "'theirs' failed at predict: ValueError: no weights"),
        ("test_second_order_models:too_few", "'theirs' gave 1 labels for"),
        ("test_second_order_models:other_label", "'theirs' gave the label 'great'; it was shown 'bad', 'good'"),
        ("test_second_order_models:of_many_lines", "'theirs' failed at making it: ValueError: line one line two xxx"),
        ("test_second_order_models:leaving", "'theirs' failed at making it: SystemExit: 3"),
    ],
)
def test_a_bad_estimator_is_one_line(monkeypatch: pytest.MonkeyPatch, value: str, message: str) -> None:
    """Whatever is wrong with somebody's model, the message says so in a line that names it."""
    offered(monkeypatch, "theirs", value=value)
    with pytest.raises(UsageError, match=message) as caught:
        retrain(review_task(60, wrong=0.2), make=load_estimator("theirs"), seeds=2)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_a_model_prints_is_not_output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr, so that a record on stdout stays one."""
    offered(monkeypatch, "theirs", value="test_second_order_models:talking")
    retrain(review_task(60, wrong=0.2), make=load_estimator("theirs"), seeds=2)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("epoch 1") == 20


def test_pairs_and_matches_are_retrained() -> None:
    """Both other shapes go the whole way: longer answers preferred by people, shorter by the model."""
    texts = [(f"point {number}", f"point {number} with many more words here") for number in range(40)]
    human = tuple(Example(pair, "b", str(number)) for number, pair in enumerate(texts))
    llm = tuple(Example(pair, "a", str(number)) for number, pair in enumerate(texts))
    found = retrain(Task("length", "pair", human, llm), make=small_model, seeds=2)
    assert found.human.majority == "the longer text"
    assert found.llm.majority == "the shorter text"
    assert (found.human.accuracy.value, found.llm.accuracy.value) == (1.0, 0.0)
    belongs = tuple(
        Example((f"say {one.texts[0]}", one.texts[0] if place % 2 else "nothing"), "yn"[place % 2], one.cluster)
        for place, one in enumerate(reviews(40))
    )
    assert retrain(Task("match", "match", belongs, belongs), make=small_model, seeds=2).human.accuracy.value == 1.0
