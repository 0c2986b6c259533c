"""`python -m judges.measuring DATA`: measure the judges and write their cards."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from judges.card import JudgeCard, Measurement, dump_card
from judges.catalogue import judge_names
from judges.embeddings import DEFAULT_MODEL, Encoder, load_encoder
from judges.measuring.cards import measure_card, measuring_of
from sims.errors import SimstressError, UnknownNameError
from sims.run_folder import replace_file

CARDS = Path(__file__).parents[1] / "cards"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write one card a judge, and print what they say."""
    wanted = _parser().parse_args(arguments)
    try:
        encoder = None if wanted.no_embeddings else load_encoder(wanted.embeddings)
        done = [_measure(judge, wanted.data, wanted.out, encoder) for judge in _chosen(wanted.judge)]
    except SimstressError as error:
        _say(f"error: {error}")
        return error.exit_code
    return 0 if all(done) else 1


def _measure(judge: str, data: Path, out: Path, encoder: Encoder | None) -> bool:
    """Whether the card could be written, or there is none to write."""
    measuring = measuring_of(judge)
    if measuring is None:
        _say(f"{judge}: there is no judges/measuring/{judge}.py, so it has no card")
        return True
    started_s = time.monotonic()
    try:
        card = measure_card(judge, measuring, data, encoder=encoder)
    except ValueError as error:
        _say(f"{judge}: not measured, its card is as it was: {error}")
        return False
    replace_file(out / f"{judge}.json", dump_card(card))
    _print(card)
    _say(f"{judge}: measured in {time.monotonic() - started_s:.0f} s")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m judges.measuring", description=main.__doc__)
    parser.add_argument("data", type=Path, help="the folder with the corpora")
    parser.add_argument("--judge", action="append", metavar="NAME", help="only this judge; may be given again")
    parser.add_argument("--no-embeddings", action="store_true", help="leave the rows with embeddings out of the cards")
    parser.add_argument("--embeddings", default=DEFAULT_MODEL, metavar="MODEL", help="a sentence-transformers model")
    parser.add_argument("--out", type=Path, default=CARDS, metavar="DIR", help="where the cards go")
    return parser


def _chosen(names: Sequence[str] | None) -> tuple[str, ...]:
    for name in names or ():
        if name not in judge_names():
            raise UnknownNameError("judge", name, judge_names())
    return tuple(names or judge_names())


def _print(card: JudgeCard) -> None:
    print(f"\n{card.judge} {card.version}")
    for row in card.measurements:
        print(_line(row))


def _line(row: Measurement) -> str:
    target = "" if row.target is None else f", target {row.target:g} {'met' if row.is_met else 'MISSED'}"
    people = "" if row.people is None else f", people {row.people:g}"
    embedded = " (embeddings)" if row.with_embeddings else ""
    figure = f"{row.metric} {row.value:g} [{row.ci_low:g}, {row.ci_high:g}]"
    return (
        f"  {figure}{embedded}: {row.what}; {row.data}, n={row.n} in {row.clusters}, {row.trained_on}{people}{target}"
    )


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
