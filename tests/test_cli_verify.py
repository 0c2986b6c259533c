"""verify-judges and calibrate on the command line: results on stdout, exit codes, and one line for what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_planting import talk

from judges.calibrated import read_own_card
from sims.seeds import generator
from sims.transcript_file import TRANSCRIPTS, TranscriptFiles
from simstress.cli.app import run_app

Ends = Callable[..., tuple[int, str, str]]
CUSTOMER_AS_SUPPORT = "Could you please provide your order number? I'd be happy to help you with that refund."


@pytest.fixture
def ends(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Run a command in a folder with a file of thirty conversations; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("talks.jsonl").write_text(
        "".join(f"{TRANSCRIPTS.dump(talk(number))}\n" for number in range(30)), encoding="utf-8"
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return code, *capsys.readouterr()

    return run


def test_one_record_a_row(ends: Ends) -> None:
    """A fault at two doses makes two records, each with recall, place, AUC and false alarms; the same bytes twice."""
    command = ("verify-judges", "talks.jsonl", "--faults", "swap_tail,leak_prompt", "--doses", "0.5,1", "--json")
    code, out, err = ends(*command)
    records = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(one["judge"], one["fault"], one["dose"]) for one in records] == [
        ("role_flip", "swap_tail", 0.5),
        ("role_flip", "swap_tail", 1.0),
        ("role_flip", "leak_prompt", 1.0),
    ]
    assert all(one["planted"] == 9 and one["gate"] is None for one in records)
    assert {"recall", "recall_ci_low", "within_one_turn", "auc", "false_alarms_per_1000", "unjudged"} <= set(records[0])
    assert "30 conversations, 3 trials" in err
    assert ends(*command)[1] == out


def test_the_table_shows_the_course_over_doses(ends: Ends) -> None:
    """Fault, a bar a dose and the unit on a line of their own, whole at 80 columns; the legend."""
    code, out, _ = ends("verify-judges", "talks.jsonl", "--faults", "swap_tail", "--doses", "0.25,1")
    assert code == 0
    assert re.search(r"^  swap_tail [▁-█]{2} \(turns\)$", out, flags=re.MULTILINE)
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert "Recall" in out
    assert "clean originals" in " ".join(out.split())


def test_few_places_and_equal_doses_are_told(ends: Ends) -> None:
    """No talk has a private fact; a stretch of eight turns is three at .25 and at .5, so that one is left out."""
    faults = ("--faults", "leak_private,swap_stretch", "--doses", "0.25,0.5,1")
    code, out, err = ends("verify-judges", "talks.jsonl", *faults, "--json")
    rows = [(one["fault"], one["dose"], one["planted"], one["wanted"]) for one in map(json.loads, out.splitlines())]
    assert code == 0
    assert rows == [("leak_private", 1.0, 0, 9), ("swap_stretch", 0.25, 9, 9), ("swap_stretch", 1.0, 9, 9)]
    assert "leak_private at dose 1: 0 conversations offer a place for it, 9 were wanted" in err
    assert "swap_stretch at dose 0.5: the same turns as at dose 0.25, left out" in err


def test_judges_without_a_fault_are_named_and_counted(ends: Ends) -> None:
    """No fault is for the ending judge: its false alarms are counted, and a gate on recall is undecided."""
    code, out, err = ends("verify-judges", "talks.jsonl", "--judges", "ending", "--gate", "0.5", "--json")
    (record,) = map(json.loads, out.splitlines())
    assert code == 3
    assert "no fault is for ending" in err
    assert (record["judge"], record["fault"], record["recall"], record["gate"]) == (
        "ending",
        "none",
        None,
        "INCONCLUSIVE",
    )
    assert record["false_alarms_per_1000_n"] > 0


def test_planted_files_can_be_looked_at(ends: Ends) -> None:
    """One file a trial with the conversations at fault and what was planted in each; it can be read again."""
    code, *_ = ends(
        "verify-judges", "talks.jsonl", "--faults", "metaphors", "--doses", "0.5", "--out", "kept", "--json"
    )
    assert code == 0
    kept = list(TranscriptFiles(["kept/metaphors@0.5.jsonl"]))
    noted = [one.meta["planted"][0] for one in kept]
    assert len(kept) == 9
    assert {(one["fault"], one["dose"], len(one["turns"])) for one in noted} == {("metaphors", 0.5, 1)}


@pytest.mark.parametrize(("gate", "code", "word"), [(("--gate", "0"), 0, "PASS"), (("--gate", "1"), 1, "REGRESSED")])
def test_the_gate_is_the_exit_code(ends: Ends, gate: tuple[str, ...], code: int, word: str) -> None:
    """No recall is below 0; that of sentences of the very same domain, which no word betrays, is surely below 1."""
    found, out, _ = ends("verify-judges", "talks.jsonl", "--faults", "digress_same_append", "--doses", "0.25", *gate)
    assert found == code
    assert f"gate: {word}: digression on digress_same_append at dose 0.25" in out


def test_an_undecided_gate_is_3(ends: Ends) -> None:
    """Nine found of nine cannot prove a recall of .99: the interval reaches below."""
    code, out, _ = ends("verify-judges", "talks.jsonl", "--faults", "leak_prompt", "--gate", "0.99")
    assert (code, "gate: INCONCLUSIVE" in out) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--faults", "swap_tial"), "unknown fault 'swap_tial': did you mean 'swap_tail'?"),
        (("--judges", "role_flop"), "unknown judge 'role_flop'"),
        (("--judges", "metaphor", "--faults", "swap_tail"), "none of the judges metaphor is to find such a fault"),
        (("--doses", "0.5,much"), "--doses '0.5,much': expected numbers by commas"),
        (("--doses", "2"), "the dose 2 is not in (0, 1]"),
        (("--reference-size", "2.5"), "expected whole numbers from 0"),
        (("--reference-size", "inf"), "expected finite numbers"),
        (("--shipped",), "--shipped makes its own conversations"),
    ],
)
def test_what_cannot_be_verified_is_told(ends: Ends, arguments: tuple[str, ...], message: str) -> None:
    """One line, exit 2."""
    code, out, err = ends("verify-judges", "talks.jsonl", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("simstress: error: ")
    assert message in err
    assert len(err.splitlines()) == 1


def test_without_files_the_offline_actor_talks(ends: Ends) -> None:
    """180 conversations of the nine shipped scenarios; private facts are there to leak."""
    code, out, err = ends("verify-judges", "--faults", "leak_private", "--sample", "40", "--json")
    assert code == 0
    assert "40 conversations" in err
    (record,) = [json.loads(line) for line in out.splitlines()]
    assert record["planted"] == 12


def labelled_talks(folder: Path) -> None:
    """Thirty conversations where the customer speaks as support in turn 4 of every third, and labels of all turns."""
    lines, labels = [], []
    for number in range(30):
        one = talk(number)
        data = json.loads(TRANSCRIPTS.dump(one))
        if number % 3 == 0:
            data["turns"][4]["text"] = CUSTOMER_AS_SUPPORT
        lines.append(json.dumps(data))
        labels += [
            {"transcript": one.id, "turn": turn, "label": int(turn == 4 and number % 3 == 0)} for turn in range(8)
        ]
    (folder / "labelled.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")


def test_calibrate_writes_a_card(ends: Ends, tmp_path: Path) -> None:
    """240 labels, ten faults: precision and recall on held-out folds on stdout, the card beside."""
    labelled_talks(tmp_path)
    command = ("calibrate", "labelled.jsonl", "--labels", "labels.jsonl", "--judge", "role_flip", "--precision", "0.8")
    code, out, err = ends(*command)
    assert code == 0
    assert "240 labelled turns of 30 conversations, 10 positive" in " ".join(out.split())
    assert "card: simstress-cards/role_flip.json" in err
    card = read_own_card("simstress-cards/role_flip.json")
    assert card.flag_at is not None
    assert 0 < card.flag_at <= 1


def test_calibrate_estimates_the_true_rate(ends: Ends, tmp_path: Path) -> None:
    """With unlabelled conversations the record holds the estimate, the labels alone and the naive rate."""
    labelled_talks(tmp_path)
    lines = (tmp_path / "labelled.jsonl").read_text(encoding="utf-8").replace('"id": "kitchen', '"id": "other')
    (tmp_path / "more.jsonl").write_text(lines, encoding="utf-8")
    command = ("calibrate", "labelled.jsonl", "--labels", "labels.jsonl", "--judge", "role_flip", "--json")
    code, out, err = ends(*command, "--precision", "0.8", "--unlabelled", "more.jsonl")
    assert code == 0
    rate = json.loads(out)["true_rate"]
    assert (rate["labelled"], rate["unlabelled"]) == (30, 30)
    assert rate["labels_only"]["value"] == pytest.approx(10 / 240, abs=1e-6)
    assert rate["estimate"]["ci_low"] <= 10 / 240 <= rate["estimate"]["ci_high"]
    assert "30 labelled conversations: below 100" in err


def test_calibrate_spares_what_is_no_card(ends: Ends, tmp_path: Path) -> None:
    """A file that is something else is not overwritten; no labels at all is told."""
    labelled_talks(tmp_path)
    command = ("calibrate", "labelled.jsonl", "--judge", "role_flip")
    code, _, err = ends(*command, "--labels", "labels.jsonl", "--out", "talks.jsonl")
    assert code == 2
    assert "choose another --out" in err
    code, _, err = ends(*command)
    assert code == 2
    assert "there are no labels; give --labels FILE" in err


def test_a_precision_that_no_score_reaches_makes_no_card(ends: Ends, tmp_path: Path) -> None:
    """Labels that go against the scores: exit 1, and no card is there."""
    labelled_talks(tmp_path)
    path = tmp_path / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row | {"label": int(row["turn"] == 6 and row["transcript"] == "kitchen1")} for row in rows]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    code, _, err = ends("calibrate", "labelled.jsonl", "--labels", "labels.jsonl", "--judge", "role_flip")
    assert code == 1
    assert "no score reaches a precision of 0.9" in err
    assert not Path("simstress-cards").exists()


def test_a_precision_that_is_not_kept_makes_no_card(ends: Ends, tmp_path: Path) -> None:
    """Labels by chance: what all labels promise, held-out ones do not keep; never a card and exit 0."""
    labelled_talks(tmp_path)
    path = tmp_path / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row | {"label": int(generator("noise", number).random() < 0.05)} for number, row in enumerate(rows)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    command = ("calibrate", "labelled.jsonl", "--labels", "labels.jsonl", "--judge", "role_flip", "--json")
    code, out, err = ends(*command, "--precision", "0.2")
    held_out = json.loads(out)["precision"]
    assert code in (1, 3)
    assert code == 1 or "below the 0.2 wanted" in err or held_out is None
    assert Path("simstress-cards").exists() is (code == 3)


def test_unlabelled_twins_are_told(ends: Ends, tmp_path: Path) -> None:
    """The labelled file again as unlabelled: all thirty are named and left out, so there is nothing to estimate on."""
    labelled_talks(tmp_path)
    command = ("calibrate", "labelled.jsonl", "--labels", "labels.jsonl", "--judge", "role_flip")
    code, _, err = ends(*command, "--unlabelled", "labelled.jsonl")
    assert code == 2
    assert "30 unlabelled conversations have the id of a labelled one: kitchen0, kitchen1, kitchen2, ..." in err
