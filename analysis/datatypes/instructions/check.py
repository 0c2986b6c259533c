"""What every check of the scanner is: a name, a sentence, and suspicions about one example at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from analysis.datatypes.instructions.columns import Example

_LONGEST_QUOTE = 120


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a check suspects an example. `quote` stands in one of its texts character for character; "" where none."""

    check: str
    reason: str
    quote: str = ""


class Check(ABC):
    """One question put to every example. `says` tells a reader what it means to be suspected.

    The scanner shows it all examples twice: `learn` first, for checks that compare rows, then `suspicions`, which
    depends on nothing but the example and what was learnt.
    """

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    says: ClassVar[str]

    def learn(self, example: Example) -> None:  # noqa: B027 - most checks look at one example alone
        """Take note of the example, before any is asked about."""

    @abstractmethod
    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """What is wrong with the example; nothing where it is not suspected."""

    def suspicion(self, reason: str, quote: str = "") -> Suspicion:
        """A suspicion of this check; a long quote is cut at its end."""
        return Suspicion(self.name, reason, quote.strip()[:_LONGEST_QUOTE].rstrip())
