"""Whether a judge was measured against people's labels: its card lies beside it."""

from __future__ import annotations

from importlib import resources


def has_card(judge: str) -> bool:
    """Whether the judge has a card; one without is shown as "uncalibrated" wherever its result appears."""
    return resources.files("judges").joinpath("cards", f"{judge}.json").is_file()
