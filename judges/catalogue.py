"""The one list of judges there are, and how each is made."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast

from judges.embeddings import Encoder
from judges.judge import Judge
from sims.errors import UnknownNameError

_JUDGES: Mapping[str, str] = MappingProxyType(
    {
        "role_flip": "judges.role_flip:RoleFlipJudge",
        "digression": "judges.digression:DigressionJudge",
        "formality": "judges.formality:FormalityJudge",
        "metaphor": "judges.metaphor:MetaphorJudge",
    }
)
_WITH_EMBEDDINGS: frozenset[str] = frozenset()
"""Judges that take an `encoder`."""


def judge_names() -> tuple[str, ...]:
    """The names of all judges, in the order of reports."""
    return tuple(_JUDGES)


def make_judge(name: str, *, encoder: Encoder | None = None) -> Judge:
    """A judge with its shipped figures; nothing is imported before it is asked for.

    `encoder` gives sentence embeddings to the judges that can use them; the others leave it.

    Raises:
        UnknownNameError: no judge has that name.
    """
    if name not in _JUDGES:
        raise UnknownNameError("judge", name, _JUDGES)
    module, _, attribute = _JUDGES[name].partition(":")
    options: dict[str, Any] = {"encoder": encoder} if encoder is not None and name in _WITH_EMBEDDINGS else {}
    return cast("Judge", getattr(importlib.import_module(module), attribute)(**options))


def make_judges(names: Iterable[str], *, encoder: Encoder | None = None) -> tuple[Judge, ...]:
    """The judges of those names, each once, in the order given."""
    return tuple(make_judge(name, encoder=encoder) for name in dict.fromkeys(names))
