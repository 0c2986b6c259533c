"""The one list of judges there are, and how each is made."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from judges.embeddings import Encoder
from judges.judge import Judge
from sims.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from judges.llm.jury import Jury

_JUDGES: Mapping[str, str] = MappingProxyType(
    {
        "role_flip": "judges.role_flip:RoleFlipJudge",
        "digression": "judges.digression:DigressionJudge",
        "formality": "judges.formality:FormalityJudge",
        "metaphor": "judges.metaphor:MetaphorJudge",
        "repetition": "judges.repetition:RepetitionJudge",
        "private_facts": "judges.private_facts:PrivateFactsJudge",
        "sycophancy": "judges.sycophancy:SycophancyJudge",
        "ending": "judges.ending:EndingJudge",
        "truncation": "judges.truncation:TruncationJudge",
        "verbosity": "judges.verbosity:VerbosityJudge",
    }
)
_WITH_EMBEDDINGS = frozenset({"digression", "formality", "metaphor"})
"""Judges that take an `encoder`."""

_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "role_flip:llm": "judges.llm.prompts.role_flip",
        "digression:llm": "judges.llm.prompts.digression",
        "formality:llm": "judges.llm.prompts.formality",
        "metaphor:llm": "judges.llm.prompts.metaphor",
    }
)
"""The judges that ask a model, and the modules of their questions."""


def judge_names() -> tuple[str, ...]:
    """The names of all judges that need no model, in the order of reports."""
    return tuple(_JUDGES)


def llm_judge_names() -> tuple[str, ...]:
    """The names of the judges that ask a model."""
    return tuple(_QUESTIONS)


def needs_model(name: str) -> bool:
    """Whether that judge asks a model."""
    return name in _QUESTIONS


def make_judge(name: str, *, encoder: Encoder | None = None, jury: Jury | None = None) -> Judge:
    """A judge with its shipped figures; nothing is imported before it is asked for.

    `encoder` gives sentence embeddings to the judges that can use them, `jury` the models to those that ask one; the
    others leave them.

    Raises:
        UnknownNameError: no judge has that name.
        UsageError: the judge asks a model and there is no jury.
    """
    if name in _QUESTIONS:
        return _llm_judge(name, jury)
    if name not in _JUDGES:
        raise UnknownNameError("judge", name, (*_JUDGES, *_QUESTIONS))
    module, _, attribute = _JUDGES[name].partition(":")
    options: dict[str, Any] = {"encoder": encoder} if encoder is not None and name in _WITH_EMBEDDINGS else {}
    return cast("Judge", getattr(importlib.import_module(module), attribute)(**options))


def make_judges(names: Iterable[str], *, encoder: Encoder | None = None, jury: Jury | None = None) -> tuple[Judge, ...]:
    """The judges of those names, each once, in the order given."""
    return tuple(make_judge(name, encoder=encoder, jury=jury) for name in dict.fromkeys(names))


def _llm_judge(name: str, jury: Jury | None) -> Judge:
    from judges.llm.judge import LlmJudge

    if jury is None:
        raise UsageError(f"{name} asks a model; name one with --judge-model, for example openai/gpt-4o-mini")
    return LlmJudge(importlib.import_module(_QUESTIONS[name]).QUESTION, jury)
