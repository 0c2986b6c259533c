"""Texts that stand more than once: rows that hold the same text say no more than one does."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.statistics.clusters import cluster_numbers


def text_key(plain: str) -> bytes | None:
    """What texts of the same form (`plain_form`) share, and hardly any others; None without a word."""
    return blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).digest() if plain else None


def clusters_by_text(rows: Sequence[Sequence[bytes | None]]) -> tuple[str, ...]:
    """The cluster of each row, given the keys of its texts: rows that share one, if by way of others, are together.

    >>> clusters_by_text([[b"a", b"x"], [b"b", b"x"], [b"b", None], [b"c", None]])
    ('text 0', 'text 0', 'text 0', 'text 1')
    """
    pairs = [(row, key) for row, keys in enumerate(rows) for key in keys if key is not None]
    places = np.array([row for row, _ in pairs], dtype=np.int64)
    keys = cluster_numbers(key for _, key in pairs) + len(rows)
    size = len(rows) + len(pairs)
    links = coo_array((np.ones(len(pairs)), (places, keys)), shape=(size, size))
    found = connected_components(links, directed=False)[1][: len(rows)]
    return tuple(f"text {number}" for number in cluster_numbers(found.tolist()))


def repeated(keys: Sequence[bytes | None]) -> int:
    """How many of the texts have stood before."""
    known = [key for key in keys if key is not None]
    return len(known) - len(set(known))
