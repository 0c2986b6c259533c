"""Random choices that are the same on every machine, in every process, whatever the hash seed."""

from __future__ import annotations

import hashlib
import json
import random

Part = str | int | float | None


def stable_hash(*parts: Part) -> int:
    """A 64-bit integer that depends on nothing but the parts."""
    content = json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def derive_seed(*parts: Part) -> int:
    """A seed in [0, 2**31), which every provider that takes a seed accepts."""
    return stable_hash(*parts) >> 33


def generator(*parts: Part) -> random.Random:
    """A generator of its own for this place in the run."""
    return random.Random(stable_hash(*parts))  # noqa: S311 - simulation, not secrets
