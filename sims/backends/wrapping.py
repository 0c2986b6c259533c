"""What backends around other backends have in common: all but their replies is that of the backend inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sims.backends.backend import Backend
from sims.errors import ProviderAway


class NeverCalled(asyncio.CancelledError):
    """The call was cancelled while it waited for its turn: nobody was asked, and nothing is charged."""


class Wrapping:
    """A backend around another one; who inherits says how it replies."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    @property
    def model(self) -> str:
        """The model of the backend inside."""
        return self.backend.model

    def away(self) -> ProviderAway | None:
        """Why its provider should not be asked now; None where it may be."""
        return provider_away(self.backend)

    async def validate(self) -> None:
        """Ask the backend inside whether it can answer at all, where it can tell."""
        validate = getattr(self.backend, "validate", None)
        if validate is not None:
            await validate()

    async def aclose(self) -> None:
        """Close the backend inside, where it has something to close."""
        close = getattr(self.backend, "aclose", None)
        if close is not None:
            await close()


def provider_away(backend: Backend) -> ProviderAway | None:
    """Why the provider of a backend should not be asked now, where the backend can tell."""
    away: Callable[[], ProviderAway | None] | None = getattr(backend, "away", None)
    return away() if away else None
