"""What a folder of remembered replies holds, and forgetting it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sims.cache import Remembered, ReplyCache
from sims.errors import OutputError, UnknownNameError
from sims.reply_store import StoreFault

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class ModelReplies:
    """What is remembered of one model: replies, refusals among them, and the bytes of their entries.

    `oldest_s` and `newest_s` are in seconds since 1970. `cost_usd` is what the replies cost once, and what it saves to
    use each of them again; `without_cost` counts those whose price nobody knew, which add nothing to it.
    """

    model: str
    replies: int
    refusals: int
    bytes: int
    oldest_s: float
    newest_s: float
    cost_usd: float
    without_cost: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder holds. `unreadable` entries are damaged or of another version, `size_bytes` is that on disk."""

    models: tuple[ModelReplies, ...]
    unreadable: int
    size_bytes: int


def contents_of(folder: Path) -> Contents:
    """What is remembered there, by model in the order of their names.

    Raises:
        SimstressError: there is no cache, or it cannot be read.
    """
    cache = ReplyCache(folder, must_exist=True)
    found = _entries(cache)
    by_model: dict[str, list[tuple[int, Remembered]]] = {}
    for _, size, entry in found:
        if entry is not None:
            by_model.setdefault(entry.model, []).append((size, entry))
    return Contents(
        models=tuple(_summed(model, by_model[model]) for model in sorted(by_model)),
        unreadable=sum(entry is None for _, _, entry in found),
        size_bytes=cache.store.size_bytes,
    )


def clear(folder: Path, *, model: str | None = None, older_than_days: float | None = None) -> int:
    """Forget the entries of that model, or all, that are older than so many days, or of any age; how many those were.

    Entries that cannot be read are forgotten where neither is asked for.

    Raises:
        UnknownNameError: nothing is remembered of that model.
        SimstressError: there is no cache, or it cannot be read and written.
    """
    cache = ReplyCache(folder, must_exist=True)
    found = _entries(cache)
    if model is not None and not any(entry and entry.model == model for _, _, entry in found):
        raise UnknownNameError("model", model, {entry.model for _, _, entry in found if entry})
    is_whole = model is None and older_than_days is None
    before_s = time.time() - (older_than_days or 0) * _DAY_S
    doomed = [
        key
        for key, _, entry in found
        if is_whole
        or (entry and model in (None, entry.model) and (older_than_days is None or entry.kept_at_s < before_s))
    ]
    try:
        cache.store.delete(doomed)
    except StoreFault as fault:
        raise OutputError(f"nothing was forgotten: {fault}") from fault
    return len(doomed)


def _entries(cache: ReplyCache) -> list[tuple[bytes, int, Remembered | None]]:
    try:
        return list(cache.entries())
    except StoreFault as fault:
        raise OutputError(f"the cache cannot be read: {fault}; delete the folder to begin a new one") from fault


def _summed(model: str, entries: Iterable[tuple[int, Remembered]]) -> ModelReplies:
    sizes, replies = zip(*entries, strict=True)
    return ModelReplies(
        model=model,
        replies=len(replies),
        refusals=sum(reply.refusal is not None for reply in replies),
        bytes=sum(sizes),
        oldest_s=min(reply.kept_at_s for reply in replies),
        newest_s=max(reply.kept_at_s for reply in replies),
        cost_usd=round(sum(reply.cost_usd or 0.0 for reply in replies), 6),
        without_cost=sum(reply.cost_usd is None for reply in replies),
    )
