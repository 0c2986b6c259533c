"""Every error simstress raises on purpose, and the exit code each one ends a command with.

SimstressError
├── UsageError (2)              you asked for something that cannot be done
│   ├── ScenarioError           a scenario file has faults; carries all of them
│   ├── TranscriptError         a transcript file cannot be read; carries file and line
│   ├── UnknownNameError        a name that is not in a closed set; offers the nearest
│   └── OutputError             the place to write to cannot be written
├── BackendError (4)            a model call failed; says whether to try again
│   ├── RateLimited             429; may carry how long to wait
│   ├── ServerFault             the provider answered with a 5xx
│   ├── ConnectionLost          no answer arrived: refused, dropped, unreachable
│   ├── CallTimedOut            no answer within the time allowed
│   ├── MalformedReply          an answer that is not a chat completion
│   ├── CallRejected            the provider will never take this call: model, parameters, length
│   │   └── AccountRejected     ... nor any other: the key or the account is not accepted
│   └── ReplyRefused            the model or a content filter declined to answer
├── MissingDataError (4)        too much is missing to say anything
└── NoMoreCalls                 nothing more should be asked; what was begun is kept, and can be gone on with
    ├── BudgetReached (5)       the money allowed is spent
    └── ProviderAway (4)        a provider answers nobody for longer than is waited
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sims.transcript import Usage


_LONGEST_VALUE = 200
_MOST_COMPARED = 500
_MOST_LISTED = 60
_MOST_FAULTS = 100
"""What a message holds at most, whatever stands in a file."""


class SimstressError(Exception):
    """The base of the family; `exit_code` is what a command ends with."""

    exit_code = 1


class UsageError(SimstressError):
    """The request cannot be carried out as it was put; nothing was done."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file a person wrote: where it is, what was found, what was allowed."""

    path: str
    line: int | None
    column: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ScenarioError(UsageError):
    """One or more scenario files have faults; `faults` holds every one of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        more = [f"... and {len(self.faults) - _MOST_FAULTS:,} more faults"] if len(self.faults) > _MOST_FAULTS else []
        super().__init__("\n".join([*map(str, self.faults[:_MOST_FAULTS]), *more]))


class TranscriptError(UsageError):
    """A transcript file cannot be read; says the file, the line where known, and what to do."""

    def __init__(self, path: str | Path, message: str, *, line: int | None = None) -> None:
        self.path, self.line = str(path), line
        super().__init__(str(Fault(str(path), line, None, "", message)))


class UnknownNameError(UsageError):
    """A name outside a closed set; the message lists the set and offers the nearest member."""

    def __init__(self, what: str, name: str, allowed: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"unknown {what} {shortened(name)}: {allowed_hint(name, allowed)}")


class OutputError(UsageError):
    """The output cannot be written where it was asked for."""


class BackendError(SimstressError):
    """A model call failed. `is_transient` says whether the same call may succeed later, `attempts` how often it was
    made. A refusal is paid like an answer: `usage` and `cost_usd` are what the provider told, None where it did not.
    `retry_after_s` is how long the provider asked us to wait, where it did.
    """

    exit_code = 4
    is_transient = False
    attempts = 1
    retry_after_s: float | None = None
    usage: Usage | None = None
    cost_usd: float | None = None


class RateLimited(BackendError):  # noqa: N818 - names the event, as httpx does
    """The provider asked us to slow down; `retry_after_s` is its own wish, where it gave one."""

    is_transient = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ServerFault(BackendError):  # noqa: N818
    """The provider failed on its side (5xx)."""

    is_transient = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ConnectionLost(BackendError):  # noqa: N818
    """No answer arrived: the connection was refused, dropped or never made."""

    is_transient = True


class CallTimedOut(BackendError):  # noqa: N818
    """No answer arrived within the time allowed."""

    is_transient = True


class MalformedReply(BackendError):  # noqa: N818
    """The answer is not a chat completion: broken JSON, no choices."""

    is_transient = True


class CallRejected(BackendError):  # noqa: N818
    """The provider will not take this call however often it is made (key, model, parameter, length)."""


class AccountRejected(CallRejected):
    """The provider does not accept the key or the account: no other call will be taken either."""


class ReplyRefused(BackendError):  # noqa: N818
    """The model declined to answer, or a content filter held its answer back."""


class MissingDataError(SimstressError):
    """Too much is missing to answer the question."""

    exit_code = 4


class NoMoreCalls(SimstressError):  # noqa: N818
    """Nothing more should be asked; what was begun is kept, and can be gone on with later."""


class BudgetReached(NoMoreCalls):
    """The money allowed for a run is spent; the run can be resumed with more."""

    exit_code = 5


class ProviderAway(NoMoreCalls):
    """A provider answers nobody for longer than is waited: it says so, or rejects or refuses every call."""

    exit_code = 4


def shortened(value: object, *, limit: int = _LONGEST_VALUE) -> str:
    """A value as messages tell it: as Python writes it, cut in the middle where that is longer than `limit`.

    >>> shortened("Ana"), shortened("x" * 1000, limit=9)
    ("'Ana'", "'xxx…xxx'")
    """
    if isinstance(value, str) and len(value) > 4 * limit:
        value = value[: 2 * limit] + value[-2 * limit :]
    text = repr(value)
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]}…{text[-half:]}"


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The member of `allowed` most like `name`, or None when nothing is close (ratio below 0.6).

    None, too, for names and sets that are longer than any that a person would mistype.
    """
    by_folded = {candidate.casefold(): candidate for candidate in itertools.islice(allowed, _MOST_COMPARED)}
    if len(name) > _LONGEST_VALUE:
        return None
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def allowed_hint(name: str, allowed: Iterable[str]) -> str:
    """The closed set in words, with the nearest member in front when there is one."""
    choices = sorted(allowed)
    guess = nearest(name, choices)
    more = ", ..." if len(choices) > _MOST_LISTED else ""
    listing = f"allowed: {', '.join(choices[:_MOST_LISTED])}{more}" if choices else "nothing is allowed here"
    return f"did you mean {guess!r}? {listing}" if guess else listing
