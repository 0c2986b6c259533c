"""What backends around other backends have in common: all but their replies is that of the backend inside."""

from __future__ import annotations

from sims.backends.backend import Backend


class Wrapping:
    """A backend around another one; who inherits says how it replies."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    @property
    def model(self) -> str:
        """The model of the backend inside."""
        return self.backend.model

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
