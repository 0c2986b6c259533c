"""The metaphor judge: word scores with exact places, shares by turn, and crowded figures."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st

from judges.embeddings import Encoder, load_encoder
from judges.fitting.metaphor import stacked_weight, weighted
from judges.fitting.metaphor_corpus import annotated
from judges.metaphor import (
    Figures,
    MetaphorJudge,
    ScoredToken,
    figures_in,
    metaphor_words,
    share,
    share_interval,
)
from judges.metaphor_context import WORD_TEMPLATES, Layout, Lexicon
from judges.metaphor_embeddings import StateModel, held_out_log_odds
from judges.metaphor_features import lemma, pieces
from judges.metaphor_images import Image, images
from judges.metaphor_table import metaphor_table, tagged
from judges.metaphor_words import Calibration, calibrations, words_of_texts
from sims.errors import UsageError
from sims.seeds import generator

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside the checkout")

CROWDED = "My hopes are sinking, the storm keeps burning the bridges, and the roots of our plan are rotten."
PLAIN = "The boat is sinking, the sea is cold, and we swim to the shore near the lighthouse."


@given(st.text())
def test_places_are_exact_for_any_text(text: str) -> None:
    """Each word stands where its token says, in order, without overlap, with a probability in [0, 1]."""
    end = 0
    for token in metaphor_words(text):
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        assert 0 <= token.score <= 1
        end = token.end


def test_preparation_does_not_change_the_words() -> None:
    """Tokenised and curly-quoted text gives the same words and scores as plain text."""
    plain = [(token.text.lower(), token.score) for token in metaphor_words("I don't see it, it's dark.")]
    split = [(token.text, token.score) for token in metaphor_words("i do n't see it , it 's dark .")]
    assert plain == split


def test_contractions_are_two_words() -> None:
    """ "Don't" counts as "do" and "n't", as "do not" does, so that shares have the same divisor."""
    assert [token.text for token in metaphor_words("Don't go")] == ["Do", "n't", "go"]
    assert [(form, start) for form, start, _ in pieces("Don’t", 5)] == [("do", 5), ("n't", 7)]


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("running", "run"),
        ("studies", "study"),
        ("took", "tak"),
        ("takes", "tak"),
        ("moved", "mov"),
        ("moves", "mov"),
        ("glass", "glass"),
    ],
)
def test_light_lemmas(form: str, base: str) -> None:
    """Forms of a word share a base, which need not be a word itself."""
    assert lemma(form) == base


def test_nearest_content_word_by_hand() -> None:
    """ "Price" stands before each word after it, "storm" before none: the feature of the same word is the same."""
    layout = Layout([["price", "of", "the", "storm"], ["the", "storm"], ["price", "the"]], Lexicon())
    before = layout.columns(["lemma-content"], bits=18)[0].tolist()
    nothing, price = before[0], before[1]
    assert before == [nothing, price, price, price, nothing, nothing, nothing, price]
    assert nothing != price


@given(
    st.lists(
        st.lists(
            st.sampled_from(["the", "in", "price", "storm", "rose", "running", ",", "n't", "i", "took", "7"]),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_sentences_do_not_see_each_other(rows: list[list[str]]) -> None:
    """The log-odds of a sentence are the same alone and among others."""
    table = metaphor_table()
    alone = [value for row in rows for value in table.log_odds([row]).tolist()]
    assert table.log_odds(rows).tolist() == pytest.approx(alone)


@pytest.mark.parametrize(
    ("figurative", "literal", "word"),
    [
        ("The idea came from a deep crisis.", "The fish came from a deep lake.", "came"),
        ("Prices are in trouble.", "He is in Paris.", "in"),
        ("She attacked the argument at this point.", "She ate the sandwich at this table.", "at"),
    ],
)
def test_context_moves_the_score(figurative: str, literal: str, word: str) -> None:
    """The same word scores differently in another context, so the neighbours count."""
    scores = [
        next(token.score for token in metaphor_words(text) if token.text == word) for text in (figurative, literal)
    ]
    assert scores[0] != pytest.approx(scores[1])


def test_conventional_metaphor_beats_function_words() -> None:
    """In "spend time" the verb is likelier a metaphor than the pronoun."""
    scores = {token.text: token.score for token in metaphor_words("We spend a lot of time there.")}
    assert scores["spend"] > 0.5 > scores["We"]


def test_share_is_the_mean_or_missing() -> None:
    """Probabilities .1, .2, .3, .6 have the mean .3, whatever the scores; three words are too few."""
    words = [ScoredToken("w", 0, 1, 0.9, score) for score in (0.1, 0.2, 0.3, 0.6)]
    assert share(words) == pytest.approx(0.3)
    assert share(words[:3]) is None


def test_images_name_their_domains_and_places() -> None:
    """Words of source domains and idioms are found once each, where they stand."""
    text = "A storm, yes a Storm: the last straw."
    found = [(image.text, image.start, sorted(image.domains)) for image in images(text)]
    assert found == [("storm", 2, ["open air", "weather"]), ("last straw", 26, ["idiom"])]


def test_density_by_hand() -> None:
    """Two images of two domains and two likely words in 10 words: 4 / 20; fewer figures or one domain give 0."""
    storm, seed = (Image(name, 0, 1, frozenset({name})) for name in ("weather", "plant"))
    word = ScoredToken("w", 5, 6, 0.9, 0.9)
    assert Figures((storm, seed), (word, word), 10).density == pytest.approx(0.2)
    assert Figures((storm, seed), (word,), 10).density == 0
    assert Figures((storm, storm), (word, word), 10).density == 0


def test_crowded_turn_is_a_hit() -> None:
    """A turn that mixes sinking, storm, burning, bridges and roots is flagged, and the reason names them."""
    verdict = MetaphorJudge().judge(transcript(("a", "Where is my refund?"), ("b", f"Well. {CROWDED}")))
    assert [(hit.turn, hit.kind, hit.quote) for hit in verdict.hits] == [(1, "dense", CROWDED)]
    assert '"storm"' in verdict.hits[0].reason


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "We spend a lot of time there, it makes sense, and it takes us a long way.",
        "Feel free to reach out if you have any further questions.",
        "The bridge is closed, take the road by the river.",
    ],
)
def test_literal_and_conventional_twins_are_no_hit(text: str) -> None:
    """Literal talk in one domain and everyday metaphors are not flagged."""
    assert MetaphorJudge().judge(transcript(("a", text))).hits == ()


def test_scores_align_and_missing_is_none() -> None:
    """Short turns and other scripts have None, not 0."""
    lines = (("a", "Please send me the form today."), ("b", "Okay."), ("a", "Привет, как у вас дела сегодня?"))
    verdict = MetaphorJudge().judge(transcript(*lines))
    assert [score is None for score in verdict.turn_scores] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "reason"), [("...", "empty"), ("Okay then.", "too_short"), ("你好，请问这个多少钱？", "language")]
)
def test_unjudged_says_why(text: str, reason: str) -> None:
    """Nothing said, too little said and another script are told apart."""
    verdict = MetaphorJudge().judge(transcript(("a", text)))
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == reason


def test_figures_of_a_text_without_words() -> None:
    """No words, no figures."""
    assert figures_in("...", ()).density == 0


def test_table_carries_its_attribution() -> None:
    """The table names the corpus, its authors and its terms, and stays below 400 kB."""
    path = Path(__file__).parents[1] / "judges" / "weights" / "metaphor_vua.json.gz"
    source = json.loads(gzip.decompress(path.read_bytes()))["source"]
    assert "VU Amsterdam Metaphor Corpus" in source["name"]
    assert "Steen" in source["authors"]
    assert "BNC" in source["licence"]
    assert path.stat().st_size < 400_000


def test_unannotated_stretches_are_left_out() -> None:
    """A run of 300 words without one metaphor was not annotated; 299 words are kept."""

    def sentence(number: int, words: int, label: int) -> dict[str, object]:
        return {"text_id": "t", "sentence_no": str(number), "tokens": ["w"] * words, "labels": [label] * words}

    rows = [sentence(1, 10, 1), sentence(2, 300, 0), sentence(3, 10, 1), sentence(4, 299, 0), sentence(5, 5, 1)]
    assert [row["sentence_no"] for row in annotated(rows)] == ["1", "3", "4", "5"]


@needs_data
def test_expected_share_is_near_the_marked_share() -> None:
    """Over the texts it was fitted on, the mean probability is within one point of the share that people marked."""
    with gzip.open(DATA / "labels_metaphor_vua_tokens.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = annotated([json.loads(line) for line in lines])
    marked = [label for row in rows for label in row["labels"]]
    scores = [token.probability for row in rows for token in metaphor_words(" ".join(row["tokens"]))]
    words = sum(any(char.isalpha() for char in token) for row in rows for token in row["tokens"])
    assert sum(scores) / len(scores) == pytest.approx(sum(marked) / words, abs=0.01)


@pytest.mark.parametrize(
    ("figurative", "literal", "word"),
    [
        ("He attacked my argument.", "He sold my argument.", "attacked"),
        ("Prices rose in spring.", "He paid in spring.", "rose"),
        ("The idea came from a deep crisis.", "The idea grows.", "deep"),
        ("We spend a lot of time there.", "We sleep there.", "spend"),
        ("She is in trouble.", "She is in Paris.", "in"),
        ("A growing problem.", "A red dog.", "growing"),
    ],
)
def test_metaphor_is_called_and_its_sentence_twin_has_fewer(figurative: str, literal: str, word: str) -> None:
    """The metaphorical word scores .5 or more, and its sentence has the larger expected share."""
    found = metaphor_words(figurative)
    assert next(token.score for token in found if token.text == word) >= 0.5
    shares = [sum(token.probability for token in row) / len(row) for row in (found, metaphor_words(literal))]
    assert shares[0] > shares[1]


def test_calibration_by_hand() -> None:
    """At log-odds 2 with bias -1, slope .5 and threshold 0: -1 + 1 = 0, score and probability .5.

    A register of -2 a pronoun share: with 100 words, half of -2 x .5 moves the log-odds to -.5, 1 / (1 + e**.5) = .378.
    """
    plain = Calibration(-1.0, 0.5, 0.0, (0.0, 0.0, 0.0), 0.0)
    moved = Calibration(-1.0, 0.5, 0.0, (0.0, 0.0, -2.0), 0.0)
    log_odds = np.full(100, 2.0)
    assert plain.scores(log_odds)[0] == pytest.approx(0.5)
    assert plain.probabilities(log_odds, 0.5)[0] == pytest.approx(0.5)
    assert moved.probabilities(log_odds, 0.5)[0] == pytest.approx(0.37754, abs=1e-5)


def test_share_interval_by_hand() -> None:
    """100 words at .2: chance variance .2 x .8 / 100 = .0016, and the model's own error is added."""
    found = [ScoredToken("w", 0, 1, 0.4, 0.2)] * 100
    interval = share_interval(found)
    assert interval is not None
    reach = 1.96 * (0.0016 + calibrations()["table"].text_sd ** 2) ** 0.5
    assert (interval.low, interval.high) == pytest.approx((0.2 - reach, 0.2 + reach))
    assert interval.is_too_short
    assert share_interval(found[:3]) is None
    long = share_interval(found * 10)
    assert long is not None
    assert not long.is_too_short


