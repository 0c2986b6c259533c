"""All checks of the scanner, by name."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.datatypes.instructions.check import Check
from analysis.datatypes.instructions.choices import LabelOutside
from analysis.datatypes.instructions.contradictions import LabelContradiction, PolarityFlip
from analysis.datatypes.instructions.counts import WrongCount
from analysis.datatypes.instructions.duplicates import NearDuplicate
from analysis.datatypes.instructions.formats import BrokenCode, FormatMismatch
from analysis.datatypes.instructions.givens import BrokenRow, EmptyOutput, MissingInput, UnseenMedium
from analysis.datatypes.instructions.languages import LanguageMismatch
from analysis.datatypes.instructions.relevance import Echo, SwappedOutput
from analysis.datatypes.instructions.wholeness import LoopingOutput, Placeholder, Refusal, TruncatedOutput
from sims.errors import UnknownNameError, UsageError

_CHECKS: tuple[type[Check], ...] = (
    BrokenRow,
    EmptyOutput,
    MissingInput,
    UnseenMedium,
    TruncatedOutput,
    LoopingOutput,
    Placeholder,
    Refusal,
    Echo,
    SwappedOutput,
    WrongCount,
    FormatMismatch,
    BrokenCode,
    LanguageMismatch,
    LabelOutside,
    LabelContradiction,
    PolarityFlip,
    NearDuplicate,
)


def check_names() -> tuple[str, ...]:
    """The names of all checks, in the order in which they are told."""
    return tuple(kind.name for kind in _CHECKS)


def new_checks(*, ignore: Sequence[str] = ()) -> tuple[Check, ...]:
    """All checks but those to be ignored, none of which has learnt anything yet.

    Raises:
        UnknownNameError: no check has one of the names.
        UsageError: none would be left.
    """
    for name in ignore:
        if name not in check_names():
            raise UnknownNameError("check", name, check_names())
    if not set(check_names()) - set(ignore):
        raise UsageError("every check is to be ignored; leave at least one")
    return tuple(kind() for kind in _CHECKS if kind.name not in ignore)
