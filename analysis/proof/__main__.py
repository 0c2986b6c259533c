"""Prints one proof: `python -m analysis.proof PROOF [DATA]`, PROOF being one of those that `--help` names.

Tables come as Markdown, that of `power` with its SVG. A proof takes from a minute to an hour of one core.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path

PROOFS = (
    "rates",
    "gate",
    "judged",
    "power",
    "sequential",
    "deltas",
    "shifts",
    "stress",
    "stress-decisions",
    "stress-judges",
)
"""The modules of this package that have tables."""
ON_DATA = ("shifts",)
"""Proofs that also need the folder of the real dialogues."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines of the proof named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m analysis.proof", description=__doc__)
    parser.add_argument("proof", choices=PROOFS)
    parser.add_argument("data", nargs="?", type=Path, help="the folder with the real dialogues, for shifts")
    chosen = parser.parse_args(arguments)
    if (chosen.proof in ON_DATA) != (chosen.data is not None):
        parser.error(f"{chosen.proof} needs {'no' if chosen.data else 'a'} folder with real dialogues")
    tables = importlib.import_module(f"analysis.proof.{chosen.proof.replace('-', '_')}").tables
    for line in tables(chosen.data) if chosen.data else tables():
        print(line, flush=True)


if __name__ == "__main__":
    main()
