"""Tables of a proof as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, figures to the right; each as soon as its row is there."""
    yield _line(head)
    yield _line(["---:"] * len(head))
    yield from map(_line, rows)


def percent(share: float) -> str:
    """Hundredths to one decimal."""
    return f"{100 * share:.1f}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
