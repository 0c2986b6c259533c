"""A comparison of providers on a terminal: what is decided, then tables that fit 60 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from analysis.providers.sentences import findings
from analysis.providers.values import Difference, ProviderComparison, Service, Standing
from analysis.providers.wording import (
    cost_words,
    decision_words,
    estimate_words,
    gap,
    gap_interval,
    interval_words,
    judge_differences,
    letters,
    measure_words,
    missing_words,
    rank_words,
    seconds,
    telling_features,
)
from analysis.wording import STOP_REASON_WORDS, UNKNOWN, p_value, significant
from simstress.cli.texts import plain_table, safe

_PAIRS_SHOWN = 12
_STYLES = {"LESS": "cyan", "MORE": "yellow", "ALIKE": "dim", "UNDECIDED": "dim"}


def print_providers(comparison: ProviderComparison, console: Console) -> None:
    """Write what was found to the console; plain text where it is no terminal."""
    for sentence in (*findings(comparison), *comparison.notes):
        console.print(safe(sentence, limit=1_000))
    for table in _tables(comparison):
        console.print(table)


def _tables(comparison: ProviderComparison) -> Iterator[Table]:
    names = letters(comparison.arms)
    yield _services(comparison, names)
    yield _standings(comparison, names)
    pairs = judge_differences(comparison)
    yield _differences(comparison, pairs, names, title="Pairs, over the conversations both completed")
    telling = telling_features(comparison)
    if telling:
        yield _differences(comparison, telling, names, title="How they talk: the clearest differences")
    yield _costs(comparison, names)


def _standings(comparison: ProviderComparison, names: Mapping[str, str]) -> Table:
    table = plain_table("Flagged turns; rank 1 is the least", "Judge", "Model")
    table.add_column("Rate (95% interval)", overflow="fold")
    table.add_column("Rank", no_wrap=True)
    table.add_column("Missing", overflow="fold")
    for measure in comparison.measures("judge"):
        for number, one in enumerate(comparison.standings_on(measure)):
            name = "" if number else measure_words(measure)
            table.add_row(*map(safe, (name, names[one.arm], _rate(one), rank_words(one), missing_words(one))))
    return table


def _rate(standing: Standing) -> str:
    if standing.estimate is None:
        return "nothing judged"
    interval = interval_words(standing.ci_low, standing.ci_high, standing.measure)
    return f"{estimate_words(standing)} ({interval})"


def _differences(
    comparison: ProviderComparison, pairs: Sequence[Difference], names: Mapping[str, str], *, title: str
) -> Table:
    left_out = len(pairs) - _PAIRS_SHOWN
    caption = f"and {left_out:,} more with --json" if left_out > 0 else ""
    table = plain_table(title, "On", "Models", "Difference (95% interval)", caption=caption)
    table.add_column("p", no_wrap=True)
    table.add_column("Decision", overflow="fold")
    for one in pairs[:_PAIRS_SHOWN]:
        models, words = (
            f"{names[one.arm]} − {names[one.other]}",
            _gap(one),
        )
        cells = (measure_words(one.measure, with_role=True), models, words, p_value(one.p_adjusted))
        table.add_row(*map(safe, cells), safe(_decided(one, comparison, names), style=_STYLES[one.decision]))
    return table


def _gap(difference: Difference) -> str:
    if difference.difference is None:
        return UNKNOWN
    return f"{gap(difference.difference, difference.measure)} ({gap_interval(difference)})"


def _decided(difference: Difference, comparison: ProviderComparison, names: Mapping[str, str]) -> str:
    words = decision_words(difference, comparison)
    return f"{names[difference.arm]} {words}" if difference.decision in ("LESS", "MORE") else words


def _costs(comparison: ProviderComparison, names: Mapping[str, str]) -> Table:
    table = plain_table(
        "What a conversation takes; latency of a reply", "Model", "USD (95% interval)", "Tokens in / out"
    )
    table.add_column("p50 / p95", overflow="fold")
    for one in comparison.services:
        tokens = f"{significant(one.prompt_tokens)} / {significant(one.completion_tokens)}"
        is_timed = one.latency_p50_s is not None
        latency = f"{seconds(one.latency_p50_s)} / {seconds(one.latency_p95_s)}" if is_timed else "not measured"
        table.add_row(*map(safe, (names[one.arm], cost_words(one), tokens, latency)))
    return table


def _services(comparison: ProviderComparison, names: Mapping[str, str]) -> Table:
    table = plain_table("Models, and how their calls went", "", "Model")
    for column in ("Conv.", "Failed", "Cut", "Retried"):
        table.add_column(column, no_wrap=True, justify="right")
    for one in comparison.services:
        counts = (one.conversations, one.failed, one.truncated_turns, one.retried_turns)
        table.add_row(safe(names[one.arm]), safe(f"{one.arm}{_why(one)}"), *(f"{count:,}" for count in counts))
    return table


def _why(service: Service) -> str:
    reasons = [f"{count:,} {STOP_REASON_WORDS.get(reason, reason)}" for reason, count in service.failures.items()]
    return f" ({'; '.join(reasons)})" if reasons else ""
