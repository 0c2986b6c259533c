"""Judge cards: what they hold, and that the shipped ones are of the judges as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, Self

import pytest
from card_parts import card, measurement

from judges.card import JudgeCard, dump_card, has_card, load_card, read_card
from judges.catalogue import judge_names, make_judge
from judges.embeddings import DEFAULT_MODEL, Encoder, load_encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.splits import measuring_part
from judges.judge import Judge
from judges.measuring.card_text import CardText
from judges.measuring.cards import Measuring, measure_card, measuring_of
from judges.measuring.fingerprint import decision_fingerprint, fingerprint
from judges.measuring.probe import read_probe
from judges.panel import judge_transcripts
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.transcript import Transcript

SMALL_CORPORA = ("human_taskmaster4", "human_assistance_mirrorbench")
WITH_GOALS_ADDED = ("private_facts",)
"""Judges measured on conversations that were changed first; the first row of their cards is cheap."""
CARDS = [name for name in judge_names() if has_card(name)]
"""Those there are to check; `test_every_judge_has_a_card` says that this is all of them."""


class Nudged:
    """A judge whose scores are another's, a little higher."""

    def __init__(self, judge: Judge, by: float) -> None:
        self._judge, self._by = judge, by
        self.name, self.version = judge.name, judge.version

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The same around a prepared judge."""
        return type(self)(self._judge.prepare(sample), self._by)

    def judge(self, transcript: Transcript) -> Verdict:
        """The other's verdict with raised scores."""
        verdict = self._judge.judge(transcript)
        raised = tuple(None if score is None else score + self._by for score in verdict.turn_scores)
        return replace(verdict, turn_scores=raised)


class Counting:
    """A measuring module that says what it was given."""

    CARD = CardText("a thing", "points", "0.5", ("blind",), ())

    def measure(self, data: Path, encoder: Encoder | None) -> Any:
        """One row with six digits."""
        yield measurement(value=0.123456, with_embeddings=encoder is not None)


def test_every_judge_has_a_card() -> None:
    """The shipped cards are of the judges there are, each of them and no other; a missing one needs `make cards`."""
    shipped = {path.name for path in resources.files("judges").joinpath("cards").iterdir()}
    assert {name for name in shipped if name.endswith(".json")} == {f"{name}.json" for name in judge_names()}


def test_every_card_is_of_the_judge_as_it_is() -> None:
    """A shipped judge whose version or verdicts on the probe changed needs `make cards`."""
    stale = [name for name in CARDS if _card(name).fingerprint != fingerprint(make_judge(name))]
    assert stale == [], f"measure again: make cards DATA=... ({', '.join(stale)})"


def test_every_card_names_its_judge_and_version() -> None:
    """The file name, the judge and the version fit."""
    for name in CARDS:
        assert (_card(name).judge, _card(name).version) == (name, make_judge(name).version)


def test_every_card_with_embeddings_is_of_the_judge_as_it_is() -> None:
    """The same of what judges flag with the embeddings that the card was measured with."""
    named = [name for name in CARDS if _card(name).embeddings]
    try:
        encoder = load_encoder(DEFAULT_MODEL)
    except UsageError as error:
        pytest.skip(str(error))
    for name in named:
        expected = _card(name).fingerprint_with_embeddings
        assert decision_fingerprint(make_judge(name, encoder=encoder)) == expected, f"make cards JUDGE={name}"


def test_every_card_has_what_a_stranger_needs() -> None:
    """A headline, the terms of the data, blind spots, and an interval around every figure."""
    for name in CARDS:
        card = _card(name)
        assert card.headline is not None, name
        assert card.blind_spots, name
        assert card.sources, name
        for one in card.measurements:
            assert one.ci_low <= one.value <= one.ci_high, (name, one)


@pytest.mark.parametrize("name", CARDS)
def test_false_alarms_are_counted_again(data: Path, name: str) -> None:
    """On a small human corpus the judge flags as many turns of the measuring part as its card says.

    A card says whether the judge had learnt from the corpus, from its measuring part, or from nothing only in words.
    """
    if name in WITH_GOALS_ADDED:
        measuring = measuring_of(name)
        assert measuring is not None
        assert next(iter(measuring.measure(data, None))) == _card(name).measurements[0]
        return
    rows = [one for one in _card(name).false_alarms if one.data in SMALL_CORPORA]
    assert rows, f"the card of {name} has no false alarms on {' or '.join(SMALL_CORPORA)}"
    for row in rows[:1]:
        corpus = read_corpus(data, row.data)
        held = measuring_part(corpus)
        counts = {_flags(make_judge(name).prepare(sample), held) for sample in ((), corpus, held)}
        assert round(row.value * row.n / 1000) in counts


