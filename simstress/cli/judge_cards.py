"""judges: which there are, and what each was measured on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from judges.card import JudgeCard

app = typer.Typer(help="The judges and their cards: list, show.", no_args_is_help=True)


@app.command("list", context_settings=options.FROM_ENVIRONMENT)
def list_judges(*, as_json: options.AsJson = False) -> None:
    """Every judge: what it finds, how well, and whether it needs a model."""
    from rich.console import Console

    from judges.catalogue import all_judge_names
    from simstress.cli.card_tables import judge_record, judges_table

    names = all_judge_names()
    if as_json:
        for name in names:
            typer.echo(json.dumps(judge_record(name)))
    else:
        Console().print(judges_table(names))


@app.command(context_settings=options.FROM_ENVIRONMENT)
def show(
    name: Annotated[str, typer.Argument(help="A judge, or the .json file of a card of your own.")],
    *,
    as_json: options.AsJson = False,
) -> None:
    """One judge's card: figures with intervals, false alarms on people, threshold, blind spots, sources, licences."""
    from rich.console import Console

    from simstress.cli.card_tables import card_parts, uncalibrated_text

    card = _card(name)
    if as_json:
        typer.echo(json.dumps(card.model_dump(mode="json", by_alias=True) if card else _no_card(name)))
        return
    console = Console()
    for part in card_parts(card) if card else [uncalibrated_text(name)]:
        console.print(part)


def _card(name: str) -> JudgeCard | None:
    """The card of a judge or in a file; None where the judge has none."""
    from pathlib import Path

    from judges.card import load_card, read_card
    from judges.catalogue import all_judge_names
    from sims.errors import UnknownNameError

    if name.endswith(".json"):
        return read_card(Path(name))
    names = all_judge_names()
    if name not in names:
        raise UnknownNameError("judge", name, names)
    return load_card(name)


def _no_card(name: str) -> dict[str, object]:
    return {"judge": name, "calibrated": False}
