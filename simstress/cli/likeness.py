"""What a comparison with people comes to, said in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.people_comparison import PeopleComparison


def say_likeness(found: PeopleComparison) -> None:
    """Write to stderr how the profile fits, what tells each model's conversations from people's, and who is nearest."""
    from rich.console import Console

    from simstress.cli.texts import safe

    console = Console(stderr=True)
    for line in _lines(found):
        console.print(safe(line, limit=1_000))


def _lines(found: PeopleComparison) -> Iterator[str]:
    from analysis.features.catalogue import FEATURES
    from analysis.providers.wording import nearness_words
    from analysis.report.likeness_wording import likeness_headline

    yield from found.notes
    labels = {feature.name: feature.label for feature in FEATURES.values()}
    for model, scores in found.likeness.items():
        for line in likeness_headline(scores, labels):
            yield f"{model}: {line}" if model else line
    yield from nearness_words(found.nearness)