def _flags(judge: Judge, transcripts: Sequence[Transcript]) -> int:
    return sum(len(verdict.flagged_turns) for verdict in judge_transcripts(transcripts, [judge]))


def test_a_change_of_scores_changes_the_fingerprint() -> None:
    """Two hundredths more on every score is another judge; a ten-millionth is another machine."""
    judge = make_judge("formality")
    assert fingerprint(Nudged(judge, 0.02)) != fingerprint(judge)
    assert fingerprint(Nudged(judge, 0.0)) == fingerprint(judge)
    assert decision_fingerprint(Nudged(judge, 0.02)) == decision_fingerprint(judge)


def test_the_probe_is_varied_and_ours() -> None:
    """Conversations of several kinds, some of which a judge flags, some of which none can judge."""
    probe = read_probe()
    assert len(probe) >= 40
    assert len({one.id for one in probe}) == len(probe)
    assert {0, 1} <= {len(one.turns) for one in probe}
    assert all(one.source.startswith("simstress") or one.scenario for one in probe)


def test_a_card_goes_into_a_file_and_comes_back(tmp_path: Path) -> None:
    """What is written is read, and the same card is the same bytes."""
    path = tmp_path / "card.json"
    path.write_text(dump_card(card()), encoding="utf-8")
    assert read_card(path) == card()
    assert dump_card(read_card(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{", "not a judge card"),
        ("[]", "not a judge card"),
        (dump_card(card()).replace('"judge"', '"jugde"'), "judge: Field required"),
        (dump_card(card()).replace("0.99,", "NaN,"), "not a judge card"),
    ],
)
def test_a_file_that_is_no_card(tmp_path: Path, content: str | None, words: str) -> None:
    """One line with the file and what is wrong."""
    path = tmp_path / "card.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=words) as caught:
        read_card(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["../weights/formality", "role_flip:llm", "", "a\0b", "probe_own.jsonl", "x" * 5000])
def test_a_name_from_a_file_leads_to_no_other_file(name: str) -> None:
    """Verdicts may name any judge; a name that is no judge's has no card."""
    assert load_card(name) is None
    assert not has_card(name)


@pytest.mark.parametrize(
    ("metric", "value", "target", "met"),
    [
        ("AUC", 0.98, 0.98, True),
        ("AUC", 0.979, 0.98, False),
        ("flagged per 1,000 turns", 4.0, 10.0, True),
        ("flagged per 1,000 turns", 11.0, 10.0, False),
        ("bias", -0.02, 0.01, False),
        ("AUC", 0.5, None, None),
    ],
)
def test_a_target_is_met_from_the_right_side(metric: str, value: float, target: float | None, met: bool | None) -> None:
    """More is better, but for false alarms and errors."""
    assert measurement(metric=metric, value=value, target=target).is_met is met


def test_figures_with_and_without_embeddings_stand_side_by_side() -> None:
    """Rows of the same thing pair up; the headline is without embeddings and no false-alarm rate."""
    alarms = measurement(metric="flagged per 1,000 turns", value=3.0)
    of_models = measurement(metric="flagged per 1,000 turns", value=30.0, data="llm_taubench")
    plain, embedded = measurement(value=0.9), measurement(value=0.95, with_embeddings=True)
    alone = measurement(what="another", value=0.8, with_embeddings=True)
    made = card(measurements=(alarms, embedded, plain, of_models, alone))
    assert made.paired == ((alarms, None), (plain, embedded), (of_models, None), (alone, None))
    assert made.headline == plain
    assert made.false_alarms == (alarms,)


def test_a_card_is_put_together_from_what_was_measured(tmp_path: Path) -> None:
    """Figures to four digits, the shipped judge's version and fingerprint, the words of the module."""
    measuring: Measuring = Counting()
    made = measure_card("repetition", measuring, tmp_path, encoder=None)
    assert made.measurements[0].value == 0.1235
    assert (made.finds, made.blind_spots) == ("a thing", ("blind",))
    assert (made.version, made.fingerprint) == (make_judge("repetition").version, fingerprint(make_judge("repetition")))
    assert made.embeddings is None
    assert not [one for one in made.measurements if one.with_embeddings]


def _card(name: str) -> JudgeCard:
    found = load_card(name)
    assert found is not None
    return found
