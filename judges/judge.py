"""The Judge protocol, and the one list of judges there are."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, Self, cast

from judges.verdict import Verdict
from sims.errors import UnknownNameError
from sims.transcript import Transcript


class Judge(Protocol):
    """Looks for one artifact in transcripts.

    Two phases, so that results depend on neither order, batch size, process nor machine: `prepare` may learn
    from a sample of the batch and returns a new judge; `judge` is then a pure function of the transcript.
    """

    @property
    def name(self) -> str:
        """The name in verdicts and on the command line."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same transcript may get another verdict."""
        ...

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """A judge that has learnt from the sample what is usual there; the sample may be empty."""
        ...

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict on one transcript; never raises for an odd one, but says `unjudged`."""
        ...


_JUDGES: Mapping[str, str] = MappingProxyType(
    {
        "role_flip": "judges.role_flip:RoleFlipJudge",
        "digression": "judges.digression:DigressionJudge",
        "formality": "judges.formality:FormalityJudge",
        "metaphor": "judges.metaphor:MetaphorJudge",
    }
)


def judge_names() -> tuple[str, ...]:
    """The names of all judges, in the order of reports."""
    return tuple(_JUDGES)


def make_judge(name: str) -> Judge:
    """A judge with its shipped figures; nothing is imported before it is asked for.

    Raises:
        UnknownNameError: no judge has that name.
    """
    if name not in _JUDGES:
        raise UnknownNameError("judge", name, _JUDGES)
    module, _, attribute = _JUDGES[name].partition(":")
    return cast("Judge", getattr(importlib.import_module(module), attribute)())


def make_judges(names: Iterable[str]) -> tuple[Judge, ...]:
    """The judges of those names, each once, in the order given."""
    return tuple(make_judge(name) for name in dict.fromkeys(names))