def test_one_author_is_one_register() -> None:
    """What one author says elsewhere moves the probabilities of a text, what another says does not; scores stay."""
    texts = ["The price rose in spring.", "I told you that he saw me and she saw them and we saw it."]
    alone, (same, _), (other, _) = (
        metaphor_words(texts[0]),
        words_of_texts(texts, authors=["a", "a"]),
        words_of_texts(texts, authors=["a", "b"]),
    )
    assert share(other) == pytest.approx(share(alone))
    assert share(same) != pytest.approx(share(alone))
    assert [token.score for token in same] == pytest.approx([token.score for token in alone])


def test_tags_fit_their_words() -> None:
    """ "The price rose." is tagged determiner, noun, verb, mark (5, 7, 13, 12 of the list)."""
    layout = Layout([["the", "price", "rose", "."]], Lexicon())
    assert tagged(layout, metaphor_table().tags).tolist() == [5, 7, 13, 12]


def test_templates_read_what_there_is() -> None:
    """Every template has a place in the table for every token, in range."""
    layout = Layout([["the", "price"], ["rose"]], Lexicon())
    layout.set_tags(np.array([5, 7, 13]))
    found = layout.columns(WORD_TEMPLATES, bits=10)
    assert found.shape == (len(WORD_TEMPLATES), 3)
    assert ((found >= 0) & (found < 1 << 10)).all()


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    """The model that there are weights for."""
    try:
        return load_encoder("all-MiniLM-L6-v2")
    except UsageError as error:
        pytest.skip(str(error))


