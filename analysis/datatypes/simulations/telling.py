"""The audit of simulations in words; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.datatypes.simulations.apart import LEAST_CLUSTERS, LEAST_CONVERSATIONS, LEAST_WORDS, Apart
from analysis.datatypes.simulations.audit import Side, SimulationsAudit
from analysis.datatypes.simulations.task import Untaught
from analysis.datatypes.told import Section, Told, columns
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.telling import second_order_section
from analysis.statistics.common import ALPHA
from analysis.wording import counted, number, p_value, signed, significant


def tell_simulations(audit: SimulationsAudit, *, second_order: Sequence[SecondOrder | Untaught] = ()) -> Told:
    """The headline, the facts and the sections."""
    return Told(
        title="Simulations against people's conversations",
        headline=_headline(audit.apart),
        facts=(*_facts("LLM", audit.llm), *_facts("people", audit.human)),
        sections=(_apart_section(audit.apart), *(_second_order(one) for one in second_order)),
        warnings=tuple(_warnings(audit)),
    )


def _headline(apart: Apart) -> str:
    if apart.auc is None:
        return (
            f"Cannot tell whether they are told apart: it takes {LEAST_CONVERSATIONS} conversations a side of"
            f" {LEAST_WORDS} words and more, in {LEAST_CLUSTERS} clusters; there are"
            f" {_of(apart.llm, apart.llm_clusters)} with LLMs, {_of(apart.human, apart.human_clusters)} of people."
        )
    if apart.auc.p is None or apart.auc.p >= ALPHA or (apart.auc.low or 0) <= 0.5:
        return f"Cannot tell them apart by their commonest words: AUC {_auc(apart)}. That is not the same as alike."
    return f"A classifier tells the LLM's conversations from people's by their commonest words: AUC {_auc(apart)}."


def _of(conversations: int, clusters: int) -> str:
    return f"{number(conversations)} in {counted(clusters, 'cluster')}"


def _auc(apart: Apart) -> str:
    found = apart.auc
    if found is None or found.value is None or found.low is None or found.high is None:
        return "unknown"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f}; p {p_value(found.p)})"


def _facts(who: str, side: Side) -> tuple[tuple[str, str], ...]:
    out = side.failed + side.silent
    left_out = f", {number(out)} left out ({side.failed:,} failed, {side.silent:,} without words)" if out else ""
    used = f"{number(side.used)} of {counted(side.read, 'conversation')}{left_out}"
    return ((who, f"{used}; {counted(side.turns, 'turn')} in {counted(side.clusters, 'cluster')}"),)


def _warnings(audit: SimulationsAudit) -> Iterator[str]:
    for who, side in (("LLM", audit.llm), ("people", audit.human)):
        if side.other_kind:
            yield f"{counted(side.other_kind, 'conversation')} given as {who} marked as of the other kind; kept."
    if audit.apart.same:
        yield (
            f"{counted(audit.apart.same, 'conversation')} with LLMs say word for word what one of people's does: see"
            " first that the files hold what they should."
        )
    if audit.apart.is_below_guessing:
        yield (
            "The classifier does worse than guessing, as it does where the same or nearly the same texts stand on both"
            " sides: see first that the files hold what they should."
        )
    if audit.apart.is_preparation:
        yield (
            "As they stand, the texts are nearly always told apart: look first at how each side was prepared (capitals,"
            " spaces, contractions, marks), not at the simulation."
        )


def _apart_section(apart: Apart) -> Section:
    if apart.auc is None:
        return Section("Human or LLM", _headline(apart))
    return Section(
        title="Human or LLM",
        answer=_headline(apart),
        columns=columns("word", "LLM, per 1,000", "people, per 1,000", "Cliff's delta"),
        rows=tuple(
            (one.word, significant(one.llm), significant(one.human), signed(one.delta)) for one in apart.telltales
        ),
        note=(
            f"The first {number(apart.words)} words, in one form, of {number(apart.llm)} conversations with LLMs and"
            f" {number(apart.human)} of people; {number(apart.too_short)} shorter ones left out. As they stand the AUC"
            f" is {_two_digits(apart.as_they_stand)}, in one form but not cut {_two_digits(apart.in_one_form)}."
            " Folds and the interval keep clusters whole; p is of a permutation test. Topic counts as a difference. The"
            " words are the most telling of the hundred commonest, each by itself and untested."
        ),
    )


def _two_digits(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _second_order(found: SecondOrder | Untaught) -> Section:
    if isinstance(found, Untaught):
        return Section(f"Second order: {found.name}", f"Cannot tell: {found.reason}.")
    return second_order_section(found)
