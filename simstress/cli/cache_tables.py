"""A cache of replies on a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import typer
from rich.console import Console

from analysis.wording import counted
from sims.cache_contents import Contents, ModelReplies
from simstress.cli.texts import plain_table, safe


def print_models(models: Sequence[ModelReplies], *, as_json: bool) -> None:
    """Write one row a model, or one JSON record; times are in UTC."""
    if as_json:
        for model in models:
            typer.echo(json.dumps(asdict(model)))
        return
    if not models:
        typer.echo("nothing is remembered yet")
        return
    table = plain_table("Remembered replies", "Model")
    for column in ("Replies", "Oldest", "Newest", "KB", "USD"):
        table.add_column(column, no_wrap=True, justify="right")
    for model in models:
        cost = f"{model.cost_usd:,.4f}" + ("+?" if model.without_cost else "")
        days = _day(model.oldest_s), _day(model.newest_s)
        table.add_row(safe(model.model), f"{model.replies:,}", *days, f"{model.bytes / 1000:,.0f}", cost)
    Console().print(table)


def print_stats(contents: Contents, *, as_json: bool) -> None:
    """Write the sums over a cache as one line, or as one JSON record."""
    replies = sum(model.replies for model in contents.models)
    sums = {
        "models": len(contents.models),
        "replies": replies,
        "refusals": sum(model.refusals for model in contents.models),
        "unreadable": contents.unreadable,
        "size_bytes": contents.size_bytes,
        "cost_usd": round(sum(model.cost_usd for model in contents.models), 6),
        "without_cost": sum(model.without_cost for model in contents.models),
    }
    if as_json:
        typer.echo(json.dumps(sums))
        return
    typer.echo(
        f"{counted(replies, 'reply', 'replies')} of {counted(len(contents.models), 'model')},"
        f" {sums['refusals']:,} of them refusals;"
        f" they cost {sums['cost_usd']:,.4f} USD ({sums['without_cost']:,} without a known price);"
        f" {sums['unreadable']:,} unreadable; {sums['size_bytes'] / 1e6:,.1f} MB on disk"
    )


def _day(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d")
