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
_PAPER_JUDGES: Mapping[str, str] = MappingProxyType({"camel_markers": "judges.camel_markers:CamelMarkersJudge"})
"""Rules of arXiv 2401.14698 for one kind of conversation: they judge only where they are named."""

_WITH_EMBEDDINGS = frozenset({"digression", "formality", "metaphor"})
"""Judges that take an `encoder`."""

_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "role_flip:llm": "judges.llm.prompts.role_flip",
        "digression:llm": "judges.llm.prompts.digression",
        "formality:llm": "judges.llm.prompts.formality",
        "metaphor:llm": "judges.llm.prompts.metaphor",
        "spp_digression:llm": "judges.llm.prompts.spp_digression",
        "human_likeness:llm": "judges.llm.prompts.human_likeness",
        "collaboration:llm": "judges.llm.prompts.collaboration",
    }
)
"""The judges that ask a model, and the modules of their questions."""


def judge_names() -> tuple[str, ...]:
    """The names of the judges that run where none is named: those of any conversation that need no model."""
    return tuple(_JUDGES)


def paper_judge_names() -> tuple[str, ...]:
    """The names of the judges that need no model and run only where they are named."""
    return tuple(_PAPER_JUDGES)


def llm_judge_names() -> tuple[str, ...]:
    """The names of the judges that ask a model."""
    return tuple(_QUESTIONS)


def all_judge_names() -> tuple[str, ...]:
    """Every name that can be chosen, in the order of reports."""
    return (*_JUDGES, *_PAPER_JUDGES, *_QUESTIONS)


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
    offline = {**_JUDGES, **_PAPER_JUDGES}
    if name not in offline:
        raise UnknownNameError("judge", name, all_judge_names())
    module, _, attribute = offline[name].partition(":")
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
