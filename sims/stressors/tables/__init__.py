"""The words that stressors use, and what they put for others: one JSON file an idea."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table of that name, as its file has it."""
    source = resources.files(__name__).joinpath(f"{name}.json")
    data: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return data
