"""Judge cards on a terminal: the list of judges, and one card in full, readable from 60 columns on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analysis.wording import JUDGE_WORDS, UNKNOWN, counted, one_line, significant
from judges.card import JudgeCard, Measurement, load_card
from judges.catalogue import needs_model
from simstress.cli.texts import plain_table, safe

_Pair = tuple[Measurement, Measurement | None]


def judge_record(name: str) -> dict[str, object]:
    """What the list says of a judge, as plain data; None where there is no card."""
    card = load_card(name)
    first = card.headline if card else None
    return {
        "judge": name,
        "finds": _finds(name, card),
        "needs_model": needs_model(name),
        "calibrated": card is not None,
        "metric": first.metric if first else None,
        "value": first.value if first else None,
        "measured_on": first.what if first else None,
    }


def judges_table(names: Iterable[str]) -> Table:
    """One row a judge: its name, what it finds, its card's first figure, offline or by a model."""
    table = plain_table("", "Judge", "Finds", "Card", "Runs")
    table.columns[0].no_wrap = True
    for name in names:
        card = load_card(name)
        runs = "with a model" if needs_model(name) else "offline"
        table.add_row(safe(name, style="bold"), safe(_finds(name, card)), _first_figure(card), safe(runs))
    return table


def _first_figure(card: JudgeCard | None) -> Text:
    if card is None or card.headline is None:
        return safe("uncalibrated", style="dim")
    return safe(f"{card.headline.metric} {_number(card.headline.value)}, {card.headline.what}")


def _finds(name: str, card: JudgeCard | None) -> str:
    if card is not None:
        return card.finds
    words = JUDGE_WORDS.get(name.removesuffix(":llm"), "")
    return f"{words}, by asking a model" if needs_model(name) and words else words or UNKNOWN


def uncalibrated_text(name: str) -> Text:
    """What to say of a judge without a card."""
    text = Text().append(f"{one_line(name)}: uncalibrated.", style="bold")
    if needs_model(name):
        text.append(" How well it does depends on the model, so no card is shipped. ")
    else:
        text.append(" It was not measured against people. ")
    return text.append(
        f"Fit one to labels of your own: simstress calibrate --judge {name}; then: simstress judges show CARD.json"
    )


def card_parts(card: JudgeCard) -> Iterator[RenderableType]:
    """The card from top to bottom: what it finds, figures, false alarms, blind spots, sources, identity."""
    yield safe(f"{card.judge} {card.version}", style="bold")
    for label, words in (("Finds", card.finds), ("Scores", card.unit), ("Flags", card.threshold)):
        yield Padding(_labelled(label, words), (0, 0, 0, 2))
    figures = [pair for pair in card.paired if not pair[0].is_false_alarm_rate]
    alarms = [pair for pair in card.paired if pair[0].is_false_alarm_rate]
    if figures:
        yield _figures_table("Figures, with 95% intervals over whole conversations", figures, figures="Figure")
    if alarms:
        yield _figures_table("False alarms: flags among 1,000 turns of people", alarms, figures="Flags")
    yield from _listed("Blind spots", card.blind_spots)
    sources = (f"{one.data}: {one.origin}; {one.licence} (for {one.used_for})" for one in card.sources)
    yield from _listed("Data and their terms", list(sources))
    yield Text()
    yield safe(f"Fingerprint of the judge measured: {card.fingerprint[:16]}", style="dim")


def _figures_table(title: str, pairs: Sequence[_Pair], *, figures: str) -> Table:
    """A row a measurement; columns that nothing stands in are left out."""
    table = plain_table(title, "Measured on", figures)
    shows_embedded = any(embedded or one.with_embeddings for one, embedded in pairs)
    shows_people = any(one.people is not None for one, _ in pairs)
    shows_target = any(one.target is not None for one, _ in pairs)
    if shows_embedded:
        table.add_column("Embeddings")
    if shows_people:
        table.add_column("People", justify="right")
    if shows_target:
        table.add_column("Target", no_wrap=True)
    for one, embedded in pairs:
        plain, rich = (None, one) if one.with_embeddings else (one, embedded)
        cells = [_measured_on(one), _figure(plain, one.target)]
        cells += [_figure(rich, one.target)] if shows_embedded else []
        cells += [safe(_number(one.people))] if shows_people else []
        cells += [safe(_target(one))] if shows_target else []
        table.add_row(*cells)
    return table


def _measured_on(one: Measurement) -> Text:
    """The metric and what it is of, then the data and what the judge had seen of them, then the remark."""
    text = Text() if one.is_false_alarm_rate else Text().append(f"{one_line(one.metric)}: ", style="bold")
    text.append(one_line(one.what, limit=400))
    base = f"{one.data}; {one.n:,} in {counted(one.clusters, 'cluster')}; trained on {one.trained_on}"
    text.append(f"\n{one_line(base, limit=400)}", style="dim")
    return text.append(f"\n{one_line(one.note, limit=400)}", style="dim") if one.note else text


def _figure(one: Measurement | None, target: float | None) -> Text:
    """The value, its interval, and whether it is good enough."""
    if one is None:
        return safe(UNKNOWN)
    text = Text().append(_number(one.value), style="bold")
    aimed = one.model_copy(update={"target": target})
    if aimed.is_met is not None:
        text.append(" met" if aimed.is_met else " missed")
    return text.append(f"\n[{_number(one.ci_low)}, {_number(one.ci_high)}]")


def _target(one: Measurement) -> str:
    return "" if one.target is None else f"{'≤' if one.is_less_better else '≥'} {_number(one.target)}"


def _number(value: float | None) -> str:
    """Three significant digits, more where nearly everything would look like everything."""
    rounded = significant(value)
    return f"{value:.4f}" if value is not None and value < 1 and rounded == "1" else rounded


def _listed(title: str, entries: Sequence[str]) -> Iterator[RenderableType]:
    if entries:
        yield Text(f"\n{title}", style="bold")
    for entry in entries:
        yield Padding(safe(entry, limit=1_000), (0, 0, 0, 2))


def _labelled(label: str, words: str) -> Text:
    return Text().append(f"{label}: ", style="bold").append(one_line(words, limit=1_000))
