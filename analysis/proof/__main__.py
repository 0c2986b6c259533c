"""Prints one proof: `python -m analysis.proof rates|gate|judged|power|sequential|deltas|shifts [DATA]`.

Tables come as Markdown, `power` as an SVG. A proof takes from a minute to an hour of one core.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

PROOFS = {
    "rates": "tables",
    "gate": "tables",
    "judged": "tables",
    "power": "drawing",
    "sequential": "tables",
    "deltas": "tables",
    "shifts": "tables",
}
"""The modules of this package, and what in them gives the lines."""
ON_DATA = ("shifts",)
"""Proofs that also need the folder of the real dialogues."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines of the proof named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m analysis.proof", description=__doc__)
    parser.add_argument("proof", choices=tuple(PROOFS))
    parser.add_argument("data", nargs="?", type=Path, help="the folder with the real dialogues, for shifts")
    chosen = parser.parse_args(arguments)
    if (chosen.proof in ON_DATA) != (chosen.data is not None):
        parser.error(f"{chosen.proof} needs {'no' if chosen.data else 'a'} folder with real dialogues")
    lines = getattr(importlib.import_module(f"analysis.proof.{chosen.proof}"), PROOFS[chosen.proof])
    for line in lines(chosen.data) if chosen.data else lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