def test_embeddings_change_version_and_scores(minilm: Encoder) -> None:
    """With the known encoder the version says so; whoever tokenised the text, the scores are the same."""
    assert MetaphorJudge(encoder=minilm).version == MetaphorJudge().version + "+all-MiniLM-L6-v2"
    plain = metaphor_words("I don't see the point.", encoder=minilm)
    split = metaphor_words("I do n't see the point .", encoder=minilm)
    assert [token.score for token in plain] == pytest.approx([token.score for token in split], abs=1e-5)
    assert [token.score for token in plain] != [token.score for token in metaphor_words("I don't see the point.")]


def test_network_by_hand() -> None:
    """States (2, 1) with weights (1, -1) and bias 0 give a unit of 1, log-odds .5 x 1 + .25; (1, 2) only the .25."""
    model = StateModel(
        np.array([[1.0], [-1.0]], np.float32), np.zeros(1, np.float32), np.array([0.5], np.float32), 0.25
    )
    states = np.array([[2.0, 1.0], [1.0, 2.0]], np.float32)
    assert model.of_states(states).tolist() == [0.75, 0.25]
    assert weighted(model, 2.0).of_states(states).tolist() == [1.5, 0.5]


def test_stacked_weight_finds_the_better_judge() -> None:
    """Labels follow the second log-odds, the first are noise beside it: the second counts many times as much."""
    noise = generator(0, "stack")
    made = np.array([[noise.gauss() for _ in range(3)] for _ in range(2000)])
    labels = (3 * made[:, 1] + 0.3 * made[:, 0] + made[:, 2] > 0).astype(np.int64)
    assert 5 < stacked_weight(made[:, 0], made[:, 1], labels) < 20


