"""The audit of free-form texts in words: headline, facts, warnings, order of the sections; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.datatypes.texts.audit import TextsAudit
from analysis.datatypes.texts.contrasts import Contrast
from analysis.datatypes.texts.features import FEATURES
from analysis.datatypes.texts.flip_sections import category_section, emotions_section, flips_section
from analysis.datatypes.texts.sections import alike_section, differences_section, told_apart_section, too_few
from analysis.datatypes.texts.sides import LeftOut, Oddities
from analysis.datatypes.told import Section, Told, shortened
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.telling import second_order_section
from analysis.wording import counted, number, signed

_FEW_CLUSTERS = 10
_NAMED = 3


def tell_texts(audit: TextsAudit, *, second_order: SecondOrder | None = None) -> Told:
    """What was found, in the order in which it should be read."""
    return Told(
        title="Free-form texts",
        headline=_headline(audit),
        facts=tuple(_facts(audit)),
        sections=tuple(_sections(audit, second_order)),
        warnings=tuple(_warnings(audit)),
    )


def _headline(audit: TextsAudit) -> str:
    differing = sorted((one for one in audit.contrasts if one.differs), key=_size, reverse=True)
    if not audit.can_differ:
        return f"Cannot tell: {too_few(audit)}."
    if not differing:
        return (
            f"None of {len(audit.contrasts)} features is seen to differ between the LLM's texts and people's. "
            "That is not the same as alike: the intervals below say what remains possible."
        )
    readable = [one for one in differing if one.share_at_equal_length is not None]
    stays = [one for one in readable if one.stays_at_equal_length]
    strongest = "; ".join(_named(one) for one in _of_different_families(stays or differing)[:_NAMED])
    at_length = f" At equal length {len(stays)} of {len(readable)} still have at least half of the effect."
    return (
        f"{len(differing)} of {len(audit.contrasts)} features differ between the LLM's texts and people's, most "
        f"by Cliff's delta (−1 to 1, + is more by the LLM): {strongest}.{at_length if readable else ''}"
    )


def _of_different_families(found: Sequence[Contrast]) -> list[Contrast]:
    """The first of each family: measures of one thing say it again."""
    first: dict[str, Contrast] = {}
    for one in found:
        first.setdefault(FEATURES[one.feature].family, one)
    return list(first.values())


def _size(one: Contrast) -> float:
    return abs(one.effect.value or 0.0)


def _named(one: Contrast) -> str:
    return f"{_in_sentence(FEATURES[one.feature].label)} {signed(one.effect.value)}"


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]


def _facts(audit: TextsAudit) -> Iterator[tuple[str, str]]:
    if audit.is_paired:
        yield "pairs", number(audit.human_texts)
    else:
        yield "human texts", number(audit.human_texts)
        yield "LLM texts", number(audit.llm_texts)
    yield "clusters", number(audit.clusters)
    yield "features", number(len(audit.contrasts))
    if audit.words_cut is not None:
        yield "equal length", counted(audit.words_cut, "word")


def _warnings(audit: TextsAudit) -> Iterator[str]:
    yield from _left_out("human", audit.left_human)
    yield from _left_out("LLM", audit.left_llm)
    yield from _unusable("human", audit.odd_human)
    yield from _unusable("LLM", audit.odd_llm)
    yield from _repeated(audit)
    if audit.identical:
        yield f"{number(audit.identical)} of {counted(audit.human_texts, 'pair')} hold one text twice: was it copied?"
    if audit.clusters < _FEW_CLUSTERS:
        yield f"only {counted(audit.clusters, 'cluster')}: intervals are too narrow with fewer than ten"
    suspects = [FEATURES[one.feature].label for one in audit.contrasts if one.differs and one.is_suspect]
    if suspects:
        yield (
            f"nearly separated by one feature alone: {', '.join(shortened(suspects, most=_NAMED))}. That mostly comes "
            "of how the texts were collected or prepared: look at some before believing it"
        )
    if not audit.is_paired and audit.words_cut is None:
        yield "the texts are too short to be cut to equal length: what goes with length cannot be told"
    with_length = [FEATURES[one.feature].label for one in audit.contrasts if one.goes_with_length]
    if with_length:
        yield f"less than half of the effect is left at equal length: {', '.join(shortened(with_length, most=6))}"


def _left_out(side: str, found: LeftOut) -> Iterator[str]:
    if found.empty:
        yield f"{number(found.empty)} of {counted(found.given, f'{side} text')} left out: without a word"
    if found.foreign:
        yield f"{number(found.foreign)} of {counted(found.given, f'{side} text')} left out: not in English"
    if found.partner:
        yield f"{number(found.partner)} of {counted(found.given, f'{side} text')} left out: the other of the pair was"


def _unusable(side: str, found: Oddities) -> Iterator[str]:
    if found.unusable:
        reasons = sorted({one.why for one in found.unusable})
        places = shortened([f"{one.place} ({one.why})" for one in found.unusable], most=_NAMED)
        yield (
            f"{counted(len(found.unusable), f'{side} text')} may not be the writer's ({', '.join(reasons)}) but count "
            f"as style here; look at them and leave out what is not wanted: {', '.join(places)}"
        )


def _repeated(audit: TextsAudit) -> Iterator[str]:
    sides = (("human", audit.odd_human, audit.human_texts), ("LLM", audit.odd_llm, audit.llm_texts))
    found = [f"{number(odd.repeated)} of {counted(of, f'{side} text')}" for side, odd, of in sides if odd.repeated]
    if found:
        joined = "rows that share a text count as one cluster"
        by_column = "they count as one only where the cluster column says so"
        yield f"{' and '.join(found)} are copies of one before: {joined if audit.are_copies_joined else by_column}"


def _sections(audit: TextsAudit, second_order: SecondOrder | None) -> Iterator[Section]:
    yield differences_section(audit)
    yield alike_section(audit)
    if audit.flips:
        yield flips_section(audit)
    if audit.flips_by_category:
        yield category_section(audit)
    if audit.emotions:
        yield emotions_section(audit)
    yield told_apart_section(audit)
    if second_order is not None:
        yield second_order_section(second_order)
