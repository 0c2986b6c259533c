"""What the instruction scanner catches and what it suspects wrongly, on real rows and on planted corruptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from instruction_faults import FAULTS, Triple

from analysis.datatypes.instructions.scan import Scan, scan_instructions
from sims.seeds import stable_hash

DATA = Path(__file__).parents[2] / "shared" / "data"
MADE, SEEDS = DATA / "instr_alpaca_libre.jsonl", DATA / "instr_human_seeds.jsonl"
pytestmark = pytest.mark.skipif(not MADE.exists(), reason="the instruction files of shared/data are not here")
FITTED, REPORTED = 0, 1
"""Thresholds and patterns were mended on one half of the rows, by a hash of their id; figures are of the other."""
LEAST_CAUGHT = {
    "output left empty": 1.0,
    "record merged into the input": 1.0,
    "input dropped": 0.35,
    "picture that is not there": 1.0,
    "output cut after a word": 0.3,
    "output cut inside a word": 0.3,
    "last words in a loop": 0.95,
    "slot left open": 0.9,
    "refusal as output": 0.9,
    "instruction as output": 0.95,
    "outputs of neighbours exchanged": 0.05,
    "five items for three": 1.0,
    "no JSON where asked": 0.95,
    "JSON broken": 0.9,
    "Python broken": 1.0,
    "output in another language": 0.9,
    "label not offered": 0.4,
    "copy with the opposite label": 1.0,
    "copy with a negation": 0.95,
    "copy with a word less": 0.85,
}
"""The least share of each planted corruption that its check caught in the reporting half, rounded down."""


def half_of(row: dict[str, str]) -> int:
    """Which half a row is in."""
    return stable_hash("instruction halves", row["id"]) % 2


@pytest.fixture(scope="module")
def made() -> Scan:
    """The scan of the rows that a model made."""
    return scan_instructions([MADE])


def statuses(scan: Scan, *checks: str) -> Iterator[str]:
    """The status of every row that one of the checks suspects."""
    status = [example.row.values["status"] for example in scan.examples]
    for number, found in scan.suspicions.items():
        if not checks or any(one.check in checks for one in found):
            yield status[number - 1]


def test_rows_that_the_generator_called_broken_are_found(made: Scan) -> None:
    """All 51 of "error" and all 201 of 219 "too short" whose instruction is the word ERROR, by broken_row.

    The other 18 "too short" have instructions of three words or fewer, which is no fault.
    """
    found = list(statuses(made, "broken_row"))
    assert (found.count("error"), found.count("too short")) == (51, 201)
    assert found.count("ok") == 0


def test_most_suspects_are_rows_that_the_generator_did_not_call_good(made: Scan) -> None:
    """Three of four suspects have another status than "ok", and few "ok" rows are suspected: many of those are cut."""
    found = list(statuses(made))
    good = sum(example.row.values["status"] == "ok" for example in made.examples)
    assert sum(status != "ok" for status in found) > 0.75 * len(found)
    assert found.count("ok") < 0.05 * good


def test_what_speaks_of_pictures_was_blacklisted(made: Scan) -> None:
    """The generator's blacklist held words such as image and video: at least 25 of our 30 are on it."""
    found = list(statuses(made, "unseen_medium"))
    assert found.count("blacklist") >= 25
    assert len(found) - found.count("blacklist") <= 3


def test_of_what_people_wrote_only_refusals_are_suspected() -> None:
    """At most three of 173 rows; two are outputs that decline to give away personal data, as they were wanted."""
    scan = scan_instructions([SEEDS])
    assert len(scan.suspicions) <= 3
    assert [one.check for found in scan.suspicions.values() for one in found].count("refusal") == 2


def seeds_of_half(half: int) -> list[Triple]:
    """People's rows of one half, without their other columns."""
    rows = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    return [{key: row[key] for key in ("instruction", "input", "output")} for row in rows if half_of(row) == half]


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_corruptions_are_caught(fault: str, tmp_path: Path) -> None:
    """In the half of people's rows that nothing was fitted on, by the check that is for it."""
    check, plant = FAULTS[fault]
    rows, places = plant(seeds_of_half(REPORTED))
    path = tmp_path / "planted.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = scan_instructions([path]).suspicions
    caught = sum(any(one.check == check for one in found.get(place + 1, ())) for place in places)
    assert caught >= LEAST_CAUGHT[fault] * len(places) > 0


def test_outputs_cut_at_their_first_line_are_seen(tmp_path: Path) -> None:
    """All of the first batch are: no output has a second line. The file is warned of; its stumps are suspects."""
    rows = [row for row in map(json.loads, MADE.read_text(encoding="utf-8").splitlines()) if row["batch"] == 1]
    path = tmp_path / "first.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    scan = scan_instructions([path])
    assert scan.rows == 1485
    assert list(scan.overview.one_liners) == [str(path)]
    cut = [
        n for n, found in scan.suspicions.items() if {one.check for one in found} & {"truncated_output", "wrong_count"}
    ]
    assert len(cut) >= 90