def test_states_of_two_layers(minilm: Encoder) -> None:
    """Layers stand side by side, each as wide as the model; the last is what is given by default."""
    both, last = minilm.token_states("a deep crisis", layers=(4, -1)), minilm.token_states("a deep crisis")
    assert both.states.shape == (3, 768)
    assert both.states[:, 384:].tolist() == last.states.tolist()
    assert both.states[:, :384].tolist() != last.states.tolist()


def test_weights_of_the_network_are_small_and_know_their_held_out_words(minilm: Encoder) -> None:
    """The file stays below 1 MB, names its source, and holds finite log-odds of words left out for the card."""
    path = Path(__file__).parents[1] / "judges" / "weights" / "metaphor_minilm.npz"
    assert path.stat().st_size < 1_000_000
    assert "VU Amsterdam Metaphor Corpus" in str(np.load(path, allow_pickle=False)["source"])
    held_out = held_out_log_odds(minilm.name)
    assert len(held_out) > 90_000
    assert np.isfinite(held_out).all()


def test_unknown_encoder_is_left_alone() -> None:
    """An encoder without weights changes neither version nor verdict."""

    class Other:
        name = "other"

    judge = MetaphorJudge(encoder=Other())  # type: ignore[arg-type]
    plain, one = MetaphorJudge(), transcript(("a", "We spend a lot of time there."))
    assert judge.judge(one) == plain.judge(one)
