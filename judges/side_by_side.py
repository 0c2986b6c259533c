"""Asks several things at once, and leaves none of them behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


async def side_by_side(*asked: Awaitable[Answer]) -> list[Answer]:
    """What each came to, in their order, once all have ended.

    Where one fails the others go on to their end, since their calls are paid for; then the first failure is raised.
    """
    answers: list[Answer] = []
    for ended in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
        answers.append(ended)
    return answers
