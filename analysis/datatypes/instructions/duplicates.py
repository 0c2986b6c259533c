"""Rows that are nearly the same as an earlier one, found by MinHash."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example, tokens
from sims.seeds import stable_hash

LEAST_LIKENESS = 0.8
_PARTS, _HASHES, _BANDS = 2, 32, 16
_RUN = 3
Signatures = npt.NDArray[np.uint32]


class NearDuplicate(Check):
    """A row whose instruction is nearly that of an earlier row, and whose input and output together are, too.

    Likeness is the lower of the two Jaccard indices of runs of three tokens, each estimated from 32 hash values
    (standard error .07 at .8), so that neither a long instruction nor a long input makes up for the other. Rows are
    compared where one of 16 bands of two values of each is equal, which finds likenesses of .8 in 99.98 of 100 cases.
    It keeps 264 bytes a row. Tokens count with their symbols: "5 > 3" is not "5 < 3". Source: Broder (1997); Lee et al.
    (2022), Deduplicating Training Data.
    """

    name: ClassVar[str] = "near_duplicate"
    version: ClassVar[str] = "3"
    says: ClassVar[str] = "an earlier row is nearly the same, in instruction, input and output"

    def __init__(self) -> None:
        self._hashes = array("I")
        self._whole = array("Q")
        self._empty = MinHash(num_perm=_HASHES, hashfunc=zlib.crc32)

    def learn(self, example: Example) -> None:
        """Keep the row's hash values, of the instruction and of the rest."""
        fields = [tokens(field) for field in (example.instruction, example.input, example.output)]
        self._whole.append(stable_hash(*map(" ".join, fields)))
        parts = [self._hashed(part) for part in (fields[0], [*fields[1], *fields[2]])]
        self._hashes.frombytes(np.column_stack(parts).tobytes())

    def _hashed(self, found: Sequence[str]) -> Signatures:
        minhash = self._empty.copy()
        minhash.update_batch(_runs(found))
        return np.asarray(minhash.hashvalues, dtype=np.uint32)

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One for the later of two rows; the first of all stays."""
        earlier = self._earlier.get(example.number)
        if earlier is not None:
            number, likeness = earlier
            is_same = self._whole[number - 1] == self._whole[example.number - 1]
            percent = 100 if is_same else min(99, round(100 * likeness))
            yield self.suspicion(f"row {number} is the same to {percent}%")

    @cached_property
    def _earlier(self) -> dict[int, tuple[int, float]]:
        """By the number of a row: the first row that it is nearly the same as, and how much."""
        signatures = np.frombuffer(self._hashes, dtype=np.uint32).reshape(-1, _HASHES * _PARTS)
        found: dict[int, tuple[int, float]] = {}
        for later, first, likeness in _pairs(signatures):
            if later not in found or first < found[later][0]:
                found[later] = first, likeness
        return found


def _runs(found: Sequence[str]) -> list[bytes]:
    """The runs of three tokens; of fewer, all as one."""
    count = max(1, len(found) - _RUN + 1)
    return [" ".join(found[start : start + _RUN]).encode(errors="surrogatepass") for start in range(count)]


def _pairs(signatures: Signatures) -> Iterator[tuple[int, int, float]]:
    """Rows, counted from 1, with an earlier one that shares a band, and the estimated likeness where it is enough."""
    for band in np.split(signatures, _BANDS, axis=1):
        keys = np.ascontiguousarray(band).view(f"V{4 * band.shape[1]}").ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        earlier = first[group]
        later = np.flatnonzero(earlier != np.arange(len(keys)))
        equal = (signatures[later] == signatures[earlier[later]]).reshape(-1, _HASHES, _PARTS)
        likeness = equal.mean(axis=1).min(axis=1)
        for row in np.flatnonzero(likeness >= LEAST_LIKENESS):
            yield int(later[row]) + 1, int(earlier[later[row]]) + 1, float(likeness[row])
